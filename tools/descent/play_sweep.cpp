#include "play_sweep.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <filesystem>
#include <optional>
#include <thread>

#include "command.hpp"
#include "descent/base/text.hpp"
#include "descent/plugin/registry.hpp"
#include "descent/sweep/local_launcher.hpp"
#include "descent/sweep/methods.hpp"
#include "descent/sweep/stale.hpp"
#include "output.hpp"
#include "slurm_sweep.hpp"
#include "statistics_columns.hpp"
#include "stop_signal.hpp"
#include "sweep_display.hpp"
#include "terminal.hpp"

namespace descent::program {
namespace {

std::set<runlog::RunStatus> statuses_of(const std::vector<std::string>& words) {
  static const std::vector<std::string> known = {"failed", "timeout", "diverged", "stale"};
  std::set<runlog::RunStatus> statuses;
  for (const std::string& word : words) {
    if (std::find(known.begin(), known.end(), word) == known.end())
      throw Error(fmt::format("--retry {}: what can be tried again is failed, timeout, diverged or stale{}",
                              word, suggestion(word, known)));
    if (word != "stale") statuses.insert(runlog::run_status(word));
  }
  return statuses;
}

/// What was made with other plugins than those of now is told; with `--retry stale` it is moved aside.
void look_for_stale_runs(const sweep::FrozenSweep& sweep, Registry& registry, bool retry) {
  const std::vector<sweep::StaleRun> stale = sweep::stale_runs(sweep, registry);
  if (stale.empty()) return;
  std::set<std::string> plugins;
  for (const sweep::StaleRun& run : stale) plugins.insert(run.plugins.begin(), run.plugins.end());
  print("{} stale: made with another {}{}\n",
        stale.size() == 1 ? "1 run is" : fmt::format("{} runs are", stale.size()),
        join({plugins.begin(), plugins.end()}),
        retry ? "; they are moved aside and made again" : "; --retry stale makes them again");
  if (!retry) return;
  for (const sweep::StaleRun& run : stale) renew_run(sweep, run.run);
}

void restore_lost_folders(const sweep::FrozenSweep& sweep, Registry& registry) {
  std::size_t count = 0;
  for (std::size_t run = 0; run < sweep.runs.size(); ++run) {
    if (!sweep::has_lost_folder(sweep, run)) continue;
    sweep::restore_run(sweep, run, registry);
    ++count;
  }
  if (count > 0) print("made anew what had lost its folder: {}\n", counted_text(count, "run"));
}

// Axes of whole numbers and choices have only so many settings.
void warn_of_short_search(const sweep::FrozenSweep& sweep, const SweepDisplay& display) {
  const sweep::SweepSpec& spec = sweep.spec;
  if (!is_search(spec.method) || display.missing() > 0) return;
  const std::size_t found = sweep.runs.size() / spec.seeds.size();
  if (static_cast<std::int64_t>(found) < spec.runs)
    print(stderr,
          "warning: the search has ended after {} of {} settings: it proposes none any more that was not "
          "tried\n",
          found, spec.runs);
}

std::int64_t jobs_of(const sweep::FrozenSweep& sweep, const SweepArguments& arguments) {
  if (arguments.jobs > 0) return arguments.jobs;
  const auto cores = static_cast<std::int64_t>(std::thread::hardware_concurrency());
  return std::max<std::int64_t>(1, cores / std::max<std::int64_t>(1, sweep.threads));
}

}  // namespace

std::vector<std::string> resume_words(const SweepArguments& arguments) {
  std::vector<std::string> words = {std::filesystem::read_symlink("/proc/self/exe").string(), "resume",
                                    "--quiet"};
  for (const std::string& folder : arguments.plugin_path) {
    words.emplace_back("--plugin-path");
    words.push_back(std::filesystem::absolute(folder).string());
  }
  return words;
}

int play_sweep(sweep::FrozenSweep& sweep, const SweepArguments& arguments, const std::string& first_line) {
  only_messages_on_output();
  const std::set<runlog::RunStatus> retried = statuses_of(arguments.retry);
  // Not where others are asked to play: Slurm's programs would not hear of signals either.
  std::optional<StopSignal> signals;
  if (!sweep.spec.slurm) signals.emplace();
  print("{}", first_line);
  flush(stdout);
  Registry registry = make_registry(arguments.plugin_path);
  restore_lost_folders(sweep, registry);
  look_for_stale_runs(sweep, registry,
                      std::count(arguments.retry.begin(), arguments.retry.end(), "stale") > 0);
  if (!signals) return submit_sweep(sweep, registry, arguments, retried);
  SweepDisplay display(terminal_of(stderr), sweep, arguments.quiet);
  sweep::LaunchOptions options;
  options.program = resume_words(arguments);
  options.jobs = jobs_of(sweep, arguments);
  options.fail_fast = arguments.fail_fast;
  options.stop = &signals->asked();
  options.restore = [&](std::size_t run) { sweep::restore_run(sweep, run, registry); };
  options.ended = [&](const sweep::Task& task, const runlog::RunState& state) { display.ended(task, state); };
  options.alive = [&](std::size_t running, std::size_t elsewhere) { display.alive(running, elsewhere); };
  const auto scheduler = sweep::make_scheduler(sweep, registry, retried);
  sweep::LocalLauncher(sweep, *scheduler, options).run();
  display.finish();
  print("directory  {}\n", sweep.directory.string());
  if (sweep.spec.method == sweep::SweepSpec::Method::halving && display.done() + display.missing() == 0)
    print(stderr,
          "warning: no setting was trained to the end: each went wrong, or had no value of '{}' to be "
          "promoted by\n",
          sweep.spec.objective);
  if (signals->asked()) return exit_signal + signals->signal();
  warn_of_short_search(sweep, display);
  return display.failures() > 0 || display.missing() > 0 ? exit_failed : exit_done;
}

void add_sweep_options(Command& command, SweepArguments& arguments) {
  add_plugin_path(command, arguments.plugin_path);
  command.option("-j,--jobs N", arguments.jobs, "runs at a time (default: cores divided by threads)",
                 {.positive = true});
  command.flag("--fail-fast", arguments.fail_fast, "stop at the first run that fails");
  command.option("--retry WHAT", arguments.retry, "try again what is failed, timeout, diverged or stale",
                 {.separator = ','});
  command.flag("--quiet", arguments.quiet, "show no progress, only how it ended");
}

}  // namespace descent::program
