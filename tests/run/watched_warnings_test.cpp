#include <catch2/catch.hpp>

#include "descent/run/run.hpp"
#include "support/experiment_text.hpp"

using namespace descent;
using namespace descent::testing;
using Catch::Matchers::Contains;

static std::string warnings_of(const std::string& yaml, const std::vector<std::string>& overrides = {}) {
  std::vector<std::string> warnings;
  run::check_experiment(experiment_of(yaml, overrides), &warnings);
  std::string lines;
  for (const std::string& warning : warnings) lines += warning + "\n";
  return lines;
}

// β reaches 1 at step 30 of 40; the weight of l2 falls all the time.
static const std::string annealed = R"(name: annealed
dataset: {plugin: glyphs, pixels: 8, examples: 100, test_examples: 20}
model: {plugin: vae, latent: 2, encoder: {hidden: [4]}, decoder: {hidden: [4]}}
loss: [{plugin: elbo, beta: {schedule: linear, from: 0, to: 1, steps: 30}}, {plugin: l2, weight: 0.1}]
optimizer: adam
trainer: {steps: 40, batch_size: 20}
metrics: [{plugin: objective, every: 10}]
)";

TEST_CASE("a watched measure that a schedule changes is warned of, with the line to write") {
  const std::string best = warnings_of(annealed, {"checkpoint.best=objective/value"});
  CHECK_THAT(best, Contains("'checkpoint.best' watches 'objective/value'") &&
                       Contains("elbo.beta goes from 0.0 to 1.0") && Contains("at: {elbo.beta: 1.0}"));
  CHECK_THAT(warnings_of(annealed, {"trainer.stop={metric: objective, patience: 2}"}),
             Contains("'trainer.stop' watches") && Contains("at: {elbo.beta: 1.0}"));
  CHECK_THAT(warnings_of(annealed, {"trainer.stop={metric: objective, target: 2}"}),
             Contains("'trainer.stop' watches"));
  CHECK_THAT(warnings_of(annealed, {"checkpoint.best=objective", "loss.elbo.beta=1",
                                    "loss.l2.weight={schedule: exponential, from: 1, rate: 0.9}"}),
             Contains("at: {l2.weight: "));
}

TEST_CASE("what changes nothing that is compared is not warned of") {
  CHECK(warnings_of(annealed).empty());
  const std::string best = "checkpoint.best=objective/value";
  CHECK(warnings_of(annealed, {best, "metrics.objective.at.elbo.beta=1"}).empty());
  CHECK(warnings_of(annealed, {best, "loss.elbo.beta=0.5"}).empty());
  CHECK(warnings_of(annealed, {best, "metrics.objective.loss=l2"}).empty());
  CHECK(warnings_of(annealed,
                    {best, "loss.elbo.beta=1",
                     "optimizer={plugin: adam, learning_rate: {schedule: cosine, from: 1, to: 0, steps: 9}}"})
            .empty());
}

TEST_CASE("measures that are watched too rarely to matter are warned of") {
  const std::vector<std::string> fixed = {"loss.elbo.beta=1"};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), fixed.begin(), fixed.end());
    return warnings_of(annealed, more);
  };
  CHECK_THAT(with({"trainer.stop={metric: objective, patience: 3}"}),
             Contains("measured every 10 steps of a run of 40 steps: 3 times before its end") &&
                 Contains("patience of 3"));
  CHECK(with({"trainer.stop={metric: objective, patience: 2}"}).empty());
  CHECK_THAT(with({"trainer.stop={metric: objective, patience: 2}", "trainer.steps=10"}),
             Contains("cannot end the run early"));
  CHECK_THAT(with({"trainer.stop={metric: objective, target: 2}", "metrics.objective.every=8 epochs"}),
             Contains("measured every 40 steps") && Contains("cannot end the run early"));
  CHECK_THAT(with({"checkpoint.best=objective", "metrics.objective.every=null"}),
             Contains("'checkpoint.best'") && Contains("only at the end"));
  CHECK_THAT(with({"log.tensors=[{values: '*', every: 50}]"}), Contains("nothing will be logged of '*'"));
  CHECK(with({"log.tensors=[{values: '*', every: 40}]"}).empty());
}

TEST_CASE("a metric that is measured only at the end cannot stop a run") {
  for (const char* stop : {"{metric: objective, patience: 3}", "{metric: objective/value, target: 3}",
                           "{metric: objective, patience: 1, min_delta: 1}"}) {
    const auto load = [&] {
      warnings_of(annealed, {std::string("trainer.stop=") + stop, "metrics.objective.every=0"});
    };
    CHECK_THAT(error_of(load), Contains("measured only at the end") && Contains("'every: 100'"));
  }
}

TEST_CASE("schedules in epochs are as long as those of as many steps") {
  const auto training =
      training_of(annealed, {"loss.elbo.beta={schedule: linear, from: 0, to: 1, steps: 2 epochs}"});
  for (const auto& [name, schedule] : training->game().schedules())
    if (name == "elbo.beta") {
      CHECK(schedule->at(6) == Approx(0.5));  // 5 batches of 20 make an epoch
      CHECK(schedule->at(11) == 1);
    }
  CHECK_THAT(error_of([] {
               training_of(annealed, {"dataset={plugin: gaussian_ring}", "model={plugin: point, start: [1]}",
                                      "metrics=null",
                                      "loss={plugin: quadratic, weight: {schedule: linear, from: 1, "
                                      "to: 0, steps: 2 epochs}}"});
             }),
             Contains("counts epochs, but an endless data set has none"));
}
