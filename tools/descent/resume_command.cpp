#include <fmt/core.h>

#include <memory>

#include "command.hpp"
#include "descent/plugin/registry.hpp"
#include "descent/sweep/extend_sweep.hpp"
#include "play.hpp"
#include "play_sweep.hpp"
#include "slurm_sweep.hpp"
#include "statistics_columns.hpp"

namespace descent::program {
namespace {

struct Arguments {
  std::string run;
  run::ResumeOptions resume;
  std::int64_t until = 0;
  std::string only;
  SweepArguments play;
};

// What says how a sweep is played, and means nothing to one run.
void refuse_options_of_sweeps(const Arguments& arguments) {
  const SweepArguments& play = arguments.play;
  const char* option = play.jobs > 0         ? "--jobs"
                       : play.fail_fast      ? "--fail-fast"
                       : !play.retry.empty() ? "--retry"
                                             : nullptr;
  if (option != nullptr)
    throw Error(fmt::format("{} says how a sweep is played; {} is one run", option,
                            arguments.only.empty() ? arguments.run : "--only"));
}

void refuse_options_of_runs(const Arguments& arguments) {
  const run::ResumeOptions& resume = arguments.resume;
  const bool more_steps =
      resume.overrides.size() == 1 && resume.overrides.front().starts_with("trainer.steps=");
  if ((!resume.overrides.empty() && !(more_steps && arguments.only.empty())) ||
      (arguments.until > 0 && arguments.only.empty()))
    throw Error(fmt::format(
        "{} is a sweep; what it runs is changed in its file, and frozen by descent sweep; here it may only "
        "get more steps: trainer.steps=N",
        arguments.run));
  const char* accepts = resume.accept_changed_plugins ? "--accept-changed-plugins"
                        : resume.accept_other_machine ? "--accept-other-machine"
                        : resume.accept_lost_rows     ? "--accept-lost-rows"
                                                      : nullptr;
  if (accepts != nullptr)
    throw Error(fmt::format("{} is for one run; descent resume {}/RUN goes on with one of this sweep",
                            accepts, arguments.run));
}

std::string extend(const Arguments& arguments) {
  Registry registry = make_registry(arguments.play.plugin_path);
  const sweep::ExtendReport report =
      sweep::extend_sweep(arguments.run, arguments.resume.overrides.front(), registry);
  std::string text =
      fmt::format("{}: {} to go on", arguments.resume.overrides.front(), counted_text(report.goes_on, "run"));
  if (report.begins > 0) text += fmt::format(", {} to begin", report.begins);
  if (report.went_wrong > 0) text += fmt::format("; {} that went wrong stay as they are", report.went_wrong);
  return text + "\n";
}

int go_on(const Arguments& arguments, const std::vector<std::string>& command_line) {
  const bool sweep = sweep::is_sweep(arguments.run);
  if (sweep) refuse_options_of_runs(arguments);
  if (!sweep || !arguments.only.empty()) refuse_options_of_sweeps(arguments);
  if (!arguments.only.empty())
    return play_only(arguments.run, arguments.only, arguments.until, arguments.play);
  if (sweep) {
    sweep::require_loadable(arguments.run);
    std::string first_line;
    if (!arguments.resume.overrides.empty()) first_line = extend(arguments);
    sweep::require_frozen(arguments.run);
    sweep::FrozenSweep frozen = sweep::read_sweep(arguments.run);
    return play_sweep(frozen, arguments.play, first_line);
  }
  return play(arguments.play.quiet, command_line, [&](run::RunOptions& options) {
    Registry registry = make_registry(arguments.play.plugin_path);
    options.until = arguments.until;
    return run::resume_run(arguments.run, registry, arguments.resume, options);
  });
}

}  // namespace

void add_resume(CommandLine& program) {
  auto arguments = std::make_shared<Arguments>();
  Command command = program.command("resume", "Go on with a run or a sweep that was killed or stopped");
  command.argument("RUN", arguments->run, "the directory of a run, or of a sweep");
  command.optional_argument("key=value", arguments->resume.overrides,
                            "trainer.steps=N: more steps than before");
  command.option("--until STEP", arguments->until, "pause after that step, with a checkpoint: exit code 0",
                 {.positive = true});
  command.option("--only FOLDER", arguments->only, "of a sweep: this run alone, by its folder there");
  command.flag("--accept-changed-plugins", arguments->resume.accept_changed_plugins,
               "go on with plugins that were built anew since");
  command.flag("--accept-lost-rows", arguments->resume.accept_lost_rows,
               "go on though the log has lost rows that were written before the checkpoint");
  command.flag("--accept-other-machine", arguments->resume.accept_other_machine,
               "go on with another version, instruction set or matrix library; the bits will differ");
  add_sweep_options(command, arguments->play);
  command.footer(
      R"(Goes on from the newest checkpoint that is whole and fits: the log is cut to what it held then, and all that follows
is, bit for bit, what it would have been without the break. A checkpoint of another experiment, of other plugin binaries,
or without its rows in the log is refused, with what differs. A run that was killed before its first checkpoint begins anew.
It loads the libraries that the run's experiment.yaml names, and so runs their code: resume no run that you would not have begun.
A run or a sweep of Descent 0.1 is refused: it can be shown, but neither loaded nor continued.
Of a sweep, what is missing of its frozen list is played; trainer.steps=N gives every run of it more steps, those too that are
done (not with the method halving, nor where an axis sets the steps). -j, --retry and --fail-fast are for it alone. With --only it is one run,
as a cluster's job plays it: a crash or a timeout ends up in its status.

Examples:
  descent resume runs/gan_ring/seed=1
  descent resume runs/gan_ring/seed=1 trainer.steps=40000
  descent resume runs/gan_ring_rates -j 4
  descent resume runs/gan_ring_rates trainer.steps=40000)");
  command.action([&program, arguments] { return go_on(*arguments, program.words()); });
}

}  // namespace descent::program
