#include "descent/train/run.hpp"

#include <fmt/format.h>

#include <chrono>
#include <fstream>

#include "descent/base/checksum.hpp"
#include "descent/base/text.hpp"
#include "descent/experiment/yaml.hpp"
#include "descent/runlog/directory_lock.hpp"
#include "descent/runlog/event_log.hpp"
#include "descent/runlog/status_file.hpp"
#include "descent/train/diagnosis.hpp"
#include "descent/train/provenance.hpp"
#include "descent/train/recorder.hpp"
#include "descent/train/run_directory.hpp"
#include "descent/train/state.hpp"
#include "descent/train/stopping.hpp"
#include "descent/train/training.hpp"

namespace descent {

namespace fs = std::filesystem;

namespace {

/// One run from its first step to its last, in its directory.
class Runner {
 public:
  Runner(const Experiment& experiment, const Registry& registry, const RunOptions& options,
         fs::path directory)
      : experiment_(experiment),
        options_(options),
        directory_(std::move(directory)),
        frozen_(to_yaml(experiment.resolved)),
        training_(experiment, load_trained_run),
        diagnosis_(training_.total_steps()),
        recorder_(training_, [this](std::int64_t step) { return diagnosis_.is_due(step); }),
        warnings_(registry.warnings()) {
    if (const auto& stop = experiment.trainer.stop) {
      stop_target_ = find_stop_target(*stop, training_.metrics());
      stopping_.emplace(*stop,
                        training_.metrics()[stop_target_->metric].measures[stop_target_->measure].direction);
    }
  }

  RunResult run() {
    make_directory();
    RunStatus status = RunStatus::done;
    try {
      status = train();
    } catch (const Diverged& diverged) {
      status = RunStatus::diverged;
      result_.reason = diverged.what();
      tell_diagnosis(diagnosis_.look_at_divergence(training_));
    } catch (const std::exception& failure) {
      status = RunStatus::failed;
      result_.reason = failure.what();
    }
    finish(status);
    return result_;
  }

 private:
  void make_directory() {
    ClaimedDirectory claimed(directory_);
    lock_.emplace(directory_);
    std::ofstream(directory_ / "experiment.yaml") << frozen_;
    write_status(directory_, {RunStatus::pending});
    LogSchema schema = recorder_.schema();
    record_.experiment_hash = sha256(frozen_);
    const auto now = std::chrono::system_clock::now().time_since_epoch().count();
    schema.run_id =
        sha256(fmt::format("{} {} {}", record_.experiment_hash, directory_.string(), now)).substr(0, 16);
    schema.provenance = provenance(experiment_, options_.arguments);
    schema.provenance.set("total_steps", Value::of(training_.total_steps()));
    schema.experiment = frozen_;
    schema.plugins = plugin_rows(experiment_);
    for (const PluginRow& row : schema.plugins)
      record_.plugin_hashes.emplace_back(row.kind + "/" + row.name, row.sha256);
    recorder_.open(directory_, schema);
    events_.emplace(directory_);
    for (const std::string& warning : warnings_) say("warning", warning);
    fs::create_directories(directory_ / "checkpoints");
    write_status(directory_, {RunStatus::running});
    claimed.keep();
  }

  void say(const std::string& kind, const std::string& message) {
    events_->write({recorder_.seconds(), training_.step(), kind, message});
    if (options_.say) options_.say(message);
  }

  void tell_diagnosis(const std::vector<std::string>& found) {
    for (const std::string& sentence : found) {
      say("diagnosis", fmt::format("step {}: {}", training_.step(), sentence));
      result_.diagnoses.push_back(fmt::format("{}, first at step {}", sentence, training_.step()));
    }
  }

  RunStatus train() {
    while (training_.step() < training_.total_steps()) {
      const std::int64_t step = training_.step() + 1;
      training_.play_step(recorder_.is_logged(step), &recorder_);
      recorder_.step_played();
      if (diagnosis_.is_due(step)) tell_diagnosis(diagnosis_.look(recorder_.statistics(), step));
      const bool last = step == training_.total_steps();
      if (!measure_due(last)) return last ? RunStatus::done : ended_early();
      sample_due(last);
      save_due(last);
      show_progress(last);
      if (options_.stop != nullptr && *options_.stop && !last) {
        result_.reason = fmt::format("stopped by a signal at step {}", step);
        return RunStatus::stopped;
      }
    }
    return RunStatus::done;
  }

  // The target was reached, or patience ran out: what is due at the end is done now.
  RunStatus ended_early() {
    measure_due(true);
    sample_due(true);
    return RunStatus::done;
  }

  // Measures what is due; false: a reason to stop was found.
  bool measure_due(bool last) {
    bool go_on = true;
    for (std::size_t m = 0; m < training_.metrics().size(); ++m) {
      const MetricInstance& metric = training_.metrics()[m];
      if (!last && !training_.is_due(metric.every, training_.step())) continue;
      if (measured_step_.size() <= m) measured_step_.resize(training_.metrics().size());
      if (measured_step_[m] == training_.step()) continue;
      measured_step_[m] = training_.step();
      const std::vector<double> values = training_.measure(metric);
      recorder_.metric_measured(m, values);
      tell(m, values);
      if (!stop_target_ || stop_target_->metric != m) continue;
      if (const auto reason = stopping_->measured(training_.step(), values[stop_target_->measure])) {
        result_.reason = *reason;
        go_on = false;
      }
    }
    return go_on;
  }

