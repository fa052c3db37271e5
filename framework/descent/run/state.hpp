#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "descent/base/api.hpp"
#include "descent/run/stopping.hpp"
#include "descent/tensor/tensor.hpp"

namespace descent::runlog {
class CheckpointReader;
}
namespace descent::train {
class Training;
}

namespace descent::run {

/// What a checkpoint holds beside the training's own state.
struct RunRecord {
  /// SHA-256 of the resolved experiment without `trainer.steps`.
  std::string experiment_hash;
  /// `optimizer/adam` and the SHA-256 of the plugin's file.
  std::vector<std::pair<std::string, std::string>> plugin_hashes;
  /// `metrics/train` and how many rows the log has.
  std::vector<std::pair<std::string, std::int64_t>> row_counts;
  StoppingState stopping;
  /// Of `checkpoint.best`.
  StoppingState best;
  /// The run's last step as it was planned then.
  std::int64_t total_steps = 0;
  /// Why the run ended before its last step; empty: it goes on.
  std::string end_reason;
  /// What training took, without evaluation and logging.
  double training_seconds = 0;
  /// Whether what was due after this step has been measured and generated.
  bool looked = true;
};

/// Arrays that belong to a run's state beside the training's own, by name.
using NamedTensors = std::vector<std::pair<std::string, Tensor>>;

/// Writes the complete state: parameters, buffers, slots and rules' scalars by name, counters of steps and of
/// applied updates, the sampler's cursor, the record, and `extras`. Random numbers need no state of their
/// own. Throws RunError.
DESCENT_API void save_state(train::Training& training, const RunRecord& record,
                            const std::filesystem::path& file, const NamedTensors& extras = {});

/// The record of a checkpoint alone.
DESCENT_API RunRecord load_record(const runlog::CheckpointReader& file);

/// Restores what save_state() wrote, so that training goes on with the same bits. Throws Error when the file
/// is damaged or was saved by a run of another shape; the training is then unchanged as far as names and
/// shapes were checked.
DESCENT_API RunRecord load_state(train::Training& training, const std::filesystem::path& file,
                                 const NamedTensors& extras = {});

}  // namespace descent::run
