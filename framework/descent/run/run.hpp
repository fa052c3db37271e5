#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "descent/experiment/experiment.hpp"
#include "descent/plugin/metric.hpp"
#include "descent/runlog/run_status.hpp"

namespace descent {
class TrainedRun;
}

namespace descent::run {

/// How far a run is: what a live line shows.
struct Progress {
  std::int64_t step = 0;
  std::int64_t total_steps = 0;
  double seconds = 0;           ///< since the first step
  double steps_per_second = 0;  ///< of late
  /// The players' objectives, as they were logged last.
  std::vector<std::pair<std::string, double>> objectives;
};

/// A measure of a metric, as it was found last.
struct Finding {
  std::string metric;   ///< the entry's name
  std::string measure;  ///< what of it
  std::string unit;
  double value = 0;
  std::string note = {};  ///< what it depends on besides model and data
};

struct RunOptions {
  /// Runs lie in `runs/NAME/OVERRIDES/seed=1/` below this folder.
  std::filesystem::path root = "runs";
  /// Where the run is, where that is known to be elsewhere: its folder was named when it was to have fewer steps.
  std::filesystem::path directory = {};
  /// Move aside what is there, instead of refusing to overwrite it.
  bool fresh = false;
  /// The command line, for the log's provenance.
  std::vector<std::string> arguments;
  /// Set from a signal handler: the run ends in order after the current step, with the status `stopped`.
  const std::atomic<bool>* stop = nullptr;
  /// Set where memory has run out and what was kept back for that is being used: the run ends likewise.
  const std::atomic<bool>* out_of_memory = nullptr;
  /// Set from elsewhere (SIGUSR1): a checkpoint is written after the current step, and this is reset.
  std::atomic<bool>* checkpoint = nullptr;
  /// Gets the step that is played; who reports a crash reads it.
  std::atomic<std::int64_t>* at_step = nullptr;
  /// Called once the run's files are there, before its first step: where they are, absolute.
  std::function<void(const std::filesystem::path& directory)> begins;
  /// Above 0: the run pauses after this step, with a checkpoint and the status `stopped`.
  std::int64_t until = 0;
  /// After at least so many seconds without a checkpoint one is written before the last measurements.
  double worth_saving_seconds = 10;
  /// Called on the log's own thread when rows have reached the file: what of, and how many there are now.
  std::function<void(const std::string& path, std::int64_t rows)> written;
  /// Called on the training thread, at most ten times a second, and once at the end.
  std::function<void(const Progress&)> progress;
  /// Called when a metric has been measured, and for warnings: one line of text.
  std::function<void(const std::string&)> say;
};

struct RunResult {
  runlog::RunStatus status = runlog::RunStatus::done;
  /// Nothing was run: this experiment had been run to its end before.
  bool already_done = false;
  /// It is `stopped` after the step that `RunOptions::until` names.
  bool paused = false;
  std::filesystem::path directory;
  std::int64_t step = 0;
  /// Why it ended: `diverged at step 812: loss 'elbo' is nan`, `stopped by patience …`; empty when all steps
  /// were done.
  std::string reason;
  std::vector<Finding> findings;
  /// What is wrong with how it trained: `gradients vanish at encoder.0 (1e-9 of its values), first at step
  /// 10`.
  std::vector<std::string> diagnoses;
  /// Of a run that is done already: in what it is not what was asked for now.
  std::vector<std::string> notes = {};
  double seconds = 0;
  /// Whether status.yaml says how it ended; else `reason` says why it does not.
  bool recorded = true;
};

/// What helps a run that diverged, as a sentence.
DESCENT_API std::string advice_on_divergence();

/// Where the run of an experiment goes.
DESCENT_API std::filesystem::path run_directory(const experiment::Experiment& experiment,
                                                const std::filesystem::path& root);

/// Assembles an experiment as run_experiment() would, and throws Error with every problem; leaves nothing
/// behind. Returns a description: players, parameters, steps. `warnings` gets what is likely not meant.
DESCENT_API std::string check_experiment(experiment::Experiment experiment,
                                         std::vector<std::string>* warnings = nullptr);

/// The whole name, `mode_coverage/modes`, of what `objective` means among these metrics: the measure may be
/// left out where the metric has one. Throws Error, with the place and the nearest name, when there is none,
/// or neither more nor less of it is better.
DESCENT_API std::string objective_name(const std::vector<experiment::MetricItem>& metrics,
                                       const std::string& objective, const SourceLocation& location);

/// Trains an experiment once: checks everything, makes the run directory, trains, logs, saves the final
/// state. Throws Error, before anything is written, for whatever a user can mend; what goes wrong later is in
/// the result's status and reason, and in the directory's status.yaml.
DESCENT_API RunResult run_experiment(experiment::Experiment experiment, const Registry& registry,
                                     const RunOptions& options);

struct ResumeOptions {
  /// `key=value`; `trainer.steps` alone may be changed, and only raised.
  std::vector<std::string> overrides;
  /// Goes on with plugin libraries that are not those it was begun with.
  bool accept_changed_plugins = false;
  /// Goes on with another version, instruction set or matrix library, which give other bits.
  bool accept_other_machine = false;
  /// Goes on where the log has fewer rows than the checkpoint counts.
  bool accept_lost_rows = false;
};

/// Goes on with a run that was interrupted, stopped, or is to get more steps, from its newest checkpoint: the
/// log is cut to what it held then (made whole from its journal before, where it is damaged), and all that follows is what it would have been without the break. A run
/// without a checkpoint starts from the beginning. Throws Error, and leaves the run unchanged, for what does not
/// fit, and for runs of earlier versions (runlog::require_loadable()).
DESCENT_API RunResult resume_run(const std::filesystem::path& directory, Registry& registry,
                                 const ResumeOptions& resume, const RunOptions& options);

/// Loads a finished run: its experiment, and its model with the final state.
DESCENT_API std::shared_ptr<TrainedRun> load_trained_run(const std::filesystem::path& directory);

}  // namespace descent::run
