#include "descent/analysis/run_summary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "descent/base/error.hpp"
#include "descent/run/resume.hpp"
#include "descent/runlog/directory_lock.hpp"
#include "descent/runlog/log_reader.hpp"
#include "descent/runlog/run_files.hpp"

namespace descent::analysis {

namespace fs = std::filesystem;
using runlog::RunStatus;

namespace {

double seconds_since_change(const fs::path& directory) {
  fs::file_time_type last = fs::file_time_type::min();
  for (const char* name : {runlog::files::status, runlog::files::log, runlog::files::events}) {
    std::error_code absent;
    const fs::file_time_type changed = fs::last_write_time(directory / name, absent);
    if (!absent) last = std::max(last, changed);
  }
  const auto age = std::chrono::duration<double>(fs::file_time_type::clock::now() - last).count();
  return std::max(age, 0.0);
}

// The furthest row of any set: `train` may have a coarser cadence than a metric.
void look_into_log(RunSummary& summary) {
  const runlog::LogReader log = run::log_of_run(summary.directory);
  summary.plugins = log.plugins();
  if (!summary.total_steps) {
    const Value attributes = log.attributes();
    if (const Value* total = attributes.find("total_steps");
        total != nullptr && total->is(Value::Kind::integer))
      summary.total_steps = total->integer();
  }
  for (const runlog::MetricSet& set : log.sets()) {
    const std::int64_t last = log.rows(set.name) - 1;
    if (last < 0) continue;
    summary.step = std::max(summary.step, log.steps(set.name, last, 1).front());
    summary.seconds =
        std::max(summary.seconds.value_or(0), log.column(set.name, "wall_time", last, 1).front());
  }
}

}  // namespace

bool RunSummary::never_began() const {
  constexpr RunStatus without_log[] = {RunStatus::pending, RunStatus::skipped, RunStatus::failed,
                                       RunStatus::timeout};
  std::error_code error;
  return step == 0 &&
         std::find(std::begin(without_log), std::end(without_log), status) != std::end(without_log) &&
         !fs::exists(directory / runlog::files::log, error);
}

bool RunSummary::went_wrong() const {
  constexpr RunStatus wrong[] = {RunStatus::diverged, RunStatus::failed, RunStatus::timeout,
                                 RunStatus::killed, RunStatus::damaged};
  return std::find(std::begin(wrong), std::end(wrong), status) != std::end(wrong);
}

RunSummary run_status_of(const fs::path& directory) {
  RunSummary summary;
  summary.directory = directory;
  try {
    const auto read = [&] {
      const std::optional<runlog::RunState> state = runlog::read_status(directory);
      if (!state) throw Error(fmt::format("there is no {}", runlog::files::status));
      summary.status = state->status;
      summary.step = state->step;
      summary.reason = state->reason;
      summary.training_seconds = state->training_seconds;
      summary.peak_memory_bytes = state->peak_memory_bytes;
    };
    read();
    if (summary.status == RunStatus::running && !runlog::is_held(directory)) {
      read();  // it may have ended meanwhile, and a run writes how before it gives the directory back
      if (summary.status == RunStatus::running) summary.status = RunStatus::killed;
    }
  } catch (const Error& error) {
    summary.status = RunStatus::damaged;
    summary.reason = error.what();
  }
  return summary;
}

RunSummary summarize_run(const fs::path& directory) {
  ExperimentReader reader;
  return summarize_run(directory, reader);
}

RunSummary summarize_run(const fs::path& directory, ExperimentReader& reader) {
  RunSummary summary = run_status_of(directory);
  summary.age = seconds_since_change(directory);
  if (summary.status == RunStatus::damaged || summary.never_began()) return summary;
  try {
    // Epochs are counted in steps by the log alone, which knows the data set's size.
    const FrozenExperiment experiment = reader.read(directory);
    if (const OptionValue* steps = experiment.option("trainer.steps");
        steps != nullptr && steps->value.is(Value::Kind::integer))
      summary.total_steps = steps->value.integer();
    look_into_log(summary);
  } catch (const Error& problem) {
    summary.status = RunStatus::damaged;
    summary.reason = problem.what();
  }
  return summary;
}

}  // namespace descent::analysis
