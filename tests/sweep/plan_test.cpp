#include <fmt/format.h>
#include <rapidcheck.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <set>

#include "descent/sweep/plan.hpp"
#include "support/experiment_text.hpp"

using namespace descent;
using namespace descent::testing;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

namespace {

const std::string base = R"(name: valley
model: {plugin: point, start: [-1.2, 1.0]}
loss: {plugin: rosenbrock}
optimizer: {plugin: adam, learning_rate: 0.01}
trainer: {steps: 10}
metrics: [{plugin: objective, every: 5}]
)";

SweepPlan plan_of(const std::string& sweep, const std::vector<std::string>& words = {}) {
  const ScratchFolder folder;
  const fs::path file = folder.path / "valley.yaml";
  std::ofstream(file) << base << sweep;
  return plan_sweep(file, words, test_registry());
}

std::vector<std::string> folders_of(const SweepPlan& plan) {
  std::vector<std::string> folders;
  for (const PlannedRun& run : plan.runs) folders.push_back(plan.folder(run));
  return folders;
}

std::set<std::string> identities_of(const SweepPlan& plan) {
  std::set<std::string> identities;
  for (const PlannedRun& run : plan.runs) identities.insert(run.identity);
  return identities;
}

}  // namespace

TEST_CASE("choices of sections with axes of their own are a union, axes side by side a product", "[sweep]") {
  const SweepPlan plan = plan_of(R"(sweep:
  axes:
    optimizer:
      choice:
        - {plugin: sgd, learning_rate: {min: 1.0e-3, max: 0.1, scale: log, points: 3}}
        - {plugin: adam, learning_rate: 1.0e-3, beta1: {choice: [0.0, 0.5]}}
    model.start: {choice: [[0, 0], [1, 2]]}
  seeds: 2
)");
  CHECK(folders_of(plan) == std::vector<std::string>{
                                "optimizer=sgd,learning_rate=0.001,start=[0,0]/seed=1",
                                "optimizer=sgd,learning_rate=0.001,start=[0,0]/seed=2",
                                "optimizer=sgd,learning_rate=0.001,start=[1,2]/seed=1",
                                "optimizer=sgd,learning_rate=0.001,start=[1,2]/seed=2",
                                "optimizer=sgd,learning_rate=0.01,start=[0,0]/seed=1",
                                "optimizer=sgd,learning_rate=0.01,start=[0,0]/seed=2",
                                "optimizer=sgd,learning_rate=0.01,start=[1,2]/seed=1",
                                "optimizer=sgd,learning_rate=0.01,start=[1,2]/seed=2",
                                "optimizer=sgd,learning_rate=0.1,start=[0,0]/seed=1",
                                "optimizer=sgd,learning_rate=0.1,start=[0,0]/seed=2",
                                "optimizer=sgd,learning_rate=0.1,start=[1,2]/seed=1",
                                "optimizer=sgd,learning_rate=0.1,start=[1,2]/seed=2",
                                "optimizer=adam,learning_rate=0.001,beta1=0,start=[0,0]/seed=1",
                                "optimizer=adam,learning_rate=0.001,beta1=0,start=[0,0]/seed=2",
                                "optimizer=adam,learning_rate=0.001,beta1=0,start=[1,2]/seed=1",
                                "optimizer=adam,learning_rate=0.001,beta1=0,start=[1,2]/seed=2",
                                "optimizer=adam,learning_rate=0.001,beta1=0.5,start=[0,0]/seed=1",
                                "optimizer=adam,learning_rate=0.001,beta1=0.5,start=[0,0]/seed=2",
                                "optimizer=adam,learning_rate=0.001,beta1=0.5,start=[1,2]/seed=1",
                                "optimizer=adam,learning_rate=0.001,beta1=0.5,start=[1,2]/seed=2",
                            });
  CHECK(identities_of(plan).size() == plan.runs.size());
}

