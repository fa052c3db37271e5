#include <fmt/core.h>

#include <algorithm>
#include <memory>

#include "command.hpp"
#include "descent/analysis/frozen_experiment.hpp"
#include "descent/analysis/same_run.hpp"
#include "descent/experiment/experiment.hpp"
#include "descent/plugin/registry.hpp"
#include "descent/run/run.hpp"
#include "play.hpp"

namespace descent::program {
namespace {

struct Arguments {
  std::string file;
  std::vector<std::string> overrides;
  std::vector<std::string> plugin_path;
  std::string runs = "runs";
  bool fresh = false;
  bool quiet = false;
};

// A run that was to get more steps has the name that it had before.
void find_run(const experiment::Experiment& experiment, run::RunOptions& options) {
  const analysis::SameRuns found = analysis::find_same_runs(experiment, options.root);
  const std::filesystem::path own = run::run_directory(experiment, options.root);
  const bool is_at_its_place = std::find(found.same.begin(), found.same.end(), own) != found.same.end();
  if (!found.same.empty() && !is_at_its_place) options.directory = found.same.front();
  if (!found.same.empty() || found.shorter.empty() || !options.say) return;
  const Value* steps = experiment.resolved.find("trainer")->find("steps");
  options.say(fmt::format(
      "note: {} has the first steps of this run; descent resume {} trainer.steps={} would go on from there",
      found.shorter.front().string(), found.shorter.front().string(), analysis::option_text(*steps)));
}

int run(const Arguments& arguments, const std::vector<std::string>& command_line) {
  return play(arguments.quiet, command_line, [&](run::RunOptions& options) {
    Registry registry = make_registry(arguments.plugin_path);
    const experiment::Experiment experiment =
        experiment::load_experiment(arguments.file, registry, {arguments.overrides});
    options.root = arguments.runs;
    options.fresh = arguments.fresh;
    if (!arguments.fresh) find_run(experiment, options);
    return run::run_experiment(experiment, registry, options);
  });
}

}  // namespace

void add_run(CommandLine& program) {
  auto arguments = std::make_shared<Arguments>();
  Command command = program.command("run", "Train an experiment once and log it");
  add_experiment(command, arguments->file, arguments->overrides);
  add_plugin_path(command, arguments->plugin_path);
  command.option("--runs DIR", arguments->runs, "where runs are kept (default: runs)");
  command.flag("--fresh", arguments->fresh, "move what an earlier run left aside, and start again");
  command.flag("--quiet", arguments->quiet, "show no progress, only how it ended");
  command.footer(
      R"(The run goes to RUNS/NAME/OVERRIDES/seed=SEED/; overrides of log, checkpoint and trainer.prefetch change no number of it,
and name no other folder. One that is done already is not repeated: its results are shown. It is found below RUNS/NAME by
what it is, whatever its folder is called: one that 'descent resume' has given more steps is the run of so many steps.
Ctrl-C (or SIGTERM) ends the run in order after the current step, with a checkpoint; a second Ctrl-C kills it. SIGUSR1
writes a checkpoint and goes on. `descent resume` goes on with what was stopped or killed. SIGHUP, as when a terminal is closed, does what SIGTERM does.
It loads the libraries that the file names, and so runs their code, before anything else of the file is checked.
Where standard output or standard error cannot be written, the run goes on: its results are in its directory.

Exit codes: 0 done, 1 the run failed or diverged, 2 the input was wrong, 130 stopped by Ctrl-C (143 by SIGTERM, 129 by
SIGHUP). A plugin that crashes ends the program by the signal of its crash; the run's status and events name the plugin.

Examples:
  descent run experiments/gan_ring.yaml
  descent run experiments/gan_ring.yaml seed=7 optimizer.generator.learning_rate=3e-4
  descent run experiments/gan_ring.yaml 'trainer.turns=[{discriminator: 5}, {generator: 1}]' --runs /tmp/runs
  descent run mine.yaml --plugin-path ~/plugins/build)");
  command.action([&program, arguments] { return run(*arguments, program.words()); });
}

}  // namespace descent::program
