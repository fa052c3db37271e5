#include "descent/sweep/slurm_launcher.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "descent/base/checksum_line.hpp"
#include "descent/base/error.hpp"
#include "descent/base/file.hpp"
#include "descent/base/text.hpp"
#include "descent/experiment/yaml.hpp"
#include "descent/runlog/durable_file.hpp"
#include "descent/runlog/json.hpp"
#include "descent/runlog/run_files.hpp"
#include "descent/sweep/slurm_commands.hpp"
#include "descent/sweep/sweep_files.hpp"

namespace descent::sweep {

namespace fs = std::filesystem;

namespace {

/// A word as the shell reads it back.
std::string shell_word(const std::string& word) {
  std::string quoted;
  for (const char c : word)
    if (c == '\'')
      quoted += "'\\''";
    else
      quoted += c;
  return fmt::format("'{}'", quoted);
}

std::string array_text(std::size_t runs, std::int64_t parallelism) {
  const std::string text = fmt::format("0-{}", runs - 1);
  return parallelism > 0 ? fmt::format("{}%{}", text, parallelism) : text;
}

/// Shell lines that run what the sweep's file asks for, each entry as it stands, in the job's own shell; one
/// that fails ends the task, and its run as failed. Written in shell, for what prepares the ground for our
/// program may be what failed.
std::string setup_text(const FrozenSweep& sweep) {
  const std::vector<std::string>& setup = sweep.spec.slurm->setup;
  if (setup.empty()) return "";
  std::string text = fmt::format("status={}/\"$run\"/{}\n",
                                 shell_word(fs::absolute(sweep.directory).lexically_normal().string()),
                                 runlog::files::status);
  text +=
      "setup_failed() {\n"
      "  if grep -qE '^status: (pending|running|stopped)$' \"$status\"; then\n"
      "    { echo 'status: failed'; grep '^step:' \"$status\"; printf 'reason: %s\\n' \"$1\"; } > "
      "\"$status.part\"\n"
      "    mv \"$status.part\" \"$status\"\n"
      "  fi\n"
      "  echo \"$2\" >&2\n"
      "  exit 1\n"
      "}\n";
  for (const std::string& line : setup) {
    const std::string reason = fmt::format("the setup line '{}' failed", line);
    text += fmt::format("{{\n{}\n}} || setup_failed {} {}\n", line,
                        shell_word(runlog::json(Value::of(reason))), shell_word(reason));
  }
  return text;
}

/// `exec`: the program is the job's first process, to which Slurm's signals go.
std::string job_script(const FrozenSweep& sweep, const SlurmArray& array, std::int64_t until,
                       const SlurmOptions& options) {
  const SlurmSpec& slurm = *sweep.spec.slurm;
  const std::int64_t parallelism = options.jobs > 0 ? options.jobs : slurm.array_parallelism;
  const std::int64_t cpus = slurm.cpus > 0 ? slurm.cpus : std::max<std::int64_t>(1, sweep.threads);
  std::vector<std::string> asked = {fmt::format("--job-name={}", sweep.name),
                                    fmt::format("--array={}", array_text(array.runs.size(), parallelism)),
                                    "--nodes=1",
                                    "--ntasks=1",
                                    fmt::format("--cpus-per-task={}", cpus),
                                    "--requeue",
                                    "--open-mode=append"};
  if (!slurm.partition.empty()) asked.push_back(fmt::format("--partition={}", slurm.partition));
  if (!slurm.memory.empty()) asked.push_back(fmt::format("--mem={}", slurm.memory));
  // A minute before the limit, for the last checkpoint.
  if (!slurm.time.empty())
    asked.insert(asked.end(), {fmt::format("--time={}", slurm.time), "--signal=B:TERM@60"});
  std::string script = "#!/bin/bash\n";
  for (const std::string& option : asked) script += fmt::format("#SBATCH {}\n", option);
  script += fmt::format("run=$(sed -n \"$((SLURM_ARRAY_TASK_ID + 1))p\" {})\n{}exec",
                        shell_word((array.folder / files::tasks).string()), setup_text(sweep));
  for (const std::string& word : options.program) script += fmt::format(" {}", shell_word(word));
  if (until > 0) script += fmt::format(" --until {}", until);
  return script + " --only \"$run\"\n";
}

/// A file for each task, as sbatch takes it.
std::string output_pattern(const fs::path& folder) {
  std::string pattern;
  for (const char c : folder.string()) pattern.append(c == '%' ? 2 : 1, c);
  return fmt::format("{}/%a.txt", pattern);
}

/// Runs that ended and are to be tried again, or to go on, have not ended any more. That is written before
/// they are submitted, for a task may begin before sbatch has answered, and taken back when it refuses.
class WaitingAgain {
 public:
  WaitingAgain(const fs::path& sweep, const std::vector<std::string>& runs) {
    for (const std::string& run : runs) {
      const RunProgress progress = progress_of(sweep / run);
      if (!progress.ended()) continue;
      before_.emplace_back(sweep / run, progress.state);
      runlog::write_status(sweep / run, {runlog::RunStatus::pending, progress.state.step});
    }
  }
  void take_back() const {
    for (const auto& [run, state] : before_) write_status(run, state);
  }