TEST_CASE("a chosen section replaces the experiment's whole section", "[sweep]") {
  const SweepPlan plan = plan_of("sweep: {axes: {optimizer: {choice: [{plugin: adam, beta1: 0.5}, sgd]}}}\n");
  Problems problems;
  const Value content = plan.content(plan.runs.front(), problems);
  CHECK(content.find("optimizer")->find("learning_rate") == nullptr);
  CHECK(content.find("optimizer")->find("beta1")->number() == 0.5);
  CHECK(folders_of(plan)[0] == "optimizer=adam,beta1=0.5/seed=1");
  CHECK(folders_of(plan)[1] == "optimizer=sgd/seed=1");
  CHECK(optimizer_of(plan.configurations[0].settings) == "adam,beta1=0.5");
}

TEST_CASE("axes stand within the rules of a chain", "[sweep]") {
  const SweepPlan plan = plan_of(R"(sweep:
  axes:
    optimizer:
      choice:
        - [{plugin: clip_norm, max: {choice: [1, 10]}}, {plugin: adam, learning_rate: 0.1}]
)");
  CHECK(folders_of(plan) ==
        std::vector<std::string>{"optimizer=[clip_norm,adam],learning_rate=0.1,max=1/seed=1",
                                 "optimizer=[clip_norm,adam],learning_rate=0.1,max=10/seed=1"});
  Problems problems;
  const Value content = plan.content(plan.runs[1], problems);
  CHECK(problems.empty());
  CHECK(content.find("optimizer")->items()[0].find("max")->integer() == 10);
}

TEST_CASE("zipped axes go together", "[sweep]") {
  const SweepPlan plan = plan_of(R"(sweep:
  axes:
    optimizer.learning_rate: {choice: [0.1, 0.2]}
    trainer.batch_size: {choice: [8, 16]}
    optimizer.beta1: {choice: [0.0, 0.9]}
  zip: [optimizer.learning_rate, trainer.batch_size]
)");
  CHECK(folders_of(plan) == std::vector<std::string>{"learning_rate=0.1,batch_size=8,beta1=0/seed=1",
                                                     "learning_rate=0.1,batch_size=8,beta1=0.9/seed=1",
                                                     "learning_rate=0.2,batch_size=16,beta1=0/seed=1",
                                                     "learning_rate=0.2,batch_size=16,beta1=0.9/seed=1"});
}

TEST_CASE("the command line makes axes of several values", "[sweep]") {
  const SweepPlan plan = plan_of("", {"optimizer.learning_rate=0.1,0.2", "model.start=[0, 0],[1, 1]",
                                      "sweep.seeds=[7]", "trainer.steps=20"});
  CHECK(folders_of(plan) == std::vector<std::string>{"learning_rate=0.1,start=[0,0]/seed=7",
                                                     "learning_rate=0.1,start=[1,1]/seed=7",
                                                     "learning_rate=0.2,start=[0,0]/seed=7",
                                                     "learning_rate=0.2,start=[1,1]/seed=7"});
  CHECK(plan.base.find("trainer")->find("steps")->integer() == 20);
  CHECK(split_values("a,[b, c],{d: 1, e: 2},'f,g'") ==
        std::vector<std::string>{"a", "[b, c]", "{d: 1, e: 2}", "'f,g'"});
}

TEST_CASE("a single value of the command line fixes the axis at its path", "[sweep]") {
  const std::string sweep =
      "sweep: {axes: {optimizer: {choice: [sgd, {plugin: adam, beta1: {choice: [0.5, 0.9]}}]}, "
      "trainer.batch_size: {choice: [8, 16]}}}\n";
  const std::vector<std::string> of_sixteen = {"optimizer=sgd,batch_size=16/seed=1",
                                               "optimizer=adam,beta1=0.5,batch_size=16/seed=1",
                                               "optimizer=adam,beta1=0.9,batch_size=16/seed=1"};
  const SweepPlan fixed = plan_of(sweep, {"trainer.batch_size=16"});
  CHECK(folders_of(fixed) == of_sixteen);
  CHECK(folders_of(plan_of(sweep, {"trainer.batch_size=4,16", "trainer.batch_size=16"})) == of_sixteen);
  CHECK(folders_of(plan_of(sweep, {"optimizer=sgd", "trainer.batch_size=8"})) ==
        std::vector<std::string>{"optimizer=sgd,batch_size=8/seed=1"});
  // They are runs of the whole sweep: what it has found of them stays.
  const auto all = identities_of(plan_of(sweep)), some = identities_of(fixed);
  CHECK(std::includes(all.begin(), all.end(), some.begin(), some.end()));
}

