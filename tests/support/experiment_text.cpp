#include "support/experiment_text.hpp"

#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <stdexcept>

#include "descent/train/run.hpp"

namespace descent::testing {

namespace fs = std::filesystem;

std::unique_ptr<Registry> make_registry() {
  auto registry = std::make_unique<Registry>();
  registry->add_folder(fs::path(DESCENT_BINARY_DIR) / "tests" / "plugins");
  registry->add_standard_folders();
  return registry;
}

ScratchFolder::ScratchFolder() {
  std::string pattern = (fs::temp_directory_path() / "descent-test-XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("cannot make " + pattern);
  path_ = pattern;
}

ScratchFolder::~ScratchFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

ExperimentText::ExperimentText(const std::string& yaml, const std::vector<std::string>& overrides, const std::string& name)
    : registry_(make_registry()) {
  const fs::path file = folder_.path() / (name + ".yaml");
  std::ofstream(file) << yaml;
  experiment_ = load_experiment(file, *registry_, {overrides});
}

std::unique_ptr<Training> ExperimentText::training() const {
  return std::make_unique<Training>(experiment_, load_trained_run);
}

Experiment shipped_experiment(const std::string& file, Registry& registry, const std::vector<std::string>& overrides) {
  return load_experiment(fs::path(DESCENT_SOURCE_DIR) / "experiments" / file, registry, {overrides});
}

std::vector<double> parameter_values(const Training& training, const std::string& name) {
  for (const auto& parameter : training.registrar().parameters())
    if (parameter->name == name) return parameter->value.to_doubles();
  throw std::runtime_error("no parameter " + name);
}

}  // namespace descent::testing
