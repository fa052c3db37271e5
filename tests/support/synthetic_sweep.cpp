#include "support/synthetic_sweep.hpp"

#include <fstream>

#include "descent/runlog/experiment_file.hpp"
#include "descent/runlog/log_writer.hpp"
#include "support/test_registry.hpp"

namespace descent::testing {

namespace fs = std::filesystem;

sweep::FrozenSweep frozen_sweep(const fs::path& root, const std::string& section) {
  const fs::path file = root / "valley.yaml";
  fs::create_directories(root);
  std::ofstream(file) << "name: valley\n"
                         "model: {plugin: point, start: [-1.2, 1.0]}\n"
                         "loss: {plugin: rosenbrock}\n"
                         "optimizer: {plugin: adam, learning_rate: 0.01}\n"
                         "trainer: {steps: 100}\n"
                         "metrics: [{plugin: objective, every: 10}]\n"
                         "sweep: "
                      << section << "\n";
  const sweep::SweepPlan plan = sweep::plan_sweep(file, {}, test_registry());
  sweep::freeze_sweep(plan, root / "valley", test_registry());
  return sweep::read_sweep(root / "valley");
}

void end_run(const sweep::FrozenSweep& sweep, const std::string& folder, const runlog::RunState& state,
             const std::vector<MeasuredRow>& rows) {
  const fs::path directory = sweep.directory / folder;
  runlog::LogSchema schema;
  schema.run_id = folder;
  schema.experiment = runlog::read_resolved_experiment(directory);
  schema.sets = {{"train", {{"objective", "", "", "lower"}}},
                 {"train.objective", {{"value", "", "the objective", "lower"}}}};
  runlog::LogWriter log(directory, schema);
  double seconds = 0;
  for (const MeasuredRow& row : rows)
    log.append(log.set("train.objective"), row.step, ++seconds, std::span(&row.value, 1));
  log.finish(state.status);
  runlog::write_status(directory, state);
}

void finish_run(const sweep::FrozenSweep& sweep, const std::string& folder, double value) {
  end_run(sweep, folder, {runlog::RunStatus::done, 100, {}, {}, 1.5, 1 << 20},
          {{50, value + 1}, {100, value}});
}

void finish_runs(const sweep::FrozenSweep& sweep, const std::string& setting,
                 const std::vector<double>& values) {
  for (std::size_t i = 0; i < values.size(); ++i)
    finish_run(sweep, sweep::run_folder(setting, static_cast<std::int64_t>(i + 1)), values[i]);
}

void reach_target(const sweep::FrozenSweep& sweep, const std::string& folder, std::int64_t step,
                  double seconds, double value) {
  end_run(sweep, folder, {runlog::RunStatus::done, step, {}, {}, seconds, 1 << 20},
          {{step - 10, value + 1}, {step, value}});
}

void diverge_run(const sweep::FrozenSweep& sweep, const std::string& folder) {
  end_run(sweep, folder,
          {runlog::RunStatus::diverged, 7, "diverged at step 7: the objective is not finite", {}, 0.1}, {});
}

}  // namespace descent::testing
