#include <fmt/core.h>

#include <map>
#include <memory>
#include <optional>

#include "command.hpp"
#include "descent/analysis/frozen_experiment.hpp"
#include "descent/base/text.hpp"
#include "descent/plugin/registry.hpp"
#include "descent/sweep/plan.hpp"
#include "descent/sweep/scheduler.hpp"
#include "descent/sweep/shared_runs.hpp"
#include "output.hpp"
#include "play_sweep.hpp"

namespace descent::program {
namespace {

struct Arguments {
  std::string file;
  std::vector<std::string> words;
  std::string runs = "runs";
  std::int64_t seeds = 0;
  bool dry_run = false, no_reuse = false;
  std::string launcher;
  SweepArguments play;
};

void print_plan(const sweep::SweepPlan& plan) {
  std::string lines;
  for (const sweep::PlannedRun& run : plan.runs)
    lines += fmt::format("{}  {}\n", run.identity, plan.folder(run));
  print("{}", lines);
  print("{}: {}, {}\n", counted(std::ssize(plan.runs), "run"),
        counted(std::ssize(plan.configurations), "setting"), counted(std::ssize(plan.spec.seeds), "seed"));
  if (is_search(plan.spec.method))
    print(
        "of {} settings that the method {} proposes, {} at a time: the next ones follow from what these "
        "find\n",
        plan.spec.runs, sweep::sweep_method_names()[static_cast<std::size_t>(plan.spec.method)],
        plan.spec.batch);
}

// `3 runs were done before, and are copied from runs/a (2), runs/b (1); --no-reuse trains them`
std::string text_of_shared(const std::vector<sweep::SharedRun>& shared, const sweep::FrozenSweep& sweep) {
  if (shared.empty()) return "";
  std::map<std::string, std::size_t> counts;
  for (const sweep::SharedRun& run : shared) {
    // The other sweep, where it is one of the same settings.
    const std::string from = run.from.string(), folder = "/" + sweep.runs[run.run].folder;
    ++counts[from.ends_with(folder) ? from.substr(0, from.size() - folder.size()) : from];
  }
  std::vector<std::string> places;
  for (const auto& [from, count] : counts) places.push_back(fmt::format("{} ({})", from, count));
  return fmt::format("{} done before, and copied from {}; --no-reuse trains them\n",
                     shared.size() == 1 ? "1 run was" : fmt::format("{} runs were", shared.size()),
                     join(places));
}

std::string text_of_removed(std::size_t count) {
  return count == 1 ? "1 no longer belongs to the sweep, and what it has found stays"
                    : fmt::format("{} no longer belong to the sweep, and what they have found stays", count);
}

std::string text_of(const sweep::FreezeReport& report, std::size_t runs) {
  std::string text =
      fmt::format("{}, {} of them new", counted(static_cast<std::int64_t>(runs), "run"), report.added);
  if (!report.changed.empty())
    text += fmt::format("; {} another experiment now, and what {} had found was moved aside",
                        report.changed.size() == 1 ? "1 is" : fmt::format("{} are", report.changed.size()),
                        report.changed.size() == 1 ? "it" : "they");
  if (!report.removed.empty()) text += "; " + text_of_removed(report.removed.size());
  return text + "\n";
}

// What the list of runs does not say: what becomes of results that are there.
void print_preview(const sweep::FreezeReport& report, const std::filesystem::path& directory) {
  if (!report.changed.empty()) {
    print("{}, and what {} found would be moved aside:\n",
          report.changed.size() == 1 ? "1 is another experiment now"
                                     : fmt::format("{} are another experiment now", report.changed.size()),
          report.changed.size() == 1 ? "it has" : "they have");
    for (const std::string& folder : report.changed) {
      const runlog::RunState state = sweep::progress_of(directory / folder).state;
      print("  {}  {} at step {}\n", folder, text(state.status), state.step);
    }
    if (!report.more_steps.is(Value::Kind::null))
      print("they would only get more steps: descent resume {} trainer.steps='{}' lets them go on instead\n",
            directory.string(), analysis::option_text(report.more_steps));
  }
  if (report.removed.empty()) return;
  print("{}:\n", text_of_removed(report.removed.size()));
  for (const std::string& folder : report.removed) print("  {}\n", folder);
}

int sweep(Arguments arguments) {
  if (arguments.seeds > 0) arguments.words.push_back(fmt::format("sweep.seeds={}", arguments.seeds));
  if (!arguments.launcher.empty()) arguments.words.push_back("sweep.launcher=" + arguments.launcher);
  // First: a file in the grammar of an earlier version would be answered with all that has changed in it.
  if (!arguments.dry_run)
    sweep::require_loadable(std::filesystem::path(arguments.runs) /
                            sweep::name_of_sweep(arguments.file, arguments.words));
  Registry registry = make_registry(arguments.play.plugin_path);
  const sweep::SweepPlan plan = sweep::plan_sweep(arguments.file, arguments.words, registry);
  const std::filesystem::path directory = std::filesystem::path(arguments.runs) / plan.name;
  if (arguments.dry_run) {
    std::optional<sweep::FreezeReport> preview;
    std::string refusal;
    if (sweep::is_sweep(directory)) {
      try {
        sweep::require_loadable(directory);
      } catch (const Error& earlier_version) {
        refusal = earlier_version.what();
      }
      if (refusal.empty()) preview = sweep::preview_freezing(plan, directory, registry);
    }
    print_plan(plan);
    if (preview) print_preview(*preview, directory);
    if (!refusal.empty()) print(stderr, "note: it would be refused there: {}\n", refusal);
    return exit_done;
  }
  const sweep::FreezeReport report = sweep::freeze_sweep(plan, directory, registry);
  sweep::FrozenSweep frozen = sweep::read_sweep(directory);
  const std::size_t runs = is_search(plan.spec.method) ? frozen.runs.size() : plan.runs.size();
  std::string first_lines = text_of(report, runs);
  if (!arguments.no_reuse)
    first_lines += text_of_shared(share_finished_runs(frozen, arguments.runs, registry), frozen);
  return play_sweep(frozen, arguments.play, first_lines);
}

}  // namespace

void add_sweep(CommandLine& program) {
  auto arguments = std::make_shared<Arguments>();
  Command command = program.command("sweep", "Train every run of a grid, or of a search");
  add_experiment(command, arguments->file, arguments->words);
  add_sweep_options(command, arguments->play);
  command.option("--seeds N", arguments->seeds, "how many seeds of every setting", {.positive = true});
  command.flag("--dry-run", arguments->dry_run,
               "print the list of runs, and whose results would be moved aside; start none");
  command.flag("--no-reuse", arguments->no_reuse, "train runs that are done elsewhere below RUNS, too");
  command.option("--launcher WHERE", arguments->launcher, "local, or slurm: where the runs are played",
                 {.one_of = {"local", "slurm"}});
  command.option("--runs DIR", arguments->runs, "where runs are kept (default: runs)");
  command.footer(
      R"(It loads the libraries that the file names, with --dry-run too, and so runs their code.
The section 'sweep' of the file says what varies; key=a,b,c on the command line is one axis more, or the file's with
other values; key=a keeps one value of such an axis. The whole list of runs is frozen in RUNS/NAME/ before the first
starts, and every run has a process and a folder of its own:
RUNS/NAME/optimizer=adam,learning_rate=0.001/seed=3/. A run that is done elsewhere below RUNS, as of another sweep, with the
same experiment, seed, plugins, build and machine is copied from there, unless --no-reuse says otherwise. The same command again does what is missing and nothing else: runs
that were killed go on from their checkpoint. Several at once share the work. `descent resume RUNS/NAME` goes on with the
list as it was frozen. --retry plays again what ended in one of these ways; with method halving on the rung where it stood.

With the methods tpe and cmaes the list is a beginning: settings are proposed in rounds, and each round follows from what
those before it have found. What is proposed is in RUNS/NAME/journal.jsonl and in the list before it is trained, and is the
same for any -j and launcher, and after a kill. A greater sweep.runs goes on with the same search.

With launcher slurm the runs are submitted as job arrays, and the command ends; 'descent status RUNS/NAME' asks Slurm how they
are. The same command again submits what is missing and not queued: what a time limit or a node took away goes on from its
checkpoint.

Exit codes: 0 every run ended (some may have diverged), 1 some failed, timed out or are missing, 2 the input was wrong,
130 stopped by Ctrl-C (143 by SIGTERM): the runs end in order, or are killed after 30 seconds.

Examples:
  descent sweep experiments/sweeps/gan_ring.yaml --dry-run
  descent sweep experiments/sweeps/gan_ring.yaml -j 4
  descent sweep experiments/gan_ring.yaml trainer.batch_size=64,128 --seeds 3
  descent sweep experiments/sweeps/gan_ring.yaml --retry failed)");
  command.action([arguments] { return sweep(*arguments); });
}

}  // namespace descent::program
