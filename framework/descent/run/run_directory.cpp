#include "descent/run/run_directory.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <system_error>

#include "descent/base/text.hpp"
#include "descent/experiment/identity.hpp"
#include "descent/experiment/yaml.hpp"
#include "descent/runlog/durable_file.hpp"
#include "descent/runlog/earlier_version.hpp"
#include "descent/runlog/experiment_file.hpp"
#include "descent/runlog/log_reader.hpp"
#include "descent/runlog/run_files.hpp"
#include "descent/runlog/status_file.hpp"

namespace descent::run {

namespace fs = std::filesystem;

fs::path run_directory(const experiment::Experiment& experiment, const fs::path& root) {
  fs::path directory = root / experiment.name;
  if (!experiment.overrides.empty()) directory /= experiment.overrides;
  return directory / fmt::format("seed={}", experiment.seed);
}

// Nothing but what a process leaves that was killed before the run had an experiment.
static bool holds_nothing(const fs::path& directory) {
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(directory, error)) {
    const std::string name = entry.path().filename().string();
    if (name != ".lock" && name != ".probe" && !name.ends_with(".part")) return false;
  }
  return !error;
}

ClaimedDirectory::ClaimedDirectory(const fs::path& directory) : directory_(directory) {
  std::error_code error;
  fs::path first = fs::absolute(directory, error);
  for (fs::path p = first; !fs::exists(p, error); p = p.parent_path()) {
    first_made_ = p;
    if (p == p.parent_path()) break;
  }
  fs::create_directories(directory, error);
  if (error) {
    remove_parents();
    throw Error(fmt::format("cannot make the run directory {}: {}; choose another place with --runs",
                            directory.string(), error.message()));
  }
  const fs::path probe = directory / ".probe";
  try {
    runlog::write_file(probe, "x");
  } catch (const RunError& failure) {
    fs::remove(probe, error);
    fs::remove(directory, error);
    remove_parents();
    throw Error(fmt::format("cannot write into the run directory {}: {}; choose another place with --runs",
                            directory.string(), failure.what()));
  }
  fs::remove(probe, error);
  lock_.emplace(directory);
  if (!holds_nothing(directory))
    throw Error(
        fmt::format("another process has made a run in {} meanwhile; nothing was run", directory.string()));
}

ClaimedDirectory::~ClaimedDirectory() {
  if (!lock_ || first_made_.empty()) return;
  std::error_code error;
  fs::remove_all(directory_, error);
  remove_parents();
}

runlog::RunDirectoryLock ClaimedDirectory::keep() {
  runlog::RunDirectoryLock lock = std::move(*lock_);
  lock_.reset();
  return lock;
}

// As far as they are empty: others may have made runs in them.
void ClaimedDirectory::remove_parents() const {
  std::error_code error;
  if (first_made_.empty()) return;
  const fs::path last = first_made_.parent_path();
  for (fs::path p = fs::absolute(directory_, error).parent_path(); p != last && p != p.parent_path();
       p = p.parent_path()) {
    fs::remove(p, error);
    if (error) return;
  }
}

void move_aside(const fs::path& directory) {
  for (int number = 1;; ++number) {
    const fs::path aside = fmt::format("{}.old-{}", directory.string(), number);
    if (fs::exists(aside)) continue;
    std::error_code error;
    fs::rename(directory, aside, error);
    if (error)
      throw Error(
          fmt::format("cannot move {} aside to {}: {}", directory.string(), aside.string(), error.message()));
    return;
  }
}

std::vector<Finding> last_findings(const fs::path& directory,
                                   const std::vector<experiment::MetricItem>& metrics) {
  const runlog::LogReader log(directory / runlog::files::log);
  std::vector<Finding> findings;
  for (const runlog::MetricSet& set : log.sets()) {
    if (set.name == "train" || set.name.starts_with("loss.")) continue;
    const std::string metric = set.name.substr(set.name.find('.') + 1);
    const bool is_metric =
        std::any_of(metrics.begin(), metrics.end(), [&](const experiment::MetricItem& item) {
          return set.name.find('.') != std::string::npos && item.name == metric;
        });
    if (!is_metric || log.rows(set.name) == 0) continue;
    for (const runlog::MetricColumn& column : set.columns) {
      findings.push_back(
          {metric, column.name, column.unit, log.column(set.name, column.name).back(), column.note});
    }
  }
  return findings;
}

static const Value* steps_of(const Value& experiment) {
  const Value* trainer = experiment.find("trainer");
  return trainer == nullptr ? nullptr : trainer->find("steps");
}

// Nothing where there is no status, and where a power cut has damaged it.
static std::optional<runlog::RunState> readable_status(const fs::path& directory) try {
  return runlog::read_status(directory);
} catch (const Error&) {
  return std::nullopt;
}

bool has_ended(const fs::path& directory) {
  const auto state = readable_status(directory);
  if (!state || state->status != runlog::RunStatus::done) return false;
  const runlog::LogReader log(directory / runlog::files::log);
  const Value attributes = log.attributes();
  const Value* status = attributes.find("status");
  if (status != nullptr && *status != Value::of(text(runlog::RunStatus::done))) return false;
  Diagnostics diagnostics;
  const Value logged =
      experiment::parse_yaml(log.experiment(), (directory / runlog::files::log).string(), diagnostics);
  const Value frozen = experiment::read_yaml(directory / runlog::files::experiment, diagnostics);
  diagnostics.throw_if_any();
  const Value *then = steps_of(logged), *now = steps_of(frozen);
  return then == nullptr || now == nullptr || *then == *now;
}

