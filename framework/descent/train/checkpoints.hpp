#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "descent/train/recorder.hpp"
#include "descent/train/state.hpp"

namespace descent {

/// The folder `checkpoints/` of a run: `step_00010000.h5`, of which the newest `keep` stay, `best.h5` and
/// `final.h5`. Before a checkpoint takes its name, the log is on the disk up to it.
class DESCENT_API Checkpoints {
 public:
  /// `record`: what is saved beside the training's state; it belongs to the run and is brought up to date
  /// here.
  Checkpoints(const std::filesystem::path& run, Training& training, Recorder& recorder, RunRecord& record);

  /// Makes the folder, or finds what a resumed run has there.
  void open();
  /// Before a log is cut to `kept` for a run that goes on from this checkpoint, which has been loaded: one
  /// that counts more rows, or is a final state, becomes one of its step, so that at every moment there is
  /// one to go on from.
  void take_over(const std::filesystem::path& from, RunRecord record, const std::vector<LogLength>& kept);
  void save_step();
  void save_best() { save("best.h5"); }
  void save_final() { save("final.h5"); }

 private:
  void save(const std::string& name);
  void keep_newest();

  std::filesystem::path folder_;
  Training& training_;
  Recorder& recorder_;
  RunRecord& record_;
  std::vector<std::string> steps_;  // oldest first
};

/// `step_00010000.h5`
std::string checkpoint_name(std::int64_t step);

}  // namespace descent
