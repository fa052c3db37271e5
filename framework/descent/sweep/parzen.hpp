#pragma once

#include <vector>

#include "descent/base/random.hpp"
#include "descent/sweep/search_space.hpp"

namespace descent::sweep {

/// A density over the points of a search space: the tree-structured Parzen estimator of Bergstra, Bardenet, Bengio and
/// Kégl, Algorithms for hyper-parameter optimization, 2011, section 4, as a mixture of one kernel for each observation
/// and a prior.
///
/// A kernel is a product over the axes that a point reaches. On a range it is a normal density cut off at the range's
/// ends, and, where the numbers are whole, its mass between two halves. On choices it is the observation's own choice
/// with the weight 1 and every choice with `prior_weight`/(n + 1) of n observations. An axis that the observation did
/// not reach has the prior's factor: so the mixture is one density over the whole tree. (A product for each
/// observation, instead of a mixture for each axis, follows Falkner, Klein and Hutter, BOHB, 2018, and option
/// `multivariate` of Optuna 3: axes that go together are modelled together.)
///
/// Constants, of Optuna 3.1's TPESampler where nothing else is said:
///   - the prior is uniform over choices, and on a range a normal density in its middle, as wide as the range;
///   - the prior weighs as much as one observation;
///   - the width of a kernel on a range is 0.1·n^(-1/(d + 4)) of it, where n observations reach the axis and this one
///     reaches d axes (Scott's rule, as BOHB has it; Optuna's factor is 0.2, with which the three functions of
///     tools/bench/search end worse), but at least 1/min(100, n + 2): hyperopt's "magic clip";
///   - the 25 newest observations weigh 1, older ones less, linearly down to 1/n (hyperopt's linear forgetting).
class DESCENT_API ParzenEstimator {
 public:
  /// `observations` in the order in which they were made.
  ParzenEstimator(const SearchSpace& space, const std::vector<const SearchPoint*>& observations);

  /// The logarithm of the density, or, on axes of whole numbers and of choices, of the probability.
  double log_density(const SearchPoint& point) const;
  /// A point of that density.
  SearchPoint draw(RandomStream& random) const;

 private:
  double log_factor(std::size_t axis, std::size_t kernel, double at, std::pair<double, double> cell) const;
  double draw_factor(std::size_t axis, std::size_t kernel, RandomStream& random) const;

  const SearchSpace& space_;
  std::size_t observations_ = 0;
  double own_choice_ = 0;  ///< the weight of an observation's choice, when each choice has that of the prior
  std::vector<double> weights_, log_weights_;  ///< of kernels; the last is the prior
  // By kernel and axis: the middle of a range's kernel, or a choice; NaN: the prior's factor. And the width there, and
  // the logarithm of what the density is divided by.
  std::vector<std::vector<double>> middles_, widths_, log_masses_;
};

}  // namespace descent::sweep
