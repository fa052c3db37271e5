#pragma once

#include <string>
#include <vector>

#include "descent/sweep/setting_results.hpp"

namespace descent::sweep {

/// What it took a run to reach its target.
enum class Effort { steps, seconds };
/// `steps` or `seconds`.
DESCENT_API const char* text(Effort effort);

/// What each run of a sweep with the protocol time_to_target took until its objective reached the target, in
/// steps or in seconds of training, evaluation and logging left out. Runs end there, so that it is known as
/// exactly as the objective is measured often. NaN: the run ended without it. Throws Error for a sweep
/// without that protocol, or when none of its logs has the objective.
DESCENT_API RunValues efforts_to_target(const FrozenSweep& sweep, const SweepResults& results, Effort effort);

/// How often an optimizer was close to the fastest.
struct PerformanceProfile {
  std::string optimizer;
  /// For each problem that it solved, how many times as long as the fastest it took, ascending.
  std::vector<double> ratios;

  /// Share of `problems` that it solved within `factor` times the fastest.
  DESCENT_API double within(double factor, std::size_t diagnostics) const;
  /// The mean of within() over the factors from 1 to 4: AlgoPerf's score.
  DESCENT_API double score(std::size_t diagnostics) const;
};

struct PerformanceProfiles {
  std::size_t diagnostics = 0;
  std::size_t unfinished = 0;  ///< problems that are left out, for some optimizer has not ended there
  std::vector<PerformanceProfile> profiles;  ///< by their scores, the best first
};

/// Performance profiles: Dolan and Moré, Benchmarking optimization software with performance profiles, 2002;
/// AlgoPerf scores training algorithms by them (Dahl et al., Benchmarking neural network training algorithms,
/// 2023).
///
/// A problem is a setting of all axes outside `optimizer`, with one seed. On it an optimizer plays with one
/// setting of its own axes, which is tuned for that setting of the others: the one with which the most seeds
/// reach the target, and of these the one with the fewest steps in the mean. A run that never reaches the
/// target, diverges or fails leaves its problem unsolved. Throws Error when no axis chooses among optimizers,
/// and as efforts_to_target() does.
DESCENT_API PerformanceProfiles performance_profiles(const FrozenSweep& sweep, const SweepResults& results,
                                                     Effort effort);

}  // namespace descent::sweep
