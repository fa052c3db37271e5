#include "slurm_status.hpp"

#include <fmt/core.h>

#include <map>
#include <set>

#include "descent/base/error.hpp"
#include "descent/base/file.hpp"
#include "descent/sweep/slurm_arrays.hpp"
#include "descent/sweep/sweep_folder.hpp"

namespace descent::program {
namespace {

namespace fs = std::filesystem;
using runlog::RunStatus;
using Tasks = std::map<std::string, sweep::SlurmTask>;

/// The sweeps that Slurm plays above runs, each asked for once.
class Sweeps {
 public:
  /// Nothing: Slurm was never given this run, or cannot be asked.
  const sweep::SlurmTask* task_of(const fs::path& run) {
    const fs::path whole = fs::absolute(run).lexically_normal();
    for (fs::path above = whole.parent_path(); above.has_relative_path(); above = above.parent_path()) {
      const Tasks* tasks = tasks_of(above);
      if (tasks == nullptr) continue;
      const auto found = tasks->find(whole.lexically_relative(above).string());
      return found == tasks->end() ? nullptr : &found->second;
    }
    return nullptr;
  }
  const std::set<std::string>& diagnostics() const { return diagnostics_; }

 private:
  const Tasks* tasks_of(const fs::path& directory) {
    if (plain_.contains(directory)) return nullptr;
    if (const auto known = sweeps_.find(directory); known != sweeps_.end()) return &known->second;
    std::error_code error;
    if (!sweep::is_sweep(directory) || !fs::exists(directory / "slurm", error)) {
      plain_.insert(directory);
      return nullptr;
    }
    Tasks& tasks = sweeps_[directory];
    try {
      tasks = sweep::slurm_tasks(directory);
    } catch (const Error& problem) {
      diagnostics_.insert(problem.what());
    }
    return &tasks;
  }

  std::map<fs::path, Tasks> sweeps_;
  std::set<fs::path> plain_;
  std::set<std::string> diagnostics_;
};

std::string state_text(const sweep::SlurmTask& task, const analysis::RunSummary& run) {
  if (!task.is_over())
    return task.reason.empty() || task.reason == "None" ? task.state
                                                        : fmt::format("{} ({})", task.state, task.reason);
  if (task.state.empty()) return "gone";
  // Told to by --signal: its exit code says that it did not come to its end.
  if (task.state == "FAILED" && run.status == RunStatus::stopped) return "stopped in time";
  const std::vector<std::string> said = last_lines(task.output, 1);
  return task.state == "FAILED" && run.reason.empty() && !said.empty()
             ? fmt::format("FAILED ({})", said.back())
             : task.state;
}

void add_state(analysis::RunSummary& run, const sweep::SlurmTask& task) {
  const bool runs = task.state == "RUNNING" || task.state == "COMPLETING";
  if (runs && run.status == RunStatus::killed) run.status = RunStatus::running;
  // Nothing to add: it runs, or it paused as it was told.
  if ((runs && run.status == RunStatus::running) || task.state == "COMPLETED") return;
  const std::string text =
      fmt::format("Slurm {}: {}", task.job.empty() ? "task" : task.job, state_text(task, run));
  run.reason = run.reason.empty() ? text : fmt::format("{}; {}", text, run.reason);
}

}  // namespace

std::vector<std::string> add_slurm_states(std::vector<analysis::RunSummary>& runs) {
  static const std::set<RunStatus> not_ended = {RunStatus::pending, RunStatus::running, RunStatus::stopped,
                                                RunStatus::killed};
  Sweeps sweeps;
  for (analysis::RunSummary& run : runs) {
    if (!not_ended.contains(run.status)) continue;
    if (const sweep::SlurmTask* task = sweeps.task_of(run.directory)) add_state(run, *task);
  }
  return {sweeps.diagnostics().begin(), sweeps.diagnostics().end()};
}

}  // namespace descent::program