TEST_CASE("an override that an axis would undo is refused with both their names", "[sweep]") {
  const std::string sweep =
      "sweep: {axes: {optimizer: {choice: [{plugin: sgd, learning_rate: 0.1}, {plugin: adam, beta1: {choice: "
      "[0.5, 0.9]}}]}, trainer.batch_size: {choice: [8, 16]}}}\n";
  const std::string lost = "would be lost: the axis '";
  for (const auto& [word, axis] :
       std::vector<std::pair<std::string, std::string>>{{"optimizer.learning_rate=0.5", "optimizer"},
                                                        {"optimizer.beta1=0.7", "optimizer"},
                                                        {"trainer={batch_size: 4}", "trainer.batch_size"}}) {
    CAPTURE(word);
    CHECK_THAT(
        error_of([&, &word = word] { plan_of(sweep, {word}); }),
        Contains("command line: " + word + ": '" + word.substr(0, word.find('=')) + "' " + lost + axis));
  }
  // The plugin's name may be said or left out.
  const std::string rates = "sweep: {axes: {optimizer.adam.learning_rate: {choice: [0.1, 0.2]}}}\n";
  CHECK_THAT(error_of([&] { plan_of(rates, {"optimizer.learning_rate=0.1"}); }), Contains(lost));
  // Nothing of these is lost.
  CHECK(plan_of(sweep, {"trainer={steps: 20}", "model.start=[0, 0]", "seed=3", "metrics=null"}).runs.size() ==
        6);
  CHECK(plan_of("sweep: {axes: {optimizer.learning_rate: {choice: [0.1, 0.2]}}}\n", {"optimizer=sgd"})
            .runs.size() == 2);
}

TEST_CASE("a range has exact ends, and whole numbers between whole numbers", "[sweep]") {
  const AxisRange rates{Value::of(1e-4), Value::of(0.3), true};
  CHECK(rates.at(0).number() == 1e-4);
  CHECK(rates.at(1).number() == 0.3);
  CHECK(rates.at(0.5).number() == Approx(std::sqrt(1e-4 * 0.3)).epsilon(1e-5));
  const AxisRange sizes{Value::of(2), Value::of(32), true};
  CHECK(sizes.at(0.5).integer() == 8);
  const AxisRange lengths{Value::of(0), Value::of(10), false};
  CHECK(lengths.at(0.25).integer() == 3);
}

TEST_CASE("what an axis adds leaves the other runs what they were", "[sweep]") {
  const std::string two = "sweep: {axes: {optimizer.learning_rate: {choice: [0.1, 0.2]}}, seeds: 2}\n";
  const std::string three =
      "sweep: {axes: {optimizer.learning_rate: {choice: [0.05, 0.1, 0.2]}}, seeds: 3}\n";
  const auto fewer = identities_of(plan_of(two)), more = identities_of(plan_of(three));
  CHECK(std::includes(more.begin(), more.end(), fewer.begin(), fewer.end()));
  CHECK(identities_of(plan_of(two, {"trainer.steps=11"})) != fewer);
  // The order in which axes are written says nothing.
  const auto one_way = identities_of(plan_of("", {"trainer.batch_size=8,16", "optimizer.beta1=0.1,0.2"}));
  CHECK(one_way == identities_of(plan_of("", {"optimizer.beta1=0.1,0.2", "trainer.batch_size=8,16"})));
}

TEST_CASE("drawn settings are the same every time, different from each other, and within their ranges",
          "[sweep]") {
  const std::string method = GENERATE(as<std::string>(), "random", "sobol");
  const std::string sweep = R"(sweep:
  axes:
    optimizer:
      choice:
        - {plugin: sgd, learning_rate: {min: 1.0e-3, max: 1.0, scale: log}}
        - {plugin: adam, learning_rate: {min: 1.0e-5, max: 1.0e-2, scale: log}, beta1: {min: 0.0, max: 0.9}}
  runs: 64
  method: )" + method + "\n";
  const SweepPlan plan = plan_of(sweep);
  CHECK(folders_of(plan) == folders_of(plan_of(sweep)));
  CHECK(identities_of(plan).size() == 64);
  const bool other = folders_of(plan) != folders_of(plan_of(sweep, {"sweep.seed=2"}));
  CHECK(other == (method == "random"));
  std::size_t adams = 0, low = 0;
  for (const Configuration& configuration : plan.configurations) {
    const bool adam = optimizer_of(configuration.settings) == "adam";
    adams += adam ? 1 : 0;
    const double rate = configuration.settings[1].value.number();
    CHECK(rate >= (adam ? 1e-5 : 1e-3));
    CHECK(rate <= (adam ? 1e-2 : 1.0));
    low += rate < (adam ? std::sqrt(1e-7) : std::sqrt(1e-3)) ? 1 : 0;
  }
  // A fair coin leaves 16 to 48 of 64 in all but one of 20,000 draws; the points of Sobol halve exactly, or
  // by one.
  const std::size_t least = method == "sobol" ? 31 : 16;
  CHECK((adams >= least && adams <= 64 - least));
  CHECK((low >= 16 && low <= 48));
}

