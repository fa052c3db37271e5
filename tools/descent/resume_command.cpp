#include <CLI/CLI.hpp>
#include <memory>

#include "command.hpp"
#include "play.hpp"

namespace descent::program {
namespace {

struct Arguments {
  std::string run;
  ResumeOptions resume;
  std::vector<std::string> plugin_path;
  bool quiet = false;
};

int go_on(const Arguments& arguments, const std::vector<std::string>& command_line) {
  return play(arguments.quiet, command_line, [&](RunOptions& options) {
    Registry registry = make_registry(arguments.plugin_path);
    return resume_run(arguments.run, registry, arguments.resume, options);
  });
}

}  // namespace

void add_resume(CLI::App& program, Invocation& invocation) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command =
      program.add_subcommand("resume", "Go on with a run that was killed, stopped, or is to be longer");
  command->add_option("run", arguments->run, "the run's directory")->required()->type_name("RUN");
  command->add_option("overrides", arguments->resume.overrides, "trainer.steps=N: more steps than before")
      ->type_name("key=value");
  add_plugin_path(*command, arguments->plugin_path);
  command->add_flag("--accept-changed-plugins", arguments->resume.accept_changed_plugins,
                    "go on with plugins that were built anew since");
  command->add_flag("--accept-other-machine", arguments->resume.accept_other_machine,
                    "go on with another version, instruction set or matrix library; the bits will differ");
  command->add_flag("--quiet", arguments->quiet, "show no progress, only how it ended");
  command->footer(
      R"(Goes on from the newest checkpoint that is whole and fits: the log is cut to what it held then, and all that follows
is, bit for bit, what it would have been without the break. A checkpoint of another experiment, of other plugin binaries,
or without its rows in the log is refused, with what differs. A run that was killed before its first checkpoint begins anew.

Examples:
  descent resume runs/gan_ring/seed=1
  descent resume runs/gan_ring/seed=1 trainer.steps=40000)");
  command->callback([&invocation, arguments] {
    invocation.action = [&invocation, arguments] { return go_on(*arguments, invocation.arguments); };
  });
}

}  // namespace descent::program
