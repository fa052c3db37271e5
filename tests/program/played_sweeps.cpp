#include "played_sweeps.hpp"

namespace descent::testing {

Finished descent_in_utf8(const ScratchFolder& folder, const std::vector<std::string>& arguments) {
  return descent_in(folder, arguments, {"LC_ALL=C.UTF-8"});
}

sweep::FrozenSweep make_sweep(const ScratchFolder& folder) {
  sweep::FrozenSweep sweep = frozen_sweep(folder.path, R"(
  axes:
    optimizer:
      choice:
        - {plugin: sgd, learning_rate: {min: 0.001, max: 0.1, scale: log, points: 3}}
        - {plugin: adam, learning_rate: {min: 0.001, max: 0.1, scale: log, points: 3}}
  seeds: 3
  objective: objective/value)");
  finish_runs(sweep, "optimizer=sgd,learning_rate=0.001", {1, 2, 3});
  finish_runs(sweep, "optimizer=sgd,learning_rate=0.01", {0.5, 0.5, 2});
  for (const char* seed : {"1", "2", "3"})
    diverge_run(sweep, std::string("optimizer=sgd,learning_rate=0.1/seed=") + seed);
  finish_runs(sweep, "optimizer=adam,learning_rate=0.001", {0.125, 0.25, 0.375});
  finish_runs(sweep, "optimizer=adam,learning_rate=0.01", {0.25, 0.5, 0.75});
  finish_run(sweep, "optimizer=adam,learning_rate=0.1/seed=1", 5);
  diverge_run(sweep, "optimizer=adam,learning_rate=0.1/seed=2");
  finish_run(sweep, "optimizer=adam,learning_rate=0.1/seed=3", 7);
  return sweep;
}

void make_race(const ScratchFolder& folder) {
  const sweep::FrozenSweep sweep =
      frozen_sweep(folder.path,
                   "{axes: {optimizer: {choice: [sgd, adam]}, model.start: {choice: "
                   "[[0, 0], [1, 1]]}}, seeds: 2, protocol: "
                   "{time_to_target: {target: 0.5}}, objective: objective/value}");
  std::int64_t steps = 100;
  for (const sweep::FrozenRun& run : sweep.runs) {
    if (run.folder == "optimizer=adam,start=[1,1]/seed=2")
      end_run(sweep, run.folder, {runlog::RunStatus::done, 900, {}, {}, 9}, {{900, 0.75}});
    else
      reach_target(sweep, run.folder, steps, static_cast<double>(steps) / 50, 0.5);
    steps += 100;
  }
}

}  // namespace descent::testing
