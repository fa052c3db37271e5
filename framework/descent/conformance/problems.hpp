#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "descent/experiment/experiment.hpp"
#include "descent/plugin/registry.hpp"

namespace descent::conformance {

/// A problem with a known solution, made of the suite's own model, loss and data.
///
/// | name | what is minimized | its gap |
/// |---|---|---|
/// | `sphere` | ½·‖θ‖² over a vector of 4 and a matrix (4, 4) | itself |
/// | `rosenbrock` | (1 − x)² + 100·(y − x²)² from (−1.2, 1) | itself |
/// | `logistic_regression` | cross entropy of 64 fixed points of 4 features and 2 classes, + 0.05·‖W‖² | the
///    squared norm of its gradient |
/// | `game` | min over x, max over y of ½·‖x‖² + x·y − ½·‖y‖² in 4 + 4 dimensions, played simultaneously |
///    ‖x‖² + ‖y‖² |
/// | `mixed` | a bowl with as many curvatures as numbers, over a vector of 5, one of many numbers and a
/// matrix
///    (7, 33) | itself |
struct Problem {
  std::string name = {};
  /// How many steps a rule has to solve it.
  std::int64_t steps = 0;
  experiment::PluginUse model = {};
  experiment::PluginUse loss = {};
  bool has_data = false;
  bool simultaneous = false;
};

/// The four that rules must solve.
const std::vector<Problem>& convergence_problems();
const Problem& convergence_problem(const std::string& name);
/// With so many numbers in its long vector.
Problem mixed_problem(std::int64_t long_vector);
/// For rules that take matrices only: the vectors of n numbers of a problem without a matrix as (1, n).
Problem with_matrices_only(Problem problem);

/// The problem as an experiment without an optimizer, with the metric `gap`. Batches of fewer than all
/// examples are for problems with data.
constexpr std::int64_t all_examples = 64;
experiment::Experiment experiment_of(const Problem& problem, std::int64_t batch_size = all_examples);

/// The suite's own rules: θ −= learning_rate·g, and g *= max / ‖g‖ where ‖g‖ > max, over the player.
experiment::Rule gradient_descent(double learning_rate);
experiment::Rule clipping(double max);

}  // namespace descent::conformance
