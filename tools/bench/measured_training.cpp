#include "measured_training.hpp"

#include <fstream>

#include "descent/base/error.hpp"
#include "descent/run/assemble.hpp"

namespace descent::bench {

namespace fs = std::filesystem;

Registry standard_registry() {
  Registry registry;
  registry.add_standard_folders();
  return registry;
}

experiment::Experiment read_text(const std::string& yaml, const fs::path& folder, Registry& registry) {
  registry.add_standard_folders();
  const fs::path file = folder / "experiment.yaml";
  std::ofstream(file) << yaml;
  return experiment::load_experiment(file, registry);
}

MeasuredTraining::MeasuredTraining(const std::string& yaml)
    : training_(run::assemble(read_text(yaml, folder_.path(), registry_))) {
  Diagnostics diagnostics;
  recorder_ = std::make_unique<run::Recorder>(*training_, diagnostics);
  diagnostics.throw_if_any();
  recorder_->open(folder_.path(), recorder_->schema());
}

MeasuredTraining::~MeasuredTraining() = default;

std::size_t MeasuredTraining::columns(const std::string& set) const {
  for (const runlog::MetricSet& one : recorder_->schema().sets)
    if (one.name == set) return one.columns.size();
  return 0;
}

void MeasuredTraining::step() {
  training_->play_step(recorder_->is_logged(training_->step() + 1), recorder_.get());
  recorder_->step_played();
}

}  // namespace descent::bench
