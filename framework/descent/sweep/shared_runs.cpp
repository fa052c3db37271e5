#include "descent/sweep/shared_runs.hpp"

#include <fmt/format.h>

#include <map>

#include "descent/analysis/run_folder.hpp"
#include "descent/experiment/identity.hpp"
#include "descent/run/provenance.hpp"
#include "descent/run/resume.hpp"
#include "descent/run/run_directory.hpp"
#include "descent/runlog/directory_lock.hpp"
#include "descent/runlog/durable_file.hpp"
#include "descent/runlog/event_log.hpp"
#include "descent/runlog/experiment_file.hpp"
#include "descent/runlog/log_reader.hpp"
#include "descent/runlog/run_files.hpp"
#include "descent/sweep/scheduler.hpp"
#include "descent/sweep/stale.hpp"

namespace descent::sweep {

namespace fs = std::filesystem;
using runlog::RunStatus;

namespace {

bool has_begun(const fs::path& run) {
  std::error_code error;
  return progress_of(run).state.status != RunStatus::pending || fs::exists(run / runlog::files::log, error);
}

bool lies_within(const fs::path& path, const fs::path& folder) {
  const fs::path relative = fs::weakly_canonical(path).lexically_relative(fs::weakly_canonical(folder));
  return !relative.empty() && *relative.begin() != "..";
}

// Whole or not there, and on the disk.
void copy_whole(const fs::path& from, const fs::path& to) {
  std::error_code error;
  fs::copy_file(from, runlog::part_of(to), fs::copy_options::overwrite_existing, error);
  if (error)
    throw RunError(fmt::format("cannot copy '{}' to '{}': {}", from.string(), to.string(), error.message()));
  runlog::publish_durably(to);
}

// Of a finished run every file says something but these.
bool is_left_behind(const fs::path& file) {
  const std::string name = file.filename().string();
  return name == runlog::files::status || name.starts_with('.') || name.ends_with(".part");
}

// The log before the checkpoints, and the status at the end: wherever a kill cuts it, the run can go on.
void copy_run(const fs::path& from, const fs::path& to) {
  for (const char* first : {runlog::files::experiment, runlog::files::log})
    copy_whole(from / first, to / first);
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(from)) {
    const fs::path target = to / entry.path().lexically_relative(from);
    if (entry.is_directory())
      fs::create_directories(target);
    else if (entry.is_regular_file() && !is_left_behind(entry.path()) && !fs::exists(target))
      copy_whole(entry.path(), target);
  }
  const runlog::RunState state = progress_of(from).state;
  runlog::EventLog(to).write(
      {0, state.step, "shared",
       fmt::format("was done before, and copied from {}", fs::absolute(from).string())});
  runlog::write_status(to, state);
}

/// Runs that are to be trained, by what they are.
class Wanted {
 public:
  explicit Wanted(const FrozenSweep& sweep) {
    for (std::size_t run = 0; run < sweep.runs.size(); ++run)
      if (!has_begun(sweep.directory_of(run))) runs_.emplace(text_of(sweep.directory_of(run)), run);
  }
  bool empty() const { return runs_.empty(); }
  /// Nothing: `run` is none of them.
  std::optional<std::size_t> find(const fs::path& run) const {
    const auto found = runs_.find(text_of(run));
    return found == runs_.end() ? std::nullopt : std::optional(found->second);
  }
  void remove(const fs::path& run) { runs_.erase(text_of(run)); }

 private:
  static std::string text_of(const fs::path& run) {
    return experiment::without_name(runlog::read_resolved_experiment(run));
  }
  std::map<std::string, std::size_t> runs_;
};

bool is_done_here(const fs::path& run, CurrentPlugins& plugins, const Value& machine) {
  if (progress_of(run).state.status != RunStatus::done || runlog::is_held(run) || !run::has_ended(run))
    return false;
  if (!plugins.changed_since(run).empty()) return false;
  run::check_same_machine(runlog::LogReader(run / runlog::files::log).attributes(), machine);
  return true;
}

}  // namespace

std::vector<SharedRun> share_finished_runs(const FrozenSweep& sweep, const fs::path& root,
                                           Registry& registry) {
  std::vector<SharedRun> shared;
  Wanted wanted(sweep);
  if (wanted.empty()) return shared;
  CurrentPlugins plugins(registry);
  const Value machine = run::machine_provenance();
  for (const fs::path& run : analysis::runs_below(root)) {
    if (wanted.empty()) break;
    if (lies_within(run, sweep.directory)) continue;
    std::optional<std::size_t> place;
    try {
      place = wanted.find(run);
      if (!place || !is_done_here(run, plugins, machine)) continue;
    } catch (const Error&) {
      continue;  // it cannot be read, or was made by another build or machine
    }
    const fs::path own = sweep.directory_of(*place);
    if (runlog::is_held(own)) continue;  // by another process that plays the sweep
    const runlog::RunDirectoryLock lock(own);
    if (has_begun(own)) continue;
    wanted.remove(own);
    copy_run(run, own);
    shared.push_back({*place, run});
  }
  return shared;
}

}  // namespace descent::sweep
