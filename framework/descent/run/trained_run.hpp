#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "descent/train/training.hpp"

namespace descent::run {

/// The file that holds the state that `which` means: `final`, `best`, `step_N` (the zeros of its name may be
/// left out), or a file. Throws Error that lists those the run has.
DESCENT_API std::filesystem::path find_checkpoint(const std::filesystem::path& run, const std::string& which);

/// A metric to measure on a run.
struct MetricChoice {
  /// An entry of the experiment's `metrics`, which lends its options; or else a plugin, by name or path.
  std::string name;
  /// `key=value`: options of the plugin, `split` and `batch_size`.
  std::vector<std::string> options = {};
};

/// Whether a checkpoint may be looked at with plugins that are not the binaries that it was saved with. `refused_for_good`:
/// where no option of the program can accept them, because an experiment names the run.
enum class ChangedPlugins { refused, refused_for_good, accepted };

/// A run that was trained before, as it was at one of its checkpoints: for looking at, not for going on.
/// Changes nothing in the run's directory.
class DESCENT_API RestoredRun {
 public:
  /// Its training has no metrics but the one that is chosen. `registry` must live as long. Throws Error for a
  /// directory that is no run or the run of an earlier version (runlog::require_loadable()), a checkpoint that
  /// does not fit its experiment, and for wrong options.
  /// Throws Error, too, when a plugin of the checkpoint is another binary now, unless that is accepted: what is seen would
  /// be a mixture of two builds. A metric that the run did not have may be any.
  RestoredRun(const std::filesystem::path& run, const std::filesystem::path& checkpoint, Registry& registry,
              const std::optional<MetricChoice>& metric = {},
              ChangedPlugins changed_plugins = ChangedPlugins::refused);

  train::Training& training() { return *training_; }
  const train::Training& training() const { return *training_; }
  const experiment::Experiment& experiment() const { return training_->experiment(); }

 private:
  std::unique_ptr<train::Training> training_;
};

}  // namespace descent::run
