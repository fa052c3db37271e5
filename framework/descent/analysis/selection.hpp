#pragma once

#include <string>
#include <vector>

#include "descent/analysis/metrics.hpp"
#include "descent/base/api.hpp"

namespace descent::analysis {

/// Parts of a log that somebody asks for.
struct LogRequest {
  std::vector<std::string> sets = {};     ///< metric sets by name
  std::vector<std::string> metrics = {};  ///< as find_metric() takes them
  std::vector<std::string> series =
      {};  ///< patterns of series' paths, with or without `tensors/` or `samples/`
};

/// Columns of one metric set.
struct SelectedSet {
  std::string name;
  std::vector<LoggedMetric> metrics;
};

struct Selection {
  std::vector<SelectedSet> sets;
  std::vector<runlog::SeriesInfo> series;
};

/// What a request means in a log: with nothing in it all metrics. Reads everything that is selected and
/// throws Error that says what is damaged, if its checksum says so; and for names that are not there, with
/// the nearest.
DESCENT_API Selection select(const runlog::LogReader& log, const LogRequest& request);

}  // namespace descent::analysis
