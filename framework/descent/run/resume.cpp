#include "descent/run/resume.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "descent/base/checksum.hpp"
#include "descent/base/text.hpp"
#include "descent/experiment/yaml.hpp"
#include "descent/run/environment.hpp"
#include "descent/run/provenance.hpp"
#include "descent/runlog/checkpoint.hpp"
#include "descent/runlog/experiment_file.hpp"
#include "descent/runlog/log_reader.hpp"
#include "descent/runlog/log_repair.hpp"
#include "descent/runlog/run_files.hpp"

namespace descent::run {

namespace fs = std::filesystem;

// What stays of an experiment where a run goes on: it may get more steps, and prefetching changes no bit.
static Value lasting(Value resolved) {
  if (Value* trainer = resolved.find("trainer")) {
    trainer->erase("steps");
    trainer->erase("prefetch");
  }
  return resolved;
}

static Value parse_resolved(const std::string& text, const fs::path& file) {
  Diagnostics diagnostics;
  Value value = experiment::parse_yaml(text, file.string(), diagnostics);
  diagnostics.throw_if_any();
  return value;
}

std::string experiment_identity(const experiment::Experiment& experiment) {
  return sha256(experiment::to_yaml(lasting(experiment.resolved)));
}

std::string experiment_identity(const fs::path& run) {
  const std::string text = runlog::read_resolved_experiment(run);
  return sha256(experiment::to_yaml(lasting(parse_resolved(text, run / runlog::files::experiment))));
}

bool is_log_of_run(const runlog::LogReader& log, const fs::path& run) {
  const std::string own = runlog::read_resolved_experiment(run), logged = log.experiment();
  return own == logged || lasting(parse_resolved(own, run / runlog::files::experiment)) ==
                              lasting(parse_resolved(logged, run / runlog::files::log));
}

runlog::LogReader log_of_run(const fs::path& run) {
  const fs::path file = run / runlog::files::log;
  runlog::LogReader log(file);
  if (!is_log_of_run(log, run))
    throw Error(fmt::format("{} is the log of another run than experiment.yaml says; put its own back",
                            file.string()));
  return log;
}

PluginHashes plugin_hashes(const experiment::Experiment& experiment) {
  PluginHashes hashes;
  for (const runlog::PluginRow& row : plugin_rows(experiment))
    hashes.emplace_back(row.kind + "/" + row.name, row.sha256);
  return hashes;
}

std::vector<std::string> changed_plugins(const PluginHashes& then, const PluginHashes& now) {
  std::vector<std::string> changed;
  for (const auto& [name, hash] : now) {
    const std::string& wanted = name;  // clang 14 lets no lambda have a structured binding
    const auto found =
        std::find_if(then.begin(), then.end(), [&](const auto& one) { return one.first == wanted; });
    if (found == then.end() || found->second != hash)
      changed.push_back(fmt::format("{} was {} and is {}", name,
                                    found == then.end() ? "not there" : found->second.substr(0, 12),
                                    hash.substr(0, 12)));
  }
  return changed;
}

namespace {

struct Candidate {
  fs::path file;
  std::int64_t step;
  RunRecord record;
};

std::vector<Candidate> candidates(const fs::path& run, std::vector<std::string>& passed_over) {
  std::vector<Candidate> found;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(run / runlog::files::checkpoints, none)) {
    if (entry.path().extension() != ".h5") continue;
    try {
      const runlog::CheckpointReader file(entry.path());
      found.push_back({entry.path(), file.integers("step").at(0), load_record(file)});
    } catch (const std::exception& failure) {
      passed_over.push_back(failure.what());
    }
  }
  std::sort(found.begin(), found.end(), [](const Candidate& a, const Candidate& b) {
    return std::pair(a.step, a.file) > std::pair(b.step, b.file);
  });
  return found;
}

using Rows = std::vector<std::pair<std::string, std::int64_t>>;

/// How many rows the log of a run holds of everything.
Rows rows_of(const fs::path& run) {
  Rows rows;
  if (!fs::exists(run / runlog::files::log)) return rows;
  const runlog::LogReader log(run / runlog::files::log);
  for (const runlog::MetricSet& set : log.sets())
    rows.emplace_back("metrics/" + set.name, log.rows(set.name));
  for (const runlog::SeriesInfo& series : log.series()) rows.emplace_back(series.path, series.snapshots);
  return rows;
}

std::int64_t rows_held(const Rows& rows, const std::string& path) {
  const auto there =
      std::find_if(rows.begin(), rows.end(), [&](const auto& one) { return one.first == path; });
  return there == rows.end() ? 0 : there->second;
}

/// `20 of the 60 rows of metrics/train`: of what a log holds less than was saved.
std::vector<std::string> missing_rows(const RunRecord& record, const Rows& rows) {
  std::vector<std::string> missing;
  for (const auto& [path, count] : record.row_counts)
    if (const std::int64_t held = rows_held(rows, path); held < count)
      missing.push_back(fmt::format("{} of the {} rows of {}", count - held, count, path));
  return missing;
}

/// Why a checkpoint does not fit; nothing: it does.
std::optional<std::string> misfit(const Candidate& candidate, const RunRecord& now, const Rows& rows,
                                  const ResumeOptions& options) {
  const std::string name = candidate.file.string();
  if (candidate.record.experiment_hash != now.experiment_hash)
    return fmt::format("{} was saved by another experiment than experiment.yaml says", name);
  const auto changed = changed_plugins(candidate.record.plugin_hashes, now.plugin_hashes);
  if (!changed.empty() && !options.accept_changed_plugins)
    return fmt::format(
        "{} was saved with other plugins: {}; build those again, or go on with the new ones: "
        "--accept-changed-plugins",
        name, join(changed));
  if (const auto missing = missing_rows(candidate.record, rows);
      !missing.empty() && !options.accept_lost_rows)
    return fmt::format(
        "{} was saved with rows that the log has not: {}; go on without them: --accept-lost-rows", name,
        join(missing));
  return std::nullopt;
}

/// Sets aside a log that cannot be read at all, so that a new one is started; returns a sentence that says so.
std::string begin_log_anew(const fs::path& run, const std::string& why) {
  return fmt::format("log.h5 begins anew, for nothing of the old one can be read; it is kept as {}: {}",
                     runlog::set_log_aside(run).filename().string(), why);
}

/// Makes a damaged log anew, and one that holds less than the newest checkpoint counts; says what was done.
std::vector<std::string> make_log_whole(const fs::path& run, const ResumePoint& point,
                                        const std::vector<Candidate>& found, const ResumeOptions& options) {
  const fs::path log = run / runlog::files::log;
  const bool is_whole = runlog::log_is_whole(run);
  if (is_whole && (found.empty() || missing_rows(found.front().record, rows_of(run)).empty())) return {};
  const bool is_needed = !found.empty() || !point.passed_over.empty();
  if (!is_needed) {  // the run starts from the beginning, and so does its log
    if (!fs::exists(log)) return {};
    return {begin_log_anew(run, "it was left unfinished before the first checkpoint")};
  }
  if (!fs::exists(run / runlog::files::journal) && (is_whole || !options.accept_lost_rows)) return {};
  try {
    const runlog::LogRepair repair =
        runlog::repair_log(run, is_whole ? runlog::RepairFrom::journal : runlog::RepairFrom::log);
    std::string did = fmt::format("log.h5 {} and was made anew{}", is_whole ? "had lost rows" : "was damaged",
                                  repair.from_journal ? " from its journal" : "");
    if (!repair.damaged_log.empty())
      did += fmt::format("; the old one is kept as {}", repair.damaged_log.filename().string());
    return {did};
  } catch (const Error& failure) {
    if (!options.accept_lost_rows || !fs::exists(log)) return {};
    return {begin_log_anew(run, failure.what())};
  }
}

}  // namespace

