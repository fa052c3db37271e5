#include <fmt/core.h>

#include <memory>
#include <sstream>

#include "command.hpp"
#include "descent/experiment/experiment.hpp"
#include "descent/experiment/yaml.hpp"
#include "descent/plugin/registry.hpp"
#include "descent/run/run.hpp"
#include "output.hpp"

namespace descent::program {
namespace {

struct Arguments {
  std::string file;
  std::vector<std::string> overrides;
  std::vector<std::string> plugin_path;
};

int check(const Arguments& arguments) {
  Registry registry = make_registry(arguments.plugin_path);
  const experiment::Experiment experiment =
      experiment::load_experiment(arguments.file, registry, {arguments.overrides});
  // As comments, so that the output is an experiment again.
  std::vector<std::string> warnings;
  std::istringstream description(run::check_experiment(experiment, &warnings));
  for (std::string line; std::getline(description, line);) print("# {}\n", line);
  const std::string yaml = experiment::to_yaml(experiment.resolved);
  print("{}{}", yaml, yaml.ends_with('\n') ? "" : "\n");
  warnings.insert(warnings.end(), registry.warnings().begin(), registry.warnings().end());
  for (const std::string& warning : warnings) print(stderr, "warning: {}\n", warning);
  return exit_done;
}

}  // namespace

void add_check(CommandLine& program) {
  auto arguments = std::make_shared<Arguments>();
  Command command = program.command("check", "Check an experiment and print it with every default filled in");
  add_experiment(command, arguments->file, arguments->overrides);
  add_plugin_path(command, arguments->plugin_path);
  command.footer(
      R"(Everything is checked that can be checked without training: the file, the plugins and their options, that
model, loss, data set and metrics fit each other. All problems are reported at once. Nothing is written.
It loads the libraries that the file names, and so runs their code: check no file that you would not run.

Examples:
  descent check experiments/gan_ring.yaml
  descent check experiments/gan_ring.yaml optimizer.generator.learning_rate=3e-4 > changed.yaml)");
  command.action([arguments] { return check(*arguments); });
}

}  // namespace descent::program