 private:
  std::vector<std::pair<fs::path, runlog::RunState>> before_;
};

SlurmReport::Submitted submit(const FrozenSweep& sweep, const std::vector<std::string>& runs,
                              std::int64_t until, const SlurmOptions& options) {
  SlurmArray array = make_slurm_array(sweep.directory, runs);
  runlog::write_durably(array.script(), job_script(sweep, array, until, options));
  const WaitingAgain waiting(sweep.directory, runs);
  try {
    array.job = submit_job(array.script(), output_pattern(array.folder));
  } catch (...) {
    waiting.take_back();
    std::error_code left_behind;  // an array that Slurm never knew is taken for one that it has forgotten
    fs::remove_all(array.folder, left_behind);
    throw;
  }
  runlog::write_durably(array.folder / files::job,
                        with_checksum_line(fmt::format("job: \"{}\"\n", array.job)));
  return {array.job, array.folder, runs.size()};
}

}  // namespace

void mark_out_of_memory(const FrozenSweep& sweep) {
  for (const auto& [folder, task] : slurm_tasks(sweep.directory)) {
    const fs::path run = sweep.directory / folder;
    RunProgress progress = progress_of(run);
    // One that stopped in order has been played since.
    const bool stopped = progress.state.status == runlog::RunStatus::stopped;
    if (task.state != "OUT_OF_MEMORY" || progress.ended() || stopped || progress.held) continue;
    progress.state.status = runlog::RunStatus::failed;
    progress.state.reason = fmt::format("out of memory, as Slurm says of its job {}", task.job);
    progress.state.error = last_lines(task.output, 10);
    runlog::write_status(run, progress.state);
  }
}

SlurmReport submit_to_slurm(const FrozenSweep& sweep, Scheduler& scheduler, const SlurmOptions& options) {
  fs::create_directories(sweep.directory / "slurm");
  // Two that submit at the same time would submit every run twice.
  const runlog::RunDirectoryLock lock = lock_sweep(sweep.directory / "slurm");
  const std::map<std::string, SlurmTask> known = slurm_tasks(sweep.directory);
  SlurmReport report;
  std::map<std::int64_t, std::vector<std::string>> waiting;  // by the step at which they pause
  while (const auto task = scheduler.next()) {
    const std::string& folder = sweep.runs[task->run].folder;
    const auto before = known.find(folder);
    if ((before != known.end() && !before->second.is_over()) || progress_of(sweep.directory / folder).held)
      ++report.active;
    else
      waiting[task->until].push_back(folder);
  }
  if (waiting.empty()) return report;
  const std::size_t most = most_array_tasks();
  for (const auto& [until, folders] : waiting)
    for (std::size_t from = 0; from < folders.size(); from += most) {
      const auto begin = folders.begin() + static_cast<std::ptrdiff_t>(from);
      const auto end = folders.begin() + static_cast<std::ptrdiff_t>(std::min(from + most, folders.size()));
      report.submitted.push_back(submit(sweep, {begin, end}, until, options));
    }
  return report;
}

}  // namespace descent::sweep
