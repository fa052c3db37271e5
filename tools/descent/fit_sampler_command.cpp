#include <fmt/core.h>

#include <memory>

#include "command.hpp"
#include "descent/analysis/run_folder.hpp"
#include "descent/plugin/registry.hpp"
#include "descent/run/latent_sampler.hpp"
#include "descent/runlog/run_files.hpp"
#include "output.hpp"
#include "run_argument.hpp"

namespace descent::program {
namespace {

namespace fs = std::filesystem;

struct Arguments {
  fs::path location;
  std::string checkpoint = "final";
  std::int64_t components = 10;
  std::uint64_t seed = 0;
  std::vector<std::string> plugin_path;
  run::ChangedPlugins changed_plugins = run::ChangedPlugins::refused;
};

int fit_sampler(const Arguments& arguments) {
  const fs::path directory = analysis::run_at(arguments.location);
  const fs::path checkpoint = run::find_checkpoint(directory, arguments.checkpoint);
  const fs::path file = directory / runlog::files::checkpoints / runlog::files::sampler;
  Registry registry = make_registry(arguments.plugin_path);
  run::RestoredRun run(directory, checkpoint, registry, {}, arguments.changed_plugins);
  const run::SamplerFit fit = run::fit_sampler(run, checkpoint, arguments.components, arguments.seed, file);
  print(
      "{}: {} normal distributions, fitted to {} codes of {} numbers from {} (step {}): a mean log "
      "likelihood of "
      "{:.4f} nats after {} iterations\n",
      file.string(), arguments.components, fit.codes, fit.size, checkpoint.filename().string(),
      run.training().step(), fit.mixture.log_likelihood, fit.mixture.iterations);
  if (!fit.mixture.converged)
    print(stderr, "warning: the fit has not converged; its last iteration still gained 0.001 nats\n");
  return exit_done;
}

}  // namespace

void add_fit_sampler(CommandLine& program) {
  auto arguments = std::make_shared<Arguments>();
  Command command = program.command("fit-sampler", "Fit what a trained autoencoder generates from");
  command.argument("RUN", arguments->location, "the run's directory");
  command.option("--components N", arguments->components, "normal distributions in the mixture (default: 10)",
                 {.positive = true});
  command.option("--checkpoint WHICH", arguments->checkpoint,
                 "to which state: final (default), best, step_N, or a checkpoint's file");
  command.option("--seed S", arguments->seed, "what the fit starts from (default: 0)",
                 {.not_negative = true});
  add_plugin_path(command, arguments->plugin_path);
  add_changed_plugins(command, arguments->changed_plugins);
  command.footer(
      R"(Encodes the examples that the run was trained on, at its evaluation point, fits a mixture of normal distributions with
full covariances to the codes (the means of q(z | x)), and writes the state with it as checkpoints/sampler.h5. 'generate'
and 'evaluate' with --checkpoint sampler draw latent points from the mixture instead of the prior. A regularized
autoencoder ('prior: none') has nothing else to draw from; other autoencoders often generate better so, too. The same
state and seed give the same mixture.

Examples:
  descent fit-sampler runs/rae/seed=1 --components 10
  descent generate runs/rae/seed=1 --checkpoint sampler -o digits.png
  descent evaluate runs/rae/seed=1 class_coverage --checkpoint sampler)");
  command.action([arguments] { return fit_sampler(*arguments); });
}

}  // namespace descent::program
