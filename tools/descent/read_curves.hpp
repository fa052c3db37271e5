#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "curves.hpp"
#include "descent/analysis/metrics.hpp"

namespace descent::program {

/// One metric of several runs.
struct ReadRuns {
  analysis::LoggedMetric metric = {};
  std::vector<RunCurve> curves = {};
  bool damaged = false;
};

/// Reads a metric, by its name or as much of its end as tells it from others, of all runs that have it; standard error says
/// why the others do not. Throws Error when none has it.
ReadRuns read_runs(const std::vector<std::filesystem::path>& runs, const std::string& name);

}  // namespace descent::program
