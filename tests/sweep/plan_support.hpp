#pragma once

#include <fstream>
#include <set>
#include <string>
#include <vector>

#include "descent/sweep/plan.hpp"
#include "support/experiment_text.hpp"

namespace descent::testing {

inline const std::string valley_base = R"(name: valley
model: {plugin: point, start: [-1.2, 1.0]}
loss: {plugin: rosenbrock}
optimizer: {plugin: adam, learning_rate: 0.01}
trainer: {steps: 10}
metrics: [{plugin: objective, every: 5}]
)";

/// The plan of a sweep over Rosenbrock's function, in a file `valley.yaml` whose section `sweep` begins in
/// line 7, with words of the command line.
inline sweep::SweepPlan plan_of(const std::string& sweep, const std::vector<std::string>& words = {}) {
  const ScratchFolder folder;
  const std::filesystem::path file = folder.path / "valley.yaml";
  std::ofstream(file) << valley_base << sweep;
  return sweep::plan_sweep(file, words, test_registry());
}

inline std::vector<std::string> folders_of(const sweep::SweepPlan& plan) {
  std::vector<std::string> folders;
  for (const sweep::PlannedRun& run : plan.runs) folders.push_back(plan.folder(run));
  return folders;
}

inline std::set<std::string> identities_of(const sweep::SweepPlan& plan) {
  std::set<std::string> identities;
  for (const sweep::PlannedRun& run : plan.runs) identities.insert(run.identity);
  return identities;
}

}  // namespace descent::testing