std::string advice_on_divergence() {
  return "the same experiment diverges again, also when it is resumed; change it: a smaller learning rate, a "
         "warm-up, or clip_norm before the optimizer";
}

// Nobody has the run, so what its files call running was killed.
static std::string what_became_of(const runlog::RunState& state) {
  const std::string step = fmt::format("at step {}", state.step);
  switch (state.status) {
    case runlog::RunStatus::pending:
      return "has not begun";
    case runlog::RunStatus::done:
      return "ended " + step;
    case runlog::RunStatus::stopped:
      return "was stopped " + step;
    case runlog::RunStatus::diverged:
      return "diverged " + step;
    case runlog::RunStatus::failed:
      return "failed " + step;
    case runlog::RunStatus::timeout:
      return "ran out of time " + step;
    case runlog::RunStatus::skipped:
      return "was skipped";
    case runlog::RunStatus::damaged:
      return "is damaged";
    case runlog::RunStatus::running:
    case runlog::RunStatus::killed:
      break;
  }
  return "was killed " + step;
}

namespace {

enum class Likeness { same, shorter, longer, other };

/// How the experiment that a directory holds is like the one that is asked for.
Likeness likeness(const fs::path& directory, const experiment::RunIdentity& wanted) try {
  const experiment::RunIdentity there = experiment::identity_of(runlog::read_resolved_experiment(directory));
  return there == wanted                 ? Likeness::same
         : there.is_beginning_of(wanted) ? Likeness::shorter
         : wanted.is_beginning_of(there) ? Likeness::longer
                                         : Likeness::other;
} catch (const Error&) {  // it is not there, or cannot be read
  return Likeness::other;
}

const char* text(Likeness likeness) {
  switch (likeness) {
    case Likeness::same:
      return "this run";
    case Likeness::shorter:
      return "this run with fewer steps";
    case Likeness::longer:
      return "this run with more steps";
    case Likeness::other:
      return "another run";
  }
  return "";
}

std::string resume_words(const fs::path& directory, Likeness likeness, const Value& steps) {
  if (likeness != Likeness::same && likeness != Likeness::shorter) return "";
  const std::string more = likeness == Likeness::same ? ""
                           : steps.is(Value::Kind::integer)
                               ? fmt::format(" trainer.steps={}", steps.integer())
                               : fmt::format(" trainer.steps='{}'", steps.text());
  return fmt::format(", or go on with it: descent resume {}{}", directory.string(), more);
}

std::string what_to_do(const fs::path& directory, runlog::RunStatus status, Likeness likeness,
                       const Value& steps) {
  const std::string aside = "se --fresh to move it aside";
  if (status == runlog::RunStatus::diverged && likeness != Likeness::other)
    return fmt::format("{}. U{}", advice_on_divergence(), aside);
  return "u" + aside + resume_words(directory, likeness, steps);
}

// What is kept of a run is as it was asked for when it was trained.
std::vector<std::string> notes_on(const fs::path& directory, const std::string& frozen_experiment) {
  Diagnostics none;  // both were read before
  const Value there = experiment::read_yaml(directory / runlog::files::experiment, none);
  const Value wanted = experiment::parse_yaml(frozen_experiment, "the experiment", none);
  std::vector<std::string> different;
  for (const char* key : {"log", "checkpoint"}) {
    const Value *then = there.find(key), *now = wanted.find(key);
    if (then != nullptr && now != nullptr && !(*then == *now)) different.push_back(fmt::format("'{}'", key));
  }
  if (different.empty()) return {};
  return {fmt::format(
      "it was trained with another {}, which changes none of its numbers; --fresh trains it again, and "
      "keeps what is asked for now",
      join(different, " and "))};
}

}  // namespace

std::optional<RunResult> finished_run(const fs::path& directory, const std::string& frozen_experiment,
                                      const std::vector<experiment::MetricItem>& metrics) {
  std::error_code error;
  if (!fs::exists(directory, error)) return std::nullopt;
  if (fs::is_directory(directory, error) && holds_nothing(directory)) return std::nullopt;
  auto state = fs::is_directory(directory, error) ? readable_status(directory) : std::nullopt;
  if (!state && fs::exists(directory / runlog::files::experiment)) state = runlog::RunState{};
  const experiment::RunIdentity wanted = experiment::identity_of(frozen_experiment);
  const Likeness like = likeness(directory, wanted);
  const auto earlier = state ? runlog::earlier_version_of(directory) : std::nullopt;
  if (state && !earlier && state->status == runlog::RunStatus::done && like == Likeness::same &&
      has_ended(directory)) {
    RunResult result;
    result.already_done = true;
    result.directory = directory;
    result.step = state->step;
    result.reason = state->reason;
    result.findings = last_findings(directory, metrics);
    result.notes = notes_on(directory, frozen_experiment);
    return result;
  }
  if (runlog::is_held(directory))
    throw Error(fmt::format("{} is being written by another process; 'descent watch' shows how far it is",
                            directory.string()));
  if (!state)
    throw Error(fmt::format(
        "{} is there already and is no run of ours; use --fresh to move it aside, or --runs to go "
        "elsewhere",
        directory.string()));
  if (earlier)
    throw Error(runlog::refusal_of_earlier(fmt::format("'{}'", directory.string()), *earlier,
                                           "move it aside with --fresh and train it again"));
  throw Error(fmt::format("{} already holds {}, which {}; {}", directory.string(), text(like),
                          what_became_of(*state), what_to_do(directory, state->status, like, wanted.steps)));
}

}  // namespace descent::run