ResumePoint find_resume_point(const fs::path& run, const RunRecord& now, const ResumeOptions& options) {
  ResumePoint point;
  const std::vector<Candidate> found = candidates(run, point.passed_over);
  point.log_warnings = make_log_whole(run, point, found, options);
  const Rows rows = rows_of(run);
  for (const Candidate& candidate : found) {
    if (const auto reason = misfit(candidate, now, rows, options)) {
      point.passed_over.push_back(*reason);
      continue;
    }
    if (fs::exists(run / runlog::files::log)) log_of_run(run);
    point.checkpoint = candidate.file;
    point.step = candidate.step;
    point.record = candidate.record;
    for (const std::string& missing : missing_rows(candidate.record, rows))
      point.log_warnings.push_back("lost, as accepted: " + missing);
    for (auto& [path, count] : point.record.row_counts) count = std::min(count, rows_held(rows, path));
    point.changed_plugins = changed_plugins(candidate.record.plugin_hashes, now.plugin_hashes);
    return point;
  }
  if (!point.passed_over.empty())
    throw Error(fmt::format("{} has no checkpoint to go on from:\n{}", run.string(),
                            fmt::join(point.passed_over, "\n")));
  return point;
}

// Whether a run of these steps writes this row, whether it ends there or not.
static bool is_written_anyway(const std::string& path, const train::Training& training,
                              const Recorder& recorder) {
  const std::int64_t step = training.step();
  const experiment::LogSpec& log = training.experiment().log;
  const auto is_due = [&](const experiment::Duration& every) {
    return training.is_due(every, step) || step == training.total_steps();
  };
  if (path == "metrics/train" || path.starts_with("metrics/loss."))
    return recorder.is_row(path.substr(8), step);
  if (path.starts_with("metrics/optimizer.")) return !log.optimizer || is_due(log.optimizer->every);
  if (path.starts_with("samples/")) return is_due(log.samples_every);
  for (const train::MetricInstance& metric : training.metrics())
    if (path == fmt::format("metrics/{}.{}", split_name(metric.split), metric.name))
      return is_due(metric.every);
  return true;
}

