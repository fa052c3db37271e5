#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "descent/sweep/search_space.hpp"

namespace descent::sweep {

/// Points that were tried, in the order in which they were proposed, and which is better than which.
struct SearchHistory {
  std::vector<SearchPoint> points;
  /// Places in `points`, the best first.
  std::vector<std::size_t> ranking;
  /// settings_key() of them.
  std::set<std::string> keys;
};

/// How many settings at least are drawn at random before densities are fitted: whole rounds of them. (Optuna has 10,
/// hyperopt 20; a sweep has few runs.)
inline constexpr std::size_t tpe_startup = 8;

/// Proposes a round of points that were not tried: the tree-structured Parzen estimator of Bergstra et al. 2011,
/// algorithm of section 4. Of n points tried the best min(⌈n/10⌉, 25) make one density l, the others another one, g
/// (ParzenEstimator; Optuna's γ). Of 24 points drawn from l the one with the greatest l/g, which is the one of the
/// greatest expected improvement, is proposed. It counts among the others for the rest of the round, lest all be the
/// same (a constant liar that says the worst: Ginsbourger, Le Riche and Carraro 2010).
///
/// Below `tpe_startup` points they are drawn as the method random draws, ranges uniformly on their scale. Fewer come
/// back than `batch` where axes of choices and whole numbers have (nearly) no setting left that was not tried.
/// The points are a function of the arguments alone.
DESCENT_API std::vector<SearchPoint> propose_tpe(const SearchSpace& space, const SearchHistory& history,
                                                 std::uint64_t seed, std::uint32_t round, std::size_t batch);

}  // namespace descent::sweep
