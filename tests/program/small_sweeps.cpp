#include "small_sweeps.hpp"

namespace descent::testing {

std::string valley(const std::string& sweep) {
  return "model: {plugin: point, start: [-1.2, 1.0]}\n"
         "loss: {plugin: rosenbrock}\n"
         "optimizer: {plugin: adam, learning_rate: 0.01}\n"
         "trainer: {steps: 20}\n"
         "metrics: [{plugin: objective, every: 10}]\n" +
         sweep;
}

std::string game(const std::string& sweep) {
  return "dataset: gaussian_ring\n"
         "model: {plugin: gan, generator: {hidden: [16], activation: relu}, "
         "discriminator: {hidden: [16], activation: relu}}\n"
         "loss: non_saturating\n"
         "optimizer: {plugin: adam, learning_rate: 1.0e-3}\n"
         "trainer: {batch_size: 32, steps: 270, turns: [{discriminator: 2}, {generator: 1}]}\n"
         "metrics: [{plugin: mode_coverage, samples: 100, every: 30}]\n"
         "log: {samples: {every: 100, count: 16}, tensors: [{updates: \"generator.*\", every: 25}]}\n"
         "checkpoint: {every: 41}\n" +
         sweep;
}

Finished sweep_in(const ScratchFolder& folder, std::vector<std::string> arguments,
                  const std::vector<std::string>& environment) {
  arguments.insert(arguments.begin(), "sweep");
  return descent_in(folder, std::move(arguments), environment);
}

std::string status_of(const ScratchFolder& folder, const std::vector<std::string>& environment) {
  return descent_in(folder, {"status", "--csv"}, environment).output;
}

std::map<std::string, runlog::RunState> states_of(const std::filesystem::path& sweep) {
  std::map<std::string, runlog::RunState> states;
  for (const sweep::FrozenRun& run : sweep::read_sweep(sweep).runs)
    states[run.folder] = sweep::progress_of(sweep / run.folder).state;
  return states;
}

}  // namespace descent::testing
