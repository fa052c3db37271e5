#include "slurm_sweep.hpp"

#include <fmt/core.h>

#include "command.hpp"
#include "descent/runlog/earlier_version.hpp"
#include "descent/sweep/local_launcher.hpp"
#include "descent/sweep/methods.hpp"
#include "descent/sweep/slurm_launcher.hpp"
#include "output.hpp"
#include "stop_signal.hpp"
#include "sweep_display.hpp"
#include "terminal.hpp"

namespace descent::program {
namespace {

/// One task, unless its run has ended or has come that far.
class OneTask final : public sweep::Scheduler {
 public:
  explicit OneTask(const std::filesystem::path& run, std::int64_t until) : task_(sweep::Task{0, until}) {
    const sweep::RunProgress progress = sweep::progress_of(run);
    if (progress.ended() || (until > 0 && progress.state.step >= until)) task_.reset();
  }
  std::optional<sweep::Task> next() override { return std::exchange(task_, std::nullopt); }
  void ended(const sweep::Task&, const runlog::RunState&) override {}

 private:
  std::optional<sweep::Task> task_;
};

}  // namespace

int submit_sweep(sweep::FrozenSweep& sweep, Registry& registry, const SweepArguments& arguments,
                 const std::set<runlog::RunStatus>& retried) {
  if (arguments.fail_fast)
    throw Error("--fail-fast is for the launcher local: what Slurm has queued is ended with scancel");
  sweep::mark_out_of_memory(sweep);
  sweep::SlurmOptions options;
  options.program = resume_words(arguments);
  options.program.push_back(std::filesystem::absolute(sweep.directory).lexically_normal().string());
  options.jobs = arguments.jobs;
  const auto scheduler = sweep::make_scheduler(sweep, registry, retried);
  const sweep::SlurmReport report = sweep::submit_to_slurm(sweep, *scheduler, options);
  SweepDisplay display(terminal_of(stderr), sweep, arguments.quiet);
  display.finish();
  if (report.active > 0)
    print("slurm      {} already\n", report.active == 1
                                         ? "1 run waits or is running"
                                         : fmt::format("{} runs wait or are running", report.active));
  for (const sweep::SlurmReport::Submitted& submitted : report.submitted)
    print("slurm      {} run{} submitted as job {}; output in {}\n", submitted.runs,
          submitted.runs == 1 ? "" : "s", submitted.job, submitted.folder.string());
  print("directory  {}\n", sweep.directory.string());
  if (report.active > 0 || !report.submitted.empty()) {
    print("descent status {} shows how they are; this command again does what is missing then\n",
          sweep.directory.string());
    return exit_done;
  }
  return display.failures() > 0 || display.missing() > 0 ? exit_failed : exit_done;
}

int play_only(const std::string& sweep_directory, const std::string& folder, std::int64_t until,
              const SweepArguments& arguments) {
  runlog::require_loadable(std::filesystem::path(sweep_directory) / folder);
  const sweep::FrozenSweep sweep = sweep::read_sweep_of_one(sweep_directory, folder);
  StopSignal signals;
  sweep::LaunchOptions options;
  options.program = resume_words(arguments);
  options.survives_kill = true;
  options.stop = &signals.asked();
  OneTask task(sweep.directory_of(0), until);
  sweep::LocalLauncher(sweep, task, options).run();
  const runlog::RunState state = sweep::progress_of(sweep.directory_of(0)).state;
  print("{}: {} at step {}{}{}\n", folder, text(state.status), state.step, state.reason.empty() ? "" : ": ",
        state.reason);
  for (const std::string& line : state.error) print("  {}\n", line);
  if (state.status == runlog::RunStatus::done) return exit_done;
  if (signals.asked()) return exit_signal + signals.signal();
  const bool paused = until > 0 && state.status == runlog::RunStatus::stopped && state.step >= until;
  return paused || state.status == runlog::RunStatus::diverged ? exit_done : exit_failed;
}

}  // namespace descent::program
