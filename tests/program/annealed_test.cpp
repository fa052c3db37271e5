#include <catch2/catch.hpp>

#include "small_runs.hpp"

using namespace descent::testing;

// β reaches 1 at step 60 only: what is compared over steps must be one function.
TEST_CASE("an annealed run logs, selects by and evaluates the bound itself", "[program]") {
  const ScratchFolder folder;
  folder.write("annealed.yaml", R"(name: annealed
dataset: {plugin: glyphs, pixels: 8, examples: 200, test_examples: 50}
model: {plugin: vae, latent: 4, encoder: {hidden: [16]}, decoder: {hidden: [16]}}
loss: {plugin: elbo, beta: {schedule: linear, from: 0, to: 1, steps: 60}}
optimizer: {plugin: adam, learning_rate: 1.0e-2}
trainer: {steps: 40, batch_size: 20}
metrics: [{plugin: objective, every: 10}, {plugin: objective, name: bound, every: 10}]
checkpoint: {best: bound/value, every: 10, keep: 4}
)");
  const Finished run = descent_in(folder, {"run", "annealed.yaml", "metrics.bound.at.elbo.beta=1"});
  INFO(run.errors);
  REQUIRE(run.exit_code == 0);
  const std::string directory = "runs/annealed/metrics.bound.at.elbo.beta=1/seed=1";
  const auto evaluated = [&](const std::string& name, const std::string& checkpoint,
                             std::vector<std::string> words = {}) {
    words.insert(words.begin(), {"evaluate", directory, name});
    words.insert(words.end(), {"--checkpoint", checkpoint, "--json"});
    const Finished finished = descent_in(folder, words);
    INFO(finished.errors);
    REQUIRE(finished.exit_code == 0);
    folder.write(name + "_" + checkpoint + ".json", finished.output);
  };
  evaluated("bound", "final");
  evaluated("bound", "best");
  evaluated("objective", "step_10");
  check_in_python(folder, R"(
import h5py, json
log = h5py.File(')" + directory +
                              R"(/log.h5')
now, bound = (log['metrics/test.' + name + '/value'][:] for name in ('objective', 'bound'))
value = lambda name: json.load(open(name + '.json'))[0]
assert abs(value('bound_final')['value'] - bound[-1]) == 0, (value('bound_final'), bound)
assert value('bound_best')['value'] == bound.min()
assert value('objective_step_10')['value'] == now[0]
assert bound[0] > now[0] + 1                # beta was a sixth then
)");
}