TEST_CASE("a grid has every combination, each once", "[sweep]") {
  rc::check([] {
    const auto rates = *rc::gen::inRange(1, 5), betas = *rc::gen::inRange(1, 4),
               seeds = *rc::gen::inRange(1, 4);
    std::string rate_list, beta_list;
    for (int i = 0; i < rates; ++i) rate_list += fmt::format("{}{:.2f}", i > 0 ? ", " : "", 0.01 * (i + 1));
    for (int i = 0; i < betas; ++i) beta_list += fmt::format("{}0.{}", i > 0 ? ", " : "", i + 1);
    const SweepPlan plan =
        plan_of(fmt::format("sweep: {{axes: {{optimizer.learning_rate: {{choice: [{}]}}, "
                            "optimizer.beta1: {{choice: [{}]}}}}, seeds: {}}}\n",
                            rate_list, beta_list, seeds));
    const auto expected = static_cast<std::size_t>(rates * betas * seeds);
    RC_ASSERT(plan.runs.size() == expected);
    RC_ASSERT(identities_of(plan).size() == expected);
    const auto folders = folders_of(plan);
    RC_ASSERT(std::set(folders.begin(), folders.end()).size() == expected);
  });
}

TEST_CASE("every problem of a sweep is told at once, with its place", "[sweep]") {
  const std::string message = error_of([] {
    plan_of(R"(sweep:
  axes:
    optimizer.lerning_rate: {choice: [0.1]}
    optimizer.beta1: {choice: []}
    optimizer.beta2: {min: 0, max: 0.5, scale: log, points: 3}
    model: {choice: [{plugin: point, start: [0, 0]}]}
    model.start: {choice: [[0, 0]]}
    trainer.batch_size: {choice: [1, 2]}
    trainer.steps: {choice: [5, 6, 7]}
    optimizer.epsilon: {min: 1.0e-8, max: 1.0e-3}
    seed: {choice: [1, 2]}
  zip: [trainer.batch_size, trainer.steps]
  seeds: 0
  objectve: objective/value
)");
  });
  CHECK_THAT(message, Contains("valley.yaml:10:31: the axis 'optimizer.beta1' has no values"));
  CHECK_THAT(message,
             Contains("valley.yaml:11:28: the axis 'optimizer.beta2' begins at 0 or below: a log scale"));
  CHECK_THAT(message, Contains("valley.yaml:13:5: the axes 'model' and 'model.start' overlap"));
  CHECK_THAT(message, Contains("valley.yaml:16:24: the axis 'optimizer.epsilon' needs 'points'"));
  CHECK_THAT(message, Contains("valley.yaml:17:5: seeds are no axis"));
  CHECK_THAT(message,
             Contains("valley.yaml:18:8: 'sweep.zip' ties axes of unequal length: 'trainer.batch_size' "
                      "has 2 values, 'trainer.steps' has 3"));
  CHECK_THAT(message, Contains("valley.yaml:19:10: 'sweep.seeds' expects how many seeds"));
  CHECK_THAT(message, Contains("'sweep' has no key 'objectve'; did you mean 'objective'?"));
  CHECK_THAT(message,
             Contains("optimizer 'adam' has no option 'lerning_rate'; did you mean 'learning_rate'?"));
}

