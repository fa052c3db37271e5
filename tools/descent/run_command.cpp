#include <fmt/core.h>

#include <CLI/CLI.hpp>
#include <memory>

#include "command.hpp"
#include "descent/base/text.hpp"
#include "descent/experiment/experiment.hpp"
#include "descent/train/run.hpp"
#include "progress_display.hpp"
#include "stop_signal.hpp"
#include "terminal.hpp"

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

void print_result(const RunResult& result) {
  const Terminal terminal = terminal_of(stdout);
  const std::string word = text(result.status);
  const std::string status = result.status == RunStatus::done ? terminal.green(word) : terminal.red(word);
  fmt::print("status     {}{}\n", result.already_done ? "already " : "", status);
  if (!result.reason.empty()) fmt::print("reason     {}\n", result.reason);
  fmt::print("directory  {}\n", result.directory.string());
  fmt::print("steps      {}{}\n", result.step,
             result.seconds > 0 ? fmt::format(" in {}", duration_text(result.seconds)) : "");
  for (const std::string& diagnosis : result.diagnoses)
    fmt::print("diagnosis  {}\n", terminal.bold(diagnosis));
  if (result.findings.empty()) return;
  Table table{{"metric", "measure", "value", "unit"}, {}, {2}, "", {}};
  for (const Finding& finding : result.findings)
    table.rows.push_back({finding.metric, finding.measure, fmt::format("{:.6g}", finding.value),
                          finding.unit == "1" ? "" : finding.unit});
  fmt::print("\n");
  print(terminal, table);
}

int exit_code(const RunResult& result, int signal) {
  switch (result.status) {
    case RunStatus::done:
      return exit_done;
    case RunStatus::stopped:
      return signal == 0 ? exit_failed : exit_signal + signal;
    default:
      return exit_failed;
  }
}

int run(const Arguments& arguments, const std::vector<std::string>& command_line) {
  const StopSignal stop;
  Registry registry = make_registry(arguments.plugin_path);
  const Experiment experiment = load_experiment(arguments.file, registry, {arguments.overrides});
  const Terminal errors = terminal_of(stderr);
  ProgressDisplay display(errors);

  RunOptions options;
  options.root = arguments.runs;
  options.fresh = arguments.fresh;
  options.arguments = command_line;
  options.stop = &stop.asked();
  if (!arguments.quiet) {
    options.progress = [&](const Progress& progress) { display.show(progress); };
    options.say = [&](const std::string& line) { display.say(line); };
  }
  RunResult result;
  try {
    result = run_experiment(experiment, registry, options);
  } catch (...) {
    display.finish();  // so that the error stands on a line of its own
    throw;
  }
  display.finish();
  print_result(result);
  return exit_code(result, stop.signal());
}

}  // namespace

void add_run(CLI::App& program, Invocation& invocation) {
  auto arguments = std::make_shared<Arguments>();
  CLI::App* command = program.add_subcommand("run", "Train an experiment once and log it");
  add_experiment(*command, arguments->file, arguments->overrides);
  add_plugin_path(*command, arguments->plugin_path);
  command->add_option("--runs", arguments->runs, "where runs are kept (default: runs)")->type_name("DIR");
  command->add_flag("--fresh", arguments->fresh, "move what an earlier run left aside, and start again");
  command->add_flag("--quiet", arguments->quiet, "show no progress, only how it ended");
  command->footer(
      R"(The run goes to RUNS/NAME/OVERRIDES/seed=SEED/. One that is done already is not repeated: its results are shown.
Ctrl-C ends the run in order after the current step; a second Ctrl-C kills it.

Exit codes: 0 done, 1 the run failed or diverged, 2 the input was wrong, 130 stopped by Ctrl-C (143 by SIGTERM).

Examples:
  descent run experiments/gan_ring.yaml
  descent run experiments/gan_ring.yaml seed=7 optimizer.generator.learning_rate=3e-4
  descent run experiments/gan_ring.yaml 'trainer.turns=[{discriminator: 5}, {generator: 1}]' --runs /tmp/runs
  descent run mine.yaml --plugin-path ~/plugins/build)");
  command->callback([&invocation, arguments] {
    invocation.action = [&invocation, arguments] { return run(*arguments, invocation.arguments); };
  });
}

}  // namespace descent::program