  void tell(std::size_t m, const std::vector<double>& values) {
    const MetricInstance& metric = training_.metrics()[m];
    std::string line = fmt::format("step {}: {}", training_.step(), metric.name);
    std::erase_if(result_.findings, [&](const Finding& finding) { return finding.metric == metric.name; });
    for (std::size_t i = 0; i < values.size(); ++i) {
      const Measure& measure = metric.measures[i];
      line += fmt::format("{} {} {:.6g}", i == 0 ? "" : ",", measure.name, values[i]);
      result_.findings.push_back({metric.name, measure.name, measure.unit, values[i]});
    }
    say("evaluation", line);
  }

  void sample_due(bool last) {
    const LogSpec& log = experiment_.log;
    if (log.samples_every.count <= 0 || sampled_step_ == training_.step()) return;
    if (!last && !training_.is_due(log.samples_every, training_.step())) return;
    sampled_step_ = training_.step();
    recorder_.samples(training_.generate(log.samples_count));
  }

  void save_due(bool last) {
    const CheckpointSpec& checkpoint = experiment_.checkpoint;
    const bool minutes_passed =
        checkpoint.every.unit == Duration::Unit::minutes && checkpoint.every.count > 0 &&
        recorder_.seconds() - saved_at_ >= 60.0 * static_cast<double>(checkpoint.every.count);
    if (last || !(minutes_passed || training_.is_due(checkpoint.every, training_.step()))) return;
    saved_at_ = recorder_.seconds();
    save(directory_ / "checkpoints" / fmt::format("step_{:08}.h5", training_.step()));
    saved_.push_back(directory_ / "checkpoints" / fmt::format("step_{:08}.h5", training_.step()));
    while (static_cast<std::int64_t>(saved_.size()) > checkpoint.keep) {
      std::error_code ignored;  // a checkpoint too many loses nothing
      fs::remove(saved_.front(), ignored);
      saved_.erase(saved_.begin());
    }
  }

  void save(const fs::path& file) {
    recorder_.log().synchronise();
    record_.row_counts.clear();
    for (const LogLength& length : recorder_.log().lengths())
      record_.row_counts.emplace_back(length.path, length.rows);
    if (stopping_) record_.stopping = stopping_->state();
    save_state(training_, record_, file, recorder_.statistics().state());
  }

  void show_progress(bool last) {
    if (!options_.progress) return;
    const double seconds = recorder_.seconds();
    if (!last && seconds - shown_at_ < 0.1) return;
    Progress progress;
    progress.step = training_.step();
    progress.total_steps = training_.total_steps();
    progress.seconds = seconds;
    progress.steps_per_second =
        static_cast<double>(progress.step - shown_step_) / std::max(seconds - shown_at_, 1e-9);
    for (const GamePlayer& player : training_.game().players())
      progress.objectives.emplace_back(player.name, player.objective);
    options_.progress(progress);
    shown_at_ = seconds;
    shown_step_ = progress.step;
  }

  void finish(RunStatus status) {
    result_.directory = directory_;
    result_.step = training_.step();
    result_.seconds = recorder_.seconds();
    try {
      if (status == RunStatus::done || status == RunStatus::stopped)
        save(directory_ / "checkpoints" / "final.h5");
      if (!result_.reason.empty()) say(status == RunStatus::done ? "stop" : "error", result_.reason);
      recorder_.log().finish(status);
    } catch (const std::exception& failure) {
      if (status != RunStatus::failed) result_.reason = failure.what();
      status = RunStatus::failed;
    }
    result_.status = status;
    const bool wrong = status == RunStatus::failed || status == RunStatus::diverged;
    write_status(directory_, {status, training_.step(), result_.reason,
                              wrong ? std::vector<std::string>{result_.reason} : std::vector<std::string>{}});
  }

  const Experiment& experiment_;
  const RunOptions& options_;
  fs::path directory_;
  std::string frozen_;
  Training training_;
  Diagnosis diagnosis_;
  Recorder recorder_;
  std::vector<std::string> warnings_;
  std::optional<RunDirectoryLock> lock_;
  std::optional<EventLog> events_;
  std::optional<StopTarget> stop_target_;
  std::optional<Stopping> stopping_;
  RunRecord record_;
  RunResult result_;
  std::vector<fs::path> saved_;
  std::vector<std::int64_t> measured_step_;
  std::int64_t sampled_step_ = 0;
  double saved_at_ = 0;
  double shown_at_ = 0;
  std::int64_t shown_step_ = 0;
};

}  // namespace

std::string check_experiment(const Experiment& experiment) {
  Training training(experiment, load_trained_run);
  const Recorder recorder(training);
  if (const auto& stop = experiment.trainer.stop) find_stop_target(*stop, training.metrics());
  std::string players;
  for (const GamePlayer& player : training.game().players())
    players += fmt::format("{}{} ({})", players.empty() ? "" : ", ", player.name, join(player.groups));
  return fmt::format("{} parameters; players: {}; {} steps", training.parameter_count(), players,
                     training.total_steps());
}

RunResult run_experiment(const Experiment& experiment, const Registry& registry, const RunOptions& options) {
  const fs::path directory = run_directory(experiment, options.root);
  if (options.fresh) {
    // Nothing is moved before the experiment is known to be right.
    Runner runner(experiment, registry, options, directory);
    std::error_code error;
    if (fs::exists(directory, error)) move_aside(directory);
    return runner.run();
  }
  if (auto finished = finished_run(directory, to_yaml(experiment.resolved), experiment.metrics))
    return *finished;
  return Runner(experiment, registry, options, directory).run();
}

}  // namespace descent