std::vector<runlog::LogLength> rows_without_ending(const fs::path& run, const RunRecord& checkpoint,
                                                   const train::Training& training,
                                                   const Recorder& recorder) {
  std::vector<runlog::LogLength> kept;
  if (!fs::exists(run / runlog::files::log)) return kept;  // lost, as accepted
  const runlog::LogReader log(run / runlog::files::log);
  for (auto [path, rows] : checkpoint.row_counts) {
    if (rows > 0 && !is_written_anyway(path, training, recorder)) {
      const bool is_set = path.starts_with("metrics/");
      const auto steps = is_set ? log.steps(path.substr(8)) : log.snapshot_steps(path);
      if (steps.at(static_cast<std::size_t>(rows - 1)) == training.step()) --rows;
    }
    kept.push_back({path, rows});
  }
  return kept;
}

static std::string written(const Value& value) {
  return value.is(Value::Kind::text)      ? value.text()
         : value.is(Value::Kind::integer) ? std::to_string(value.integer())
                                          : value.description();
}

void check_same_machine(const Value& log_attributes, const Value& provenance_now) {
  std::vector<std::string> different;
  for (const char* key : {"descent_version", "scalar", "march", "gemm", "threads"}) {
    const Value *then = log_attributes.find(key), *now = provenance_now.find(key);
    if (then != nullptr && now != nullptr && !(*then == *now))
      different.push_back(fmt::format("{} was {} and is {}", key, written(*then), written(*now)));
  }
  const auto then = bits_from_environment(log_attributes), now = bits_from_environment(provenance_now);
  const auto set = [](const std::vector<std::string>& variables) {
    return variables.empty() ? std::string("nothing of oneDNN's") : join(variables);
  };
  if (then != now)
    different.push_back(fmt::format("the environment set {} and sets {}", set(then), set(now)));
  if (!different.empty())
    throw Error(
        fmt::format("the run was begun by another build or machine, which does not give the same bits: {}; "
                    "go on nevertheless: --accept-other-machine",
                    join(different)));
}

}  // namespace descent::run
