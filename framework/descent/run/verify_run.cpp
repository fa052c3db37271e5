#include "descent/run/verify_run.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "descent/base/error.hpp"
#include "descent/base/text.hpp"
#include "descent/experiment/yaml.hpp"
#include "descent/run/resume.hpp"
#include "descent/runlog/checkpoint.hpp"
#include "descent/runlog/directory_lock.hpp"
#include "descent/runlog/experiment_file.hpp"
#include "descent/runlog/log_copy.hpp"
#include "descent/runlog/log_reader.hpp"
#include "descent/runlog/log_repair.hpp"
#include "descent/runlog/run_files.hpp"
#include "descent/runlog/status_file.hpp"

namespace descent::run {

namespace fs = std::filesystem;

namespace {

bool can_be_salvaged(const fs::path& log) {
  try {
    runlog::LogCopy(log, true).schema();
    return true;
  } catch (const Error&) {
    return runlog::has_journal(log.parent_path());
  }
}

std::string size_of(const runlog::LogReader& log) {
  std::int64_t rows = 0, snapshots = 0;
  for (const runlog::MetricSet& set : log.sets()) rows += log.rows(set.name);
  for (const runlog::SeriesInfo& series : log.series()) snapshots += series.snapshots;
  return fmt::format("{} rows in {} sets, {} snapshots in {} series", rows, log.sets().size(), snapshots,
                     log.series().size());
}

bool is_open_elsewhere(const Error& error) {
  return !error.diagnostics().empty() && error.diagnostics().front().code == codes::unreadable;
}

class Verification {
 public:
  explicit Verification(const fs::path& directory) : directory_(directory) {}

  void status() {
    try {
      const auto state = runlog::read_status(directory_);
      if (!state) return damage(runlog::files::status, "is missing");
      const bool ended_at_once = state->step == 0 && (state->status == runlog::RunStatus::failed ||
                                                      state->status == runlog::RunStatus::timeout);
      began_ = state->status != runlog::RunStatus::pending && state->status != runlog::RunStatus::skipped &&
               !ended_at_once;
      verdict.whole.push_back(
          fmt::format("{}: {} at step {}", runlog::files::status, text(state->status), state->step));
    } catch (const Error& error) {
      damage(runlog::files::status, error.what());
    }
  }

  void experiment() {
    const fs::path file = directory_ / runlog::files::experiment;
    if (!fs::exists(file)) return damage(runlog::files::experiment, "is missing");
    try {
      const std::string text = runlog::read_resolved_experiment(directory_);
      Diagnostics diagnostics;
      static_cast<void>(experiment::parse_yaml(text, file.string(), diagnostics));
      diagnostics.throw_if_any();
      experiment_ = text;
      verdict.whole.push_back(runlog::files::experiment);
    } catch (const Error& error) {
      damage(runlog::files::experiment, error.what());
    }
  }

  void log() {
    const fs::path file = directory_ / runlog::files::log;
    if (!fs::exists(file)) {
      verdict.log_needs_repair = !verdict.live && runlog::has_journal(directory_);
      if (began_ || verdict.log_needs_repair) damage(runlog::files::log, "is missing");
      return;
    }
    try {
      const runlog::LogReader log(file);
      const std::size_t before = verdict.damage.size();
      for (const std::string& line : log.verify()) damage(runlog::files::log, line);
      verdict.log_needs_repair = verdict.damage.size() > before;
      if (!log.closed() && !verdict.live) {
        verdict.log_needs_repair = true;
        damage(runlog::files::log, "its writer was killed: other programs than Descent refuse to open it");
      }
      if (!verdict.log_needs_repair && !experiment_.empty() && log.experiment() != experiment_)
        damage(
            runlog::files::experiment,
            is_log_of_run(log, directory_)
                ? "has other steps than log.h5, for a resume that changed them was cut off: descent resume "
                  "goes on"
                : "is not the experiment that log.h5 is of");
      if (!verdict.log_needs_repair)
        verdict.whole.push_back(fmt::format("{}: {}", runlog::files::log, size_of(log)));
    } catch (const Error& error) {
      if (is_open_elsewhere(error)) {
        verdict.in_use.push_back(fmt::format("{}: {}", runlog::files::log, error.what()));
        return;
      }
      verdict.log_needs_repair = true;
      verdict.log_can_be_repaired = can_be_salvaged(file);
      damage(runlog::files::log, error.what());
    }
  }

  void checkpoints() {
    std::vector<fs::path> files;
    std::error_code none;
    for (const fs::directory_entry& entry :
         fs::directory_iterator(directory_ / runlog::files::checkpoints, none))
      if (entry.path().extension() == ".h5") files.push_back(entry.path());
    std::sort(files.begin(), files.end());
    for (const fs::path& file : files) {
      const std::string name = (fs::path(runlog::files::checkpoints) / file.filename()).string();
      try {
        const runlog::CheckpointReader checkpoint(file, runlog::CheckpointSchemas::all);
        if (is_foreign(checkpoint)) {
          damage(name, "was saved by another experiment than experiment.yaml says");
          continue;
        }
        verdict.whole.push_back(
            fmt::format("{}: {}", name, counted(std::ssize(checkpoint.names()), "entry", "entries")));
      } catch (const Error& error) {
        // A live run removes its old ones.
        if (fs::exists(file)) damage(name, error.what());
      }
    }
  }

  RunVerdict verdict;

 private:
  void damage(const std::string& file, const std::string& what) {
    verdict.damage.push_back(fmt::format("{}: {}", file, what));
  }

  // Earlier versions' checkpoints are looked at, not into.
  bool is_foreign(const runlog::CheckpointReader& checkpoint) const {
    const std::vector<std::string> names = checkpoint.names();
    const std::string hash = "record/experiment_hash";
    return !experiment_.empty() && std::find(names.begin(), names.end(), hash) != names.end() &&
           checkpoint.text(hash) != experiment_identity(directory_);
  }

  fs::path directory_;
  std::string experiment_;  // empty when it cannot be read
  bool began_ = true;
};

}  // namespace

static RunVerdict verify_run(const fs::path& directory, bool live) {
  if (!fs::exists(directory / runlog::files::status) && !fs::exists(directory / runlog::files::log))
    throw Error(fmt::format("'{}' is no run: it has neither status.yaml nor log.h5", directory.string()));
  Verification verification(directory);
  verification.verdict.live = live;
  verification.status();
  verification.experiment();
  verification.log();
  verification.checkpoints();
  return std::move(verification.verdict);
}

RunVerdict verify_run(const fs::path& directory) {
  return verify_run(directory, runlog::is_held(directory));
}

RunVerdict verify_run(const fs::path& directory, const runlog::RunDirectoryLock&) {
  return verify_run(directory, false);
}

RunVerdict verify_log(const fs::path& file) {
  const std::string name = file.filename().string();
  RunVerdict verdict;
  std::optional<runlog::LogReader> opened;
  try {
    opened.emplace(file);
  } catch (const Error& error) {
    if (!is_open_elsewhere(error)) throw;
    verdict.in_use.push_back(fmt::format("{}: {}", name, error.what()));
    return verdict;
  }
  const runlog::LogReader& log = *opened;
  for (const std::string& line : log.verify()) verdict.damage.push_back(fmt::format("{}: {}", name, line));
  if (verdict.damage.empty()) verdict.whole.push_back(fmt::format("{}: {}", name, size_of(log)));
  return verdict;
}

}  // namespace descent::run
