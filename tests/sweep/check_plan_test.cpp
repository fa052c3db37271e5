#include <algorithm>
#include <catch2/catch.hpp>
#include <sstream>

#include "plan_support.hpp"

using namespace descent;
using namespace descent::testing;
using Catch::Matchers::Contains;

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
    const sweep::SweepPlan plan =
        plan_of("sweep: {axes: {optimizer.beta1: {choice: [0.5]}}, objective: " + written +
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

TEST_CASE("what is wrong with one value of an axis hides nothing that is wrong elsewhere", "[sweep]") {
  const std::string message = error_of([] {
    plan_of(R"(sweep:
  axes:
    optimizer:
      choice:
        - {plugin: sgd, learning_rate: {choice: []}, momentm: 0.5}
        - {plugin: adm, learning_rate: {min: 0.1, max: 1}}
        - {plugin: adam, beta1: {choice: [0.5, 2.0]}}
    optimizer.learning_rate: {choice: [0.1, 0.2]}
    trainer.stps: {choice: [1, 2, 3]}
)");
  });
  const std::vector<std::pair<std::string, std::string>> expected = {
      {"11:49", "the axis 'optimizer.learning_rate' has no values"},
      {"11:54", "optimizer 'sgd' has no option 'momentm'"},
      {"12:20", "there is no optimizer 'adm'"},
      {"12:40", "the axis 'optimizer.learning_rate' needs 'points'"},
      {"13:48", "optimizer 'adam': 'beta1' must be a number"},
      {"14:5", "the axes 'optimizer' and 'optimizer.learning_rate' overlap"},
      {"15:5", "'trainer' has no key 'stps'"}};
  std::istringstream lines(message);
  for (const auto& [location, text] : expected) {
    std::string line;
    CHECK(std::getline(lines, line));
    CHECK_THAT(line, Contains("valley.yaml:" + location + ": " + text));
  }
  CHECK(lines.peek() == EOF);
}

TEST_CASE("a mistake in an axis' path is told once, where the axis stands", "[sweep]") {
  for (const std::string path : {"optimizer.lerning_rate", "trainer.stps", "optimizer.generator.beta1"}) {
    CAPTURE(path);
    const std::string message =
        error_of([&] { plan_of("sweep: {axes: {" + path + ": {choice: [1, 2, 3]}}}\n"); });
    CHECK_THAT(message, Contains("valley.yaml:7:16: "));
    CHECK(std::count(message.begin(), message.end(), '\n') == 0);
  }
}

TEST_CASE("an axis that is wrong is an axis, and is not missed where it was to give the value", "[sweep]") {
  const std::string drawn = error_of([] {
    plan_of("sweep: {axes: {optimizer.beta1: {min: 0.1, max: 0.9, points: 3}}}\n",
            {"sweep.method=random", "sweep.runs=5"});
  });
  CHECK_THAT(drawn, Contains("has 'points', which are for the method grid"));
  CHECK(std::count(drawn.begin(), drawn.end(), '\n') == 0);
  const ScratchFolder folder;
  const std::filesystem::path file =
      folder.write("empty.yaml",
                   "model: {plugin: point, start: [-1.2, 1.0]}\n"
                   "loss: {plugin: rosenbrock}\n"
                   "sweep:\n"
                   "  axes: {optimizer: {choice: []}, trainer: {choice: 5}, metrics: {choice: []}}\n"
                   "  objective: objective\n");
  const std::string empty = error_of([&] { sweep::plan_sweep(file, {}, test_registry()); });
  CHECK(std::count(empty.begin(), empty.end(), '\n') == 2);
  CHECK_THAT(empty, !Contains("needs") && !Contains("watches"));
}

TEST_CASE("what Slurm is asked for has the form that it takes", "[sweep]") {
  const auto asked = [](const std::string& options) {
    return error_of([&] { plan_of("sweep: {launcher: {slurm: {" + options + "}}}\n"); });
  };
  CHECK(asked("partition: 'a,b-c', memory: 4G, time: 1:00:00, setup: module load hdf5") == "no error");
  for (const std::string time : {"2", "'2:00'", "'0:02:00'", "1-0", "1-0:30", "1-0:30:15"})
    CHECK(asked("time: " + time) == "no error");
  for (const std::string memory : {"4000", "500M", "1T", "8g"})
    CHECK(asked("memory: " + memory) == "no error");
  const std::string all = asked("partition: \"a b\", memory: lots, time: soon");
  CHECK_THAT(all, Contains("valley.yaml:7:39: 'sweep.launcher.slurm.partition' expects a partition's name") &&
                      Contains("'sweep.launcher.slurm.memory' expects a size, such as 4G") &&
                      Contains("'sweep.launcher.slurm.time' expects minutes, or a time"));
  CHECK_THAT(asked("partition: \"a\\n#SBATCH --uid=0\""), Contains("expects a partition's name"));
  for (const std::string time : {"1", "0", "'1:59'", "'0:01:00'"})
    CHECK_THAT(asked("time: " + time), Contains("is at least 2 minutes"));
  for (const std::string time : {"1:2:3:4", "'-5'", "1-", "1.5", "'1:'", "2 hours"})
    CHECK_THAT(asked("time: " + time), Contains("expects minutes, or a time"));
  for (const std::string memory : {"4 G", "G", "4GiB", "1.5G"})
    CHECK_THAT(asked("memory: " + memory), Contains("expects a size"));
}
