#include "descent/run/runner.hpp"

#include <fmt/format.h>
#include <sys/resource.h>

#include <utility>

#include "descent/base/exception_text.hpp"
#include "descent/base/stopwatch.hpp"
#include "descent/base/text.hpp"
#include "descent/experiment/yaml.hpp"
#include "descent/kernels/gemm.hpp"
#include "descent/run/assemble.hpp"
#include "descent/run/environment.hpp"
#include "descent/runlog/status_file.hpp"

namespace descent::run {

namespace fs = std::filesystem;

static std::int64_t peak_memory_bytes() {
  rusage usage{};
  return getrusage(RUSAGE_SELF, &usage) == 0 ? usage.ru_maxrss * 1024 : 0;
}

Runner::Runner(experiment::Experiment experiment, const Registry& registry, const RunOptions& options,
               const fs::path& directory)
    : options_(options),
      shown_directory_(directory),
      directory_(fs::absolute(directory).lexically_normal()),
      frozen_(experiment::to_yaml(experiment.resolved)),
      assembled_(assemble(std::move(experiment))),
      training_(*assembled_),
      experiment_(training_.experiment()),
      diagnosis_(training_.total_steps()),
      collapse_(training_.total_steps()),
      recorder_(training_, diagnostics_, [this](std::int64_t step) { return diagnosis_.is_due(step); }),
      checkpoints_(directory_, training_, recorder_, record_),
      warnings_(registry.warnings()),
      measured_step_(training_.metrics().size()) {
  watched_ = watched_measures(experiment_, training_.metrics(), diagnostics_);
  training_.rehearse(diagnostics_);
  diagnostics_.throw_if_any();
  if (watched_.stop) stopping_.emplace(*experiment_.trainer.stop, direction_of(*watched_.stop));
  for (std::string& warning : training_.warnings()) warnings_.push_back(std::move(warning));
  for (std::string& warning : watched_warnings(training_, watched_)) warnings_.push_back(std::move(warning));
  for (std::string& warning : environment_warnings()) warnings_.push_back(std::move(warning));
  record_.experiment_hash = experiment_identity(experiment_);
  recorder_.schema().check();  // while nothing has been written
}

Direction Runner::direction_of(const StopTarget& target) const {
  return training_.metrics()[target.metric].measures[target.measure].direction;
}

RunResult Runner::train_to_the_end() {
  runlog::RunStatus status = runlog::RunStatus::done;
  if (options_.begins) options_.begins(directory_);
  try {
    status = train();
  } catch (const train::Diverged& diverged) {
    status = runlog::RunStatus::diverged;
    result_.reason = diverged.what();
    tell_diagnosis(diagnosis_.look_at_divergence(training_));
  } catch (const std::exception& failure) {
    status = runlog::RunStatus::failed;
    result_.reason = exception_text(failure);
  }
  tell_disturbances();  // of the last look
  finish(status);
  return result_;
}

void Runner::tell_disturbances() {
  const std::vector<std::string>& all = training_.disturbances();
  for (; told_disturbances_ < all.size(); ++told_disturbances_)
    say("warning", fmt::format("step {}: {}", training_.step(), all[told_disturbances_]));
}

void Runner::say(const std::string& kind, const std::string& message) {
  events_->write({recorder_.seconds(), training_.step(), kind, message});
  if (options_.say) options_.say(message);
}

void Runner::tell_diagnosis(const std::vector<std::string>& found) {
  for (const std::string& sentence : found) {
    say("diagnosis", fmt::format("step {}: {}", training_.step(), sentence));
    result_.diagnoses.push_back(fmt::format("{}, first at step {}", sentence, training_.step()));
  }
}

runlog::RunStatus Runner::train() {
  if (!record_.end_reason.empty()) return end_again();
  // What it was interrupted in, after its last step.
  if (!std::exchange(record_.looked, true))
    if (const auto end = look_and_save(training_.step())) return *end;
  // A run that was killed between its checkpoint and its status is there already.
  if (is_to_pause(training_.step())) return runlog::RunStatus::stopped;
  while (training_.step() < training_.total_steps()) {
    const std::int64_t step = training_.step() + 1;
    if (options_.at_step != nullptr) options_.at_step->store(step, std::memory_order_relaxed);
    play_step(step);
    tell_disturbances();
    recorder_.step_played();
    if (diagnosis_.is_due(step)) tell_diagnosis(diagnosis_.look(recorder_.statistics(), step));
    if (collapse_.is_due(step)) tell_diagnosis(collapse_.look(training_));
    if (step == training_.total_steps()) save_before_last_look();
    if (const auto end = look_and_save(step)) return *end;
  }
  training_.check_slots();
  return runlog::RunStatus::done;
}

// What follows a step; nothing: the run goes on.
std::optional<runlog::RunStatus> Runner::look_and_save(std::int64_t step) {
  const bool last = step == training_.total_steps();
  if (!look(last)) return ended_early();
  save_best();
  save_due(last);
  show_progress(last);
  if (!last && (is_to_stop(step) || is_to_pause(step))) return runlog::RunStatus::stopped;
  return std::nullopt;
}

// What the recorder looks at within a step is logging, not training; the step that diverges counts too.
void Runner::play_step(std::int64_t step) {
  const double observed = recorder_.observing_seconds();
  double elapsed = 0;
  const auto count = [&] {
    record_.training_seconds += elapsed - (recorder_.observing_seconds() - observed);
  };
  try {
    const Stopwatch watch(elapsed);
    training_.play_step(recorder_.is_logged(step), &recorder_);
  } catch (...) {
    count();
    throw;
  }
  count();
}

bool Runner::is_to_stop(std::int64_t step) {
  if (options_.out_of_memory != nullptr && *options_.out_of_memory) {
    result_.reason = fmt::format("stopped at step {}: memory has run out", step);
    return true;
  }
  if (options_.stop == nullptr || !*options_.stop) return false;
  result_.reason = fmt::format("stopped by a signal at step {}", step);
  return true;
}

bool Runner::is_to_pause(std::int64_t step) {
  if (options_.until <= 0 || step < options_.until || step >= training_.total_steps()) return false;
  result_.reason = fmt::format("paused after step {}", step);
  result_.paused = true;
  return true;
}

// It was interrupted while it ended early. The rows that this end alone had written were cut off.
runlog::RunStatus Runner::end_again() {
  const std::int64_t step = training_.step();
  for (std::size_t m = 0; m < training_.metrics().size(); ++m)
    if (training_.is_due(training_.metrics()[m].every, step)) measured_step_[m] = step;
  if (training_.is_due(experiment_.log.samples_every, step)) sampled_step_ = step;
  look(true);
  save_best();
  training_.check_slots();
  result_.reason = record_.end_reason;
  return runlog::RunStatus::done;
}

// The target was reached, or patience ran out: what is due at the end is done now.
runlog::RunStatus Runner::ended_early() {
  look(true);
  save_best();
  training_.check_slots();
  return runlog::RunStatus::done;
}

// Whether anything is to be measured or generated after this step.
bool Runner::looks(bool last) const {
  const std::int64_t step = training_.step();
  const auto& metrics = training_.metrics();
  for (std::size_t m = 0; m < metrics.size(); ++m)
    if (measured_step_[m] != step && (last || training_.is_due(metrics[m].every, step))) return true;
  const experiment::LogSpec& log = experiment_.log;
  return log.samples_every.count > 0 && sampled_step_ != step &&
         (last || training_.is_due(log.samples_every, step));
}

// Measures and generates what is due, all at one evaluation point; false: a reason to stop was found.
bool Runner::look(bool last) {
  if (!looks(last)) return true;
  const train::Training::EvaluationPoint here(training_);
  if (!measure_due(last)) return false;
  sample_due(last);
  return true;
}

// Measures what is due; false: a reason to stop was found.
bool Runner::measure_due(bool last) {
  const std::string before = result_.reason;
  for (std::size_t m = 0; m < training_.metrics().size(); ++m) {
    const train::MetricInstance& metric = training_.metrics()[m];
    if (!last && !training_.is_due(metric.every, training_.step())) continue;
    if (measured_step_[m] == training_.step()) continue;
    measured_step_[m] = training_.step();
    const std::vector<double> values = training_.measure(metric);
    recorder_.metric_measured(m, values);
    tell(m, values);
    judge(m, values);
  }
  return result_.reason == before;
}

void Runner::judge(std::size_t metric, const std::vector<double>& values) {
  const std::int64_t step = training_.step();
  // What is measured only because the run ends here is none of a run that goes on: it may be the best state
  // of this run, but leaves the records as they are.
  const bool ends = !training_.is_due(training_.metrics()[metric].every, step);
  if (watched_.stop && watched_.stop->metric == metric) {
    Stopping at_the_end = *stopping_;
    Stopping& stopping = ends ? at_the_end : *stopping_;
    if (const auto reason = stopping.measured(step, values[watched_.stop->measure])) {
      result_.reason = *reason;
      if (!ends) record_.end_reason = *reason;  // for every checkpoint from here on
    }
    record_.stopping = stopping_->state();
  }
  if (!watched_.best || watched_.best->metric != metric) return;
  StoppingState best = record_.best;
  if (!is_new_best(best, direction_of(*watched_.best), step, values[watched_.best->measure])) return;
  if (!ends) record_.best = best;
  new_best_ = ends ? NewBest::of_the_end : NewBest::of_the_run;
}

void Runner::tell(std::size_t m, const std::vector<double>& values) {
  const train::MetricInstance& metric = training_.metrics()[m];
  std::string line = fmt::format("step {}: {}", training_.step(), metric.name);
  std::erase_if(result_.findings, [&](const Finding& finding) { return finding.metric == metric.name; });
  for (std::size_t i = 0; i < values.size(); ++i) {
    const Measure& measure = metric.measures[i];
    line += fmt::format("{} {} {:.6g}", i == 0 ? "" : ",", measure.name, values[i]);
    result_.findings.push_back({metric.name, measure.name, measure.unit, values[i], measure.note});
  }
  say("evaluation", line);
}

void Runner::sample_due(bool last) {
  const experiment::LogSpec& log = experiment_.log;
  if (log.samples_every.count <= 0 || sampled_step_ == training_.step()) return;
  if (!last && !training_.is_due(log.samples_every, training_.step())) return;
  sampled_step_ = training_.step();
  recorder_.samples(training_.generate(log.samples_count));
}

// Once the step has written all of its rows: a checkpoint goes on with the next one.
void Runner::save_best() {
  const NewBest found = std::exchange(new_best_, NewBest::none);
  if (found != NewBest::none) checkpoints_.save_best(found == NewBest::of_the_end);
}

void Runner::save_due(bool last) {
  const experiment::CheckpointSpec& checkpoint = experiment_.checkpoint;
  const bool minutes_passed =
      checkpoint.every.unit == experiment::Duration::Unit::minutes && checkpoint.every.count > 0 &&
      recorder_.seconds() - saved_at_ >= 60.0 * static_cast<double>(checkpoint.every.count);
  const bool asked = options_.checkpoint != nullptr && options_.checkpoint->exchange(false);
  if (last || !(asked || minutes_passed || training_.is_due(checkpoint.every, training_.step()))) return;
  saved_at_ = recorder_.seconds();
  // Where a run ends must not depend on how long it took.
  if (training_.is_due(checkpoint.every, training_.step())) training_.check_slots();
  checkpoints_.save_step();
  runlog::write_status(directory_, {runlog::RunStatus::running, training_.step()});
  if (asked)
    say("checkpoint", fmt::format("step {}: wrote a checkpoint, as a signal asked", training_.step()));
}

// The last measurements may take long, or fail: what was trained is kept before.
void Runner::save_before_last_look() {
  if (!looks(true) || recorder_.seconds() - saved_at_ < options_.worth_saving_seconds) return;
  training_.check_slots();
  record_.looked = false;
  checkpoints_.save_before_last_look();
  record_.looked = true;
}

void Runner::show_progress(bool last) {
  if (!options_.progress) return;
  const double seconds = recorder_.seconds();
  if (!last && seconds - shown_at_ < 0.1) return;
  Progress progress;
  progress.step = training_.step();
  progress.total_steps = training_.total_steps();
  progress.seconds = seconds;
  progress.steps_per_second =
      static_cast<double>(progress.step - shown_step_) / std::max(seconds - shown_at_, 1e-9);
  for (const train::GamePlayer& player : training_.game().players())
    progress.objectives.emplace_back(player.name, player.objective);
  options_.progress(progress);
  shown_at_ = seconds;
  shown_step_ = progress.step;
}

void Runner::finish(runlog::RunStatus status) {
  result_.directory = shown_directory_;
  result_.step = training_.step();
  result_.seconds = recorder_.seconds();
  try {
    if (status == runlog::RunStatus::done || status == runlog::RunStatus::stopped) checkpoints_.save_final();
    // The result says it to who watches.
    if (!result_.reason.empty())
      events_->write({recorder_.seconds(), training_.step(),
                      status == runlog::RunStatus::done ? "stop" : "error", result_.reason});
    if (const runlog::Stalls stalls = recorder_.log().stalls(); stalls.count > 0)
      say("warning", fmt::format("training waited for the disk {}, {:.3g} s in all",
                                 counted(stalls.count, "time"), stalls.seconds));
    tell_primitives();
    recorder_.log().finish(status);
  } catch (const std::exception& failure) {
    // A run that has failed already is told that again by its log.
    if (status != runlog::RunStatus::failed) add_reason(exception_text(failure));
    status = runlog::RunStatus::failed;
  }
  const bool wrong = status == runlog::RunStatus::failed || status == runlog::RunStatus::diverged;
  try {
    runlog::write_status(directory_,
                         {status, training_.step(), result_.reason,
                          wrong ? std::vector<std::string>{result_.reason} : std::vector<std::string>{},
                          record_.training_seconds, peak_memory_bytes()});
  } catch (const RunError& failure) {
    add_reason(failure.what());
    status = runlog::RunStatus::failed;
    result_.recorded = false;
  }
  result_.status = status;
}

void Runner::tell_primitives() {
  const PreparedPrimitives made = prepared_primitives();
  if (made.count == 0) return;
  Value fields = Value::map();
  fields.set("count", Value::of(made.count));
  fields.set("seconds", Value::of(made.seconds));
  events_->write({recorder_.seconds(), training_.step(), "primitives",
                  fmt::format("{} of oneDNN's primitives for convolutions and products were made in {:.3g} s",
                              made.count, made.seconds),
                  std::move(fields)});
}

void Runner::add_reason(const std::string& reason) {
  result_.reason += (result_.reason.empty() ? "" : "; ") + reason;
}

}  // namespace descent::run
