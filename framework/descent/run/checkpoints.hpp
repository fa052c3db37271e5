#pragma once

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "descent/run/recorder.hpp"
#include "descent/run/state.hpp"
#include "descent/runlog/run_files.hpp"

namespace descent::run {

/// The folder `checkpoints/` of a run: `step_00010000.h5`, of which the newest `keep` stay, `best.h5` and
/// `final.h5`. Before a checkpoint takes its name, the log is on the disk up to it.
class DESCENT_API Checkpoints {
 public:
  /// `record`: what is saved beside the training's state; it belongs to the run and is brought up to date
  /// here.
  Checkpoints(const std::filesystem::path& run, train::Training& training, Recorder& recorder,
              RunRecord& record);

  /// Makes the folder, or finds what a resumed run has there, and keeps the newest.
  void open();
  /// Before a log is cut to `kept` for a run that goes on from this checkpoint, which has been loaded: of one
  /// that counts more rows, or is a final state, one of its step is made, so that at every moment there is
  /// one to go on from.
  void take_over(const std::filesystem::path& from, RunRecord record,
                 const std::vector<runlog::LogLength>& kept);
  /// Once the log was cut: removes the final state, and of a run that becomes `longer` what was the best only
  /// because it ended.
  void drop_ending(bool longer);
  void save_step();
  /// `of_the_end`: a run that goes on from here will not have measured it, so the best state before stays, as
  /// `best_before_the_end.h5`.
  void save_best(bool of_the_end);
  /// Of the last step, before what is due at the end has been measured: a checkpoint that save_final() replaces.
  void save_before_last_look();
  /// It is this one, of an earlier process.
  void is_before_last_look(const std::filesystem::path& checkpoint) {
    before_last_look_ = checkpoint.filename().string();
  }
  void save_final();

 private:
  void save(const std::string& name);
  void keep_newest();

  std::filesystem::path run_, folder_;
  bool run_has_name_ = false;  // on the disk
  train::Training& training_;
  Recorder& recorder_;
  RunRecord& record_;
  std::vector<std::string> steps_;  // oldest first
  std::string before_last_look_;    // a checkpoint's name, or empty
};

/// `step_00010000.h5`
std::string checkpoint_name(std::int64_t step);

}  // namespace descent::run
