#include <fmt/format.h>

#include <chrono>

#include "descent/base/checksum.hpp"
#include "descent/base/checksum_line.hpp"
#include "descent/base/file.hpp"
#include "descent/base/text.hpp"
#include "descent/run/provenance.hpp"
#include "descent/run/run_directory.hpp"
#include "descent/run/runner.hpp"
#include "descent/runlog/durable_file.hpp"
#include "descent/runlog/log_reader.hpp"
#include "descent/runlog/run_files.hpp"
#include "descent/runlog/status_file.hpp"

// How a run begins, or goes on where another process left it.
namespace descent::run {

namespace fs = std::filesystem;

static bool has_begun(const fs::path& run) {
  std::error_code error;
  const auto there = [&](const fs::path& name) { return fs::exists(run / name, error); };
  return there(runlog::files::log) || there(runlog::part_of(runlog::files::log)) ||
         there(runlog::files::journal) || there(runlog::files::checkpoints);
}

RunResult Runner::run() {
  begin();
  return train_to_the_end();
}

RunResult Runner::resume(const ResumeOptions& resume, runlog::RunDirectoryLock lock) {
  lock_.emplace(std::move(lock));
  has_begun(directory_) ? go_on(resume) : open_new();
  return train_to_the_end();
}

// Everything that a reader of the log wants to know of the run, and what its checkpoints are compared by.
runlog::LogSchema Runner::described_schema() {
  runlog::LogSchema schema = recorder_.schema();
  const auto now = std::chrono::system_clock::now().time_since_epoch().count();
  schema.run_id =
      sha256(fmt::format("{} {} {}", record_.experiment_hash, directory_.string(), now)).substr(0, 16);
  schema.provenance = provenance(experiment_, options_.arguments);
  schema.provenance.set("total_steps", Value::of(training_.total_steps()));
  schema.experiment = frozen_;
  schema.plugins = plugin_rows(experiment_);
  for (const runlog::PluginRow& row : schema.plugins)
    record_.plugin_hashes.emplace_back(row.kind + "/" + row.name, row.sha256);
  return schema;
}

runlog::LogOptions Runner::log_options() const {
  runlog::LogOptions log;
  if (options_.written)
    log.written = [this](const runlog::LogLength& length) { options_.written(length.path, length.rows); };
  return log;
}

void Runner::begin() {
  ClaimedDirectory claimed(directory_);
  runlog::write_durably(directory_ / runlog::files::experiment, with_checksum_line(frozen_));
  runlog::write_status(directory_, {runlog::RunStatus::pending});
  open_new();
  lock_.emplace(claimed.keep());
}

void Runner::open_new() {
  recorder_.open(directory_, described_schema(), log_options());
  events_.emplace(directory_);
  for (const std::string& warning : warnings_) say("warning", warning);
  checkpoints_.open();
  runlog::write_status(directory_, {runlog::RunStatus::running});
}

// What was measured then, as far as the log knows; nothing where it has no such run's beginning.
static void keep_origin(const runlog::LogReader& log, const ResumeOptions& resume,
                        runlog::LogSchema& schema) {
  const Value then = log.attributes();
  if (!resume.accept_other_machine) check_same_machine(then, schema.provenance);
  for (Value::Entry& entry : schema.provenance.entries())
    if (const Value* old = then.find(entry.key); old && entry.key != "total_steps") entry.value = *old;
  if (const Value* id = then.find("run_id"); id != nullptr && id->is(Value::Kind::text))
    schema.run_id = id->text();
}

// Loads a checkpoint; returns how much of the log stays.
std::vector<runlog::LogLength> Runner::restore(const ResumePoint& point) {
  load_state(training_, point.checkpoint, recorder_.statistics().state());
  if (stopping_) stopping_->state() = point.record.stopping;
  record_.stopping = point.record.stopping;
  record_.best = point.record.best;
  record_.training_seconds = point.record.training_seconds;
  record_.end_reason = point.record.end_reason;
  record_.looked = point.record.looked;
  if (!record_.looked) checkpoints_.is_before_last_look(point.checkpoint);
  std::vector<runlog::LogLength> kept = rows_without_ending(directory_, point.record, training_, recorder_);
  checkpoints_.take_over(point.checkpoint, point.record, kept);
  return kept;
}

static bool has_diverged(const fs::path& directory) {
  try {
    const auto state = runlog::read_status(directory);
    return state && state->status == runlog::RunStatus::diverged;
  } catch (const Error&) {
    return false;  // a damaged one counts as killed
  }
}

void Runner::go_on(const ResumeOptions& resume) {
  runlog::LogSchema schema = described_schema();
  ResumePoint point = find_resume_point(directory_, record_, resume);
  if (has_diverged(directory_))
    warnings_.push_back(fmt::format("this run diverged: {}", advice_on_divergence()));
  if (fs::exists(directory_ / runlog::files::log))
    keep_origin(runlog::LogReader(directory_ / runlog::files::log), resume, schema);
  schema.provenance.set("total_steps", Value::of(training_.total_steps()));
  std::vector<runlog::LogLength> kept;
  if (!point.checkpoint.empty()) kept = restore(point);
  // Until the log is cut the run is what it was, and from then on one of as many steps as asked for.
  const std::string before = read_file(directory_ / runlog::files::experiment);
  runlog::write_durably(directory_ / runlog::files::experiment, with_checksum_line(frozen_));
  try {
    recorder_.reopen(directory_, schema, std::move(kept), log_options());
  } catch (const std::exception& failure) {
    try {
      runlog::write_durably(directory_ / runlog::files::experiment, before);
    } catch (const RunError& another) {
      throw RunError(fmt::format("{}; {}", failure.what(), another.what()));
    }
    throw;
  }
  checkpoints_.drop_ending(training_.total_steps() != point.record.total_steps);
  events_.emplace(directory_);
  for (const std::string& warning : warnings_) say("warning", warning);
  for (const std::string& reason : point.passed_over) say("warning", reason);
  for (const std::string& warning : point.log_warnings) say("warning", warning);
  say("resume", fmt::format("goes on from step {}", training_.step()));
  if (!point.changed_plugins.empty())
    say("warning", fmt::format("the steps up to {} were made with other plugins: {}", training_.step(),
                               join(point.changed_plugins)));
  checkpoints_.open();
  saved_at_ = recorder_.seconds();
  shown_at_ = recorder_.seconds();
  shown_step_ = training_.step();
  result_.findings = last_findings(directory_, experiment_.metrics);
  runlog::write_status(directory_, {runlog::RunStatus::running, training_.step()});
}

}  // namespace descent::run
