#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "descent/analysis/frozen_experiment.hpp"
#include "descent/base/api.hpp"
#include "descent/runlog/schema.hpp"
#include "descent/runlog/status_file.hpp"

namespace descent::analysis {

/// How far a run has come.
struct RunSummary {
  std::filesystem::path directory;
  /// Of a damaged one `reason` says why it cannot be read.
  runlog::RunStatus status = runlog::RunStatus::pending;
  std::int64_t step = 0;
  /// As many as the experiment plays; nothing when neither its text nor its log says.
  std::optional<std::int64_t> total_steps;
  /// Wall time of the last row of its log, since the run began; nothing without a row.
  std::optional<double> seconds;
  /// Seconds since something of the run was written last.
  double age = 0;
  std::string reason;
  /// What its log names, where it was looked into.
  std::vector<runlog::PluginRow> plugins = {};
  /// As RunState has them.
  double training_seconds = 0;
  std::int64_t peak_memory_bytes = 0;

  /// Whether more may come: pending or running.
  bool is_live() const {
    return status == runlog::RunStatus::running || status == runlog::RunStatus::pending;
  }
  /// Whether it played to its end.
  bool is_done() const { return status == runlog::RunStatus::done; }
  /// Whether it has no log and need have none: it has not begun, was skipped, or ended before its first step.
  DESCENT_API bool never_began() const;
  /// Diverged, failed, timed out, killed or damaged.
  DESCENT_API bool went_wrong() const;
};

/// Reads a run's files and changes nothing. What cannot be read makes the run `damaged`.
DESCENT_API RunSummary summarize_run(const std::filesystem::path& directory);
/// The same for one of many.
DESCENT_API RunSummary summarize_run(const std::filesystem::path& directory, ExperimentReader& reader);

/// Only the status, without a look into the log: the step is that of `status.yaml`, which a run writes when
/// it begins and when it ends.
DESCENT_API RunSummary run_status_of(const std::filesystem::path& directory);

}  // namespace descent::analysis