TEST_CASE("a mistake in an axis hides none in the objective", "[sweep]") {
  for (const std::string unknown : {"optimizer.lerning_rate", "trainer.stps", "loss.wieght"}) {
    CAPTURE(unknown);
    CHECK_THAT(error_of([&] {
                 plan_of("sweep: {axes: {" + unknown + ": {choice: [1, 2]}}, objective: objektive/value}\n");
               }),
               Contains("has no") && Contains("'objective' watches 'objektive/value', which no metric "
                                              "measures; did you mean 'objective/value'?"));
  }
  CHECK_THAT(error_of([] {
               plan_of(
                   "sweep: {method: halving, runs: 2, halving: {first_rung: 4}, axes: "
                   "{optimizer.lerning_rate: {min: 1, max: 2}}, objective: objective}\n");
             }),
             Contains("has no option 'lerning_rate'") && Contains("an 'every' in steps that divides 4"));
}

TEST_CASE("sections of two axes that do not fit to each other are told, with the place of the one",
          "[sweep]") {
  const std::string sweep =
      "sweep: {axes: {optimizer: {choice: [{plugin: sgd, momentum: 0.5}, sgd]}, log.tensors: {choice: [[], "
      "[{slots: \"*\", every: 2}]]}}}\n";
  const std::string message = error_of([&] { plan_of(sweep); });
  CHECK_THAT(message,
             Contains("valley.yaml:7:102: there is nothing to log: no rule of the optimizer keeps slots "
                      "(with optimizer=sgd,tensors="));
  CHECK(plan_of(sweep, {"optimizer={plugin: sgd, momentum: 0.5}"}).runs.size() == 2);
}

TEST_CASE("a plan knows its objective by its whole name", "[sweep]") {
  for (const std::string written : {"objective", "objective/value"}) {
    const SweepPlan plan = plan_of("sweep: {axes: {optimizer.beta1: {choice: [0.5]}}, objective: " + written +
                                   ", protocol: {time_to_target: {target: 1}}}\n");
    CHECK(plan.spec.objective == "objective/value");
    CHECK(plan.section.find("objective")->text() == "objective/value");
    // What the base says of the target tells runs apart: it stays as it was written.
    CHECK(plan.base.find("trainer")->find("stop")->find("metric")->text() == written);
  }
  CHECK_THAT(error_of([] { plan_of("sweep: {seeds: 2, objective: train/objective}\n"); }),
             Contains("'objective' watches 'train/objective', which no metric measures"));
  CHECK_THAT(error_of([] {
               plan_of(
                   "sweep: {axes: {metrics: {choice: [[objective], [{plugin: accuracy, name: "
                   "objective}]]}}, objective: objective}\n");
             }),
             Contains("one objective is needed for all runs"));
}

TEST_CASE("values of axes are checked where they stand", "[sweep]") {
  CHECK_THAT(error_of([] {
               plan_of("sweep: {axes: {optimizer.beta1: {choice: [0.5, 2.0]}}, objective: coverage}\n");
             }),
             Contains("valley.yaml:7:48: optimizer 'adam': 'beta1' must be") &&
                 Contains("valley.yaml:7:67: 'objective' watches "
                          "'coverage'"));
  CHECK_THAT(error_of([] { plan_of("sweep: {axes: {optimizer: {choice: [adm, sgd]}}}\n"); }),
             Contains("'adm'") && Contains("did you mean 'adam'?"));
  CHECK_THAT(error_of([] { plan_of("sweep: {axes: {optimizer.beta1: {min: 0.1, max: 1.5, points: 3}}}\n"); }),
             Contains("beta1"));
  CHECK_THAT(error_of([] {
               plan_of("sweep: {method: random, runs: 9, axes: {optimizer.beta1: {choice: [0.1]}}}\n");
             }),
             Contains("gave 1 different settings"));
  CHECK_THAT(error_of([] {
               plan_of("sweep: {method: halving, runs: 9, axes: {optimizer.beta1: {min: 0.1, max: 0.9}}}\n");
             }),
             Contains("needs 'sweep.objective'") && Contains("first_rung"));
  CHECK_THAT(
      error_of([] { plan_of("sweep: {axes: {sweep.seeds: {choice: [1]}}, launcher: cloud, timeout: 5}\n"); }),
      Contains("'sweep' cannot be an axis") && Contains("local or {slurm") && Contains("10 minutes"));
}
