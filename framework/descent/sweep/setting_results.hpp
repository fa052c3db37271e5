#pragma once

#include <optional>
#include <string>
#include <vector>

#include "descent/analysis/ranking.hpp"
#include "descent/analysis/statistics.hpp"
#include "descent/sweep/sweep_results.hpp"

namespace descent::sweep {

/// One number of each run, by which settings are compared.
struct RunValues {
  std::string name;
  std::string unit;
  std::string direction;  ///< `higher`, `lower`, or nothing
  /// As FrozenSweep::runs. Nothing: the run does not count, for it went wrong, or has not ended. NaN: it
  /// ended without such a number.
  std::vector<std::optional<double>> values;
};

/// The values of a metric of SweepResults::metrics: the last of each run that is done, or the best. With
/// `unfinished` those of running, stopped and killed runs too. `best` needs results that were read whole.
DESCENT_API RunValues values_of(const SweepResults& results, std::size_t metric, bool best, bool unfinished);

/// What the seeds of one setting found.
struct SettingResult {
  std::string folder;     ///< of the setting: `optimizer=adam,learning_rate=0.001`
  std::string optimizer;  ///< optimizer_of()
  std::vector<Setting> settings;
  std::vector<std::size_t> runs;  ///< of FrozenSweep::runs
  /// Over the runs with a finite value, and the seeds of these.
  analysis::Statistics statistics;
  std::vector<std::int64_t> seeds;
  std::size_t diverged = 0;
  std::size_t failed = 0;         ///< failed, timed out, killed or damaged
  std::size_t unfinished = 0;     ///< pending, running, stopped or skipped
  std::size_t without_value = 0;  ///< done without a finite value
  std::size_t older_builds = 0;   ///< runs with RunOutcome::older_plugins
  bool is_best = false;           ///< of its optimizer

  std::size_t went_wrong() const { return diverged + failed + without_value; }
  analysis::Standing standing() const {
    return {statistics.count, statistics.mean, went_wrong(), unfinished};
  }
};

/// The runs of a sweep by their settings, in the order of the list.
DESCENT_API std::vector<SettingResult> results_of_settings(const FrozenSweep& sweep,
                                                           const SweepResults& results,
                                                           const RunValues& values);
/// Of these runs alone.
DESCENT_API std::vector<SettingResult> results_of_settings(const FrozenSweep& sweep,
                                                           const SweepResults& results,
                                                           const RunValues& values,
                                                           const std::vector<std::size_t>& runs);

/// By analysis::ranks_before(). Of settings that are equal in it the first of the sweep's list is the best.
DESCENT_API bool ranks_before(const SettingResult& left, const SettingResult& right,
                              const std::string& direction);

/// What a sweep says about one number of its runs.
struct SweepReport {
  RunValues values;
  /// By ranks_before(); with the protocol deepobs over the tuning's seeds alone.
  std::vector<SettingResult> settings;
  /// The first of each optimizer; with deepobs that setting over the final seeds. Empty without a direction.
  std::vector<SettingResult> best;
};

DESCENT_API SweepReport report_of(const FrozenSweep& sweep, const SweepResults& results, RunValues values);

/// What settings are ranked by unless something else is asked for: the last value of the objective of each run that is
/// done, or, with the protocol time_to_target, the steps until its target. Nothing where no log has the objective yet.
DESCENT_API std::optional<RunValues> ranked_values(const FrozenSweep& sweep, const SweepResults& results);

/// The setting that is called the best of all: the first of SweepReport::best, or, where that is empty because the final
/// runs of deepobs have not begun, the first of the settings. Null: none has a value.
DESCENT_API const SettingResult* best_of_all(const SweepReport& report);

}  // namespace descent::sweep
