#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <vector>

#include "descent/analysis/statistics.hpp"
#include "descent/base/api.hpp"
#include "descent/config/value.hpp"

namespace descent::analysis {

/// What is compared, and how runs are grouped.
struct ComparisonRequest {
  /// As find_metric() takes them; none: main_metrics().
  std::vector<std::string> metrics = {};
  /// Key paths (`optimizer.generator`, or an end of one: `learning_rate`) whose options make the groups;
  /// none: all that differ, but for `seed`, and for `log`, `checkpoint` and `trainer.prefetch`, which change
  /// no result.
  std::vector<std::string> by = {};
  /// Compare the best value of each run instead of its last.
  bool best = false;
  /// Take values of runs too that are not done: running, stopped, killed.
  bool unfinished = false;
};

/// Runs that differ in nothing that makes a group: the seeds of one setting.
struct RunGroup {
  std::vector<Value> options;  ///< of Comparison::options; null: it has no such option
  std::vector<std::string> option_texts;
  std::vector<std::filesystem::path> runs;
  std::vector<std::int64_t> seeds;  ///< ascending, each once
  std::size_t diverged = 0;
  std::size_t failed = 0;        ///< failed, timed out, killed or damaged
  std::size_t unfinished = 0;    ///< pending, running, stopped or skipped
  std::size_t older_builds = 0;  ///< made with older builds of plugins (PluginBuilds)
};

/// One metric of one group.
struct GroupResult {
  std::size_t group = 0;
  /// Over the runs whose value counts: of those that are done, if it is finite.
  Statistics statistics;
  std::vector<std::int64_t> seeds;  ///< of these runs
  std::size_t not_finite = 0;       ///< runs with a value that is not
  /// None ranks before it, by ranks_before(); of equals, each.
  bool is_best = false;
};

struct MetricComparison {
  std::string name;
  std::string unit;
  std::string direction;  ///< `higher`, `lower`, or nothing
  /// One for each group, by ranks_before(); without direction in the order of the groups.
  std::vector<GroupResult> results;
  /// What the numbers depend on besides model and data, each once. Where there are several, the results do not compare.
  std::vector<std::string> notes = {};
};

struct Comparison {
  /// Key paths of what tells the groups apart.
  std::vector<std::string> options;
  std::vector<RunGroup> groups;  ///< ordered by their options
  std::vector<MetricComparison> metrics;
  std::size_t runs = 0;
  /// What could not be read; those runs count as failed.
  std::vector<std::string> diagnostics;
  /// PluginBuilds::sentence() of the runs.
  std::string older_builds = {};
};

/// Groups runs by the options that tell their experiments apart, and compares their metrics. Reads of each
/// run the experiment, the status, and the rows that count. Throws Error for a metric or a key path that no
/// run has.
DESCENT_API Comparison compare_runs(const std::vector<std::filesystem::path>& runs,
                                    const ComparisonRequest& request = {});

}  // namespace descent::analysis
