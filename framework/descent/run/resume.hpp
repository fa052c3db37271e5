#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "descent/run/recorder.hpp"
#include "descent/run/run.hpp"
#include "descent/run/state.hpp"
#include "descent/runlog/log_reader.hpp"

namespace descent::run {

/// Where a run goes on.
struct ResumePoint {
  /// Empty: at its beginning, for no checkpoint was ever written.
  std::filesystem::path checkpoint;
  std::int64_t step = 0;
  RunRecord record;
  /// Checkpoints that were passed over, and why.
  std::vector<std::string> passed_over;
  /// What was done to the log before, and which rows of it are lost, as accepted: a sentence each.
  std::vector<std::string> log_warnings;
  /// Plugins of the checkpoint whose binaries were others, as accepted: `optimizer/adam was 1f2e… and is …`.
  std::vector<std::string> changed_plugins;
};

/// What must be the same for a run to go on with the same bits: SHA-256 of the resolved experiment without
/// `trainer.steps`, which may be raised.
std::string experiment_identity(const experiment::Experiment& experiment);
/// The same of a run, by its experiment.yaml.
std::string experiment_identity(const std::filesystem::path& run);

/// `optimizer/adam and the SHA-256` of each plugin, as checkpoints record them.
using PluginHashes = std::vector<std::pair<std::string, std::string>>;
/// Those of an experiment, by the libraries that it has loaded.
PluginHashes plugin_hashes(const experiment::Experiment& experiment);
/// A sentence's part, `optimizer/adam was 1f2e… and is …`, for each plugin of `now` that `then` has not, or has with
/// another binary.
std::vector<std::string> changed_plugins(const PluginHashes& then, const PluginHashes& now);

/// Whether a log is of the experiment that a run's experiment.yaml has, whatever its steps.
bool is_log_of_run(const runlog::LogReader& log, const std::filesystem::path& run);
/// The log of a run. Throws Error as LogReader does, and where the file is the log of another run.
DESCENT_API runlog::LogReader log_of_run(const std::filesystem::path& run);

/// The newest checkpoint of a run that is whole, that fits this record of experiment and plugins, and whose
/// rows the log holds. Damaged ones are passed over. A log that is damaged, or holds less than the newest one counts, is
/// made anew first from its journal, if it has one. Throws Error that says what differs when none fits.
ResumePoint find_resume_point(const std::filesystem::path& run, const RunRecord& now,
                              const ResumeOptions& options);

/// How many rows of a log are of a run that goes on from a checkpoint, which has been loaded: those that the
/// checkpoint counts, without what an earlier end of the run wrote at that step and this one will not.
std::vector<runlog::LogLength> rows_without_ending(const std::filesystem::path& run,
                                                   const RunRecord& checkpoint,
                                                   const train::Training& training, const Recorder& recorder);

/// Throws Error when the log was written by another kind of build or machine, which gives other bits.
void check_same_machine(const Value& log_attributes, const Value& provenance_now);

}  // namespace descent::run
