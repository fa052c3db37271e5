#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "descent/run/run.hpp"

namespace descent::testing {

/// Rosenbrock's function from (-1.5, 2): 50 steps, its value measured every 10.
inline const std::string rosenbrock = R"(name: rosenbrock
model: {plugin: point, start: [-1.5, 2.0]}
loss: {plugin: rosenbrock}
optimizer: {plugin: sgd, learning_rate: 1.0e-4}
trainer: {steps: 50}
metrics:
  - {plugin: objective, every: 10}
log: {metrics: {every: 1}}
)";

/// Runs the experiment with overrides below `root` and returns the run's directory.
std::filesystem::path run_in(const std::filesystem::path& root, const std::string& yaml,
                             const std::vector<std::string>& overrides = {});

/// Runs it, and calls `look` with the run's directory while it is still going on.
void look_at_live_run(const std::filesystem::path& root, const std::string& yaml,
                      const std::function<void(const std::filesystem::path&)>& look);

/// A copy of a finished run, as if its process had been killed: it says that it runs, its log was never
/// closed, and nobody holds the directory.
std::filesystem::path killed_copy(const std::filesystem::path& run, const std::filesystem::path& copy);

/// Changes one byte of a number in a log that is equal to `value`.
void damage_number(const std::filesystem::path& log, double value);

/// Every file of a folder with its content: equal before and after what changes nothing.
std::string everything_in(const std::filesystem::path& folder);

}  // namespace descent::testing
