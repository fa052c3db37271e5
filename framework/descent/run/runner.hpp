#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "descent/config/diagnostics.hpp"
#include "descent/run/checkpoints.hpp"
#include "descent/run/collapse_diagnosis.hpp"
#include "descent/run/diagnosis.hpp"
#include "descent/run/resume.hpp"
#include "descent/run/run.hpp"
#include "descent/run/stopping.hpp"
#include "descent/runlog/directory_lock.hpp"
#include "descent/runlog/event_log.hpp"

namespace descent::run {

/// One run from its first step, or from a checkpoint, to its last, in its directory. Internal: run.hpp has
/// the functions that use it.
class Runner {
 public:
  /// Assembles and checks everything; throws Error. Touches no file.
  Runner(experiment::Experiment experiment, const Registry& registry, const RunOptions& options,
         const std::filesystem::path& directory);

  RunResult run();
  /// `lock`: of the directory, held since before the experiment was read from it.
  RunResult resume(const ResumeOptions& resume, runlog::RunDirectoryLock lock);

 private:
  void begin();
  void open_new();
  void go_on(const ResumeOptions& resume);
  std::vector<runlog::LogLength> restore(const ResumePoint& point);
  runlog::LogSchema described_schema();
  runlog::LogOptions log_options() const;
  RunResult train_to_the_end();
  runlog::RunStatus train();
  std::optional<runlog::RunStatus> look_and_save(std::int64_t step);
  void play_step(std::int64_t step);
  runlog::RunStatus ended_early();
  runlog::RunStatus end_again();
  bool is_to_stop(std::int64_t step);
  bool is_to_pause(std::int64_t step);
  bool looks(bool last) const;
  bool look(bool last);
  bool measure_due(bool last);
  void judge(std::size_t metric, const std::vector<double>& values);
  void tell(std::size_t metric, const std::vector<double>& values);
  void tell_diagnosis(const std::vector<std::string>& found);
  void sample_due(bool last);
  void save_best();
  void save_due(bool last);
  void save_before_last_look();
  void show_progress(bool last);
  void finish(runlog::RunStatus status);
  void tell_primitives();
  void tell_disturbances();
  void add_reason(const std::string& reason);
  void say(const std::string& kind, const std::string& message);
  Direction direction_of(const StopTarget& target) const;

  const RunOptions& options_;
  std::filesystem::path shown_directory_;  // as it was given
  std::filesystem::path directory_;        // absolute: a plugin may change the current one
  std::string frozen_;
  std::unique_ptr<train::Training> assembled_;
  train::Training& training_;                 // what was assembled
  const experiment::Experiment& experiment_;  // the training's
  Diagnosis diagnosis_;
  CollapseDiagnosis collapse_;
  Diagnostics diagnostics_;  // found while the parts are made
  Recorder recorder_;
  RunRecord record_;
  Checkpoints checkpoints_;
  std::vector<std::string> warnings_;
  std::optional<runlog::RunDirectoryLock> lock_;
  std::optional<runlog::EventLog> events_;
  Watched watched_;
  std::optional<Stopping> stopping_;
  enum class NewBest { none, of_the_run, of_the_end };
  NewBest new_best_ = NewBest::none;
  RunResult result_;
  std::vector<std::int64_t> measured_step_;
  std::int64_t sampled_step_ = 0;
  std::size_t told_disturbances_ = 0;
  double saved_at_ = 0;
  double shown_at_ = 0;
  std::int64_t shown_step_ = 0;
};

}  // namespace descent::run
