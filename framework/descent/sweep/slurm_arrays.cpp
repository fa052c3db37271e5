#include "descent/sweep/slurm_arrays.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>
#include <sstream>
#include <utility>

#include "descent/base/file.hpp"
#include "descent/experiment/yaml.hpp"
#include "descent/runlog/durable_file.hpp"
#include "descent/sweep/slurm_commands.hpp"
#include "descent/sweep/sweep_files.hpp"
#include "descent/sweep/sweep_folder.hpp"

namespace descent::sweep {

namespace fs = std::filesystem;

namespace {

std::int64_t number_of(const fs::path& folder) {
  const std::string name = folder.filename().string();
  const bool digits =
      !name.empty() && name.size() < 10 && name.find_first_not_of("0123456789") == std::string::npos;
  return digits ? std::stol(name) : 0;
}

std::vector<fs::path> array_folders(const fs::path& sweep_directory) {
  std::vector<fs::path> folders;
  std::error_code absent;
  for (const fs::directory_entry& entry : fs::directory_iterator(sweep_directory / "slurm", absent))
    if (number_of(entry.path()) > 0) folders.push_back(fs::canonical(entry.path()));
  std::sort(folders.begin(), folders.end(),
            [](const fs::path& a, const fs::path& b) { return number_of(a) < number_of(b); });
  return folders;
}

std::string job_of(const fs::path& folder) {
  if (!fs::exists(folder / files::job)) return "";
  Diagnostics diagnostics;
  const Value content = experiment::read_yaml(folder / files::job, diagnostics);
  diagnostics.throw_if_any();
  const Value* job = content.find("job");
  return job != nullptr && job->is(Value::Kind::text) ? job->text() : "";
}

/// What squeue knows of arrays' tasks.
using Queue = std::map<std::pair<fs::path, std::size_t>, QueuedTask>;

// By the script, which is known before sbatch has given an id; where there is an id, by both.
Queue queue_of(const std::vector<SlurmArray>& arrays) {
  Queue queue;
  if (arrays.empty()) return queue;
  std::map<fs::path, std::string> jobs;
  for (const SlurmArray& array : arrays) jobs[array.script()] = array.job;
  for (QueuedTask& task : queued_tasks()) {
    const auto array = jobs.find(task.script);
    if (array == jobs.end() || (!array->second.empty() && array->second != task.job)) continue;
    std::pair key(task.script, task.index);
    queue.insert_or_assign(std::move(key), std::move(task));
  }
  return queue;
}

SlurmTask task_of(const SlurmArray& array, std::size_t index, const Queue& queue) {
  SlurmTask task;
  task.output = array.folder / fmt::format("{}.txt", index);
  const auto queued = queue.find({array.script(), index});
  const std::string& job = queued != queue.end() ? queued->second.job : array.job;
  if (!job.empty()) task.job = fmt::format("{}_{}", job, index);
  if (queued == queue.end()) return task;
  task.state = queued->second.state;
  task.reason = queued->second.reason;
  return task;
}

// Of those that the queue has forgotten.
void ask_accounting(std::map<std::string, SlurmTask>& tasks) {
  std::set<std::string> forgotten;
  for (const auto& [run, task] : tasks)
    if (task.state.empty() && !task.job.empty()) forgotten.insert(task.job.substr(0, task.job.find('_')));
  const auto states = accounted_states({forgotten.begin(), forgotten.end()});
  for (auto& [run, task] : tasks)
    if (const auto found = states.find(task.job); task.state.empty() && found != states.end())
      task.state = found->second;
}

}  // namespace

std::vector<SlurmArray> read_slurm_arrays(const fs::path& sweep_directory) {
  std::vector<SlurmArray> arrays;
  for (const fs::path& folder : array_folders(sweep_directory)) {
    SlurmArray array{folder, {}, job_of(folder)};
    std::error_code error;
    std::istringstream list(fs::exists(folder / files::tasks, error) ? read_file(folder / files::tasks) : "");
    for (std::string line; std::getline(list, line); array.runs.push_back(line))
      require_below_sweep(line,
                          {(folder / files::tasks).string(), static_cast<int>(array.runs.size()) + 1, 0});
    arrays.push_back(std::move(array));
  }
  return arrays;
}

SlurmArray make_slurm_array(const fs::path& sweep_directory, const std::vector<std::string>& runs) {
  const std::vector<fs::path> before = array_folders(sweep_directory);
  const std::int64_t number = before.empty() ? 1 : number_of(before.back()) + 1;
  const fs::path folder = sweep_directory / "slurm" / std::to_string(number);
  fs::create_directories(folder);
  std::string list;
  for (const std::string& run : runs) list += run + "\n";
  runlog::write_durably(folder / files::tasks, list);
  return {fs::canonical(folder), runs, ""};
}

bool SlurmTask::is_over() const {
  static constexpr std::array over = {"",          "BOOT_FAIL", "CANCELLED", "COMPLETED",
                                      "DEADLINE",  "FAILED",    "NODE_FAIL", "OUT_OF_MEMORY",
                                      "PREEMPTED", "REVOKED",   "TIMEOUT"};
  return std::find(over.begin(), over.end(), state) != over.end();
}

std::map<std::string, SlurmTask> slurm_tasks(const fs::path& sweep_directory) {
  const std::vector<SlurmArray> arrays = read_slurm_arrays(sweep_directory);
  const Queue queue = queue_of(arrays);
  std::map<std::string, SlurmTask> tasks;
  for (const SlurmArray& array : arrays)
    for (std::size_t index = 0; index < array.runs.size(); ++index) {
      SlurmTask& task = tasks[array.runs[index]];
      if (task.is_over()) task = task_of(array, index, queue);
    }
  ask_accounting(tasks);
  return tasks;
}

}  // namespace descent::sweep
