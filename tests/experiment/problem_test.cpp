#include <catch2/catch.hpp>

#include "experiment/load.hpp"

using Catch::Contains;
using Catch::Equals;
using Catch::StartsWith;

// `smallest` with its line that begins with `key` replaced.
static std::string with(const std::string& key, const std::string& line) {
  const std::size_t start = smallest.find(key + ":");
  const std::size_t end = smallest.find('\n', start);
  return smallest.substr(0, start) + line + smallest.substr(end);
}

static std::string optimizer_problem(const std::string& line) {
  return load_problem(with("optimizer", "optimizer: " + line));
}
static std::string trainer_problem(const std::string& line) {
  return load_problem(with("trainer", "trainer: " + line));
}

TEST_CASE("an unknown option is named with its place and the nearest one") {
  CHECK(
      optimizer_problem("{plugin: test_descent, lerning_rate: 1}") ==
      "ring.yaml:3:35: optimizer 'test_descent' has no option 'lerning_rate'; did you mean 'learning_rate'?");
}

TEST_CASE("all problems are reported together, in the order of the file, the command line last") {
  const std::string diagnostics = load_problem(
      "checkpoint: {evry: 5}\n"
      "sed: 7\n"
      "model: test_pont\n"
      "loss: {plugin: test_quadratic, curvature: -1}\n"
      "optimizer: {plugin: test_descent, learning_rate: x}\n"
      "trainer: {steps: 012, batch_size: 0}\n",
      {"seed=x", "trainer.last_batch=never"});
  std::vector<std::string> starts = {
      "ring.yaml:1:14: 'checkpoint' has no key 'evry'; did you mean 'every'?",
      "ring.yaml:2:1: an experiment has no section 'sed'; did you mean 'seed'?",
      "ring.yaml:3:8: there is no model 'test_pont'; did you mean 'test_point'?",
      "ring.yaml:4:43: ",
      "ring.yaml:5:50: ",
      "ring.yaml:6:18: '012' could be read",
      "ring.yaml:6:35: 'trainer.batch_size' is at least 1, not 0",
      "command line: seed=x: 'seed' expects a whole number from 0",
      "command line: trainer.last_batch=never: 'trainer.last_batch' expects keep or "
      "drop, not the text 'never'"};
  std::size_t at = 0;
  for (const std::string& start : starts) {
    INFO(diagnostics << "\n\nexpected next: " << start);
    REQUIRE(diagnostics.compare(at, start.size(), start) == 0);
    at = diagnostics.find('\n', at) + 1;
  }
  CHECK(at == 0);
}

TEST_CASE("sections that are needed are asked for, each with an example") {
  CHECK(load_problem("{}") ==
        "ring.yaml: the experiment needs 'model', such as model: {plugin: gan, latent: 2}\n"
        "ring.yaml: the experiment needs 'loss', such as loss: non_saturating\n"
        "ring.yaml: the experiment needs 'optimizer', such as optimizer: {plugin: adam, learning_rate: "
        "1.0e-3}\n"
        "ring.yaml: the experiment needs 'trainer', such as trainer: {batch_size: 128, steps: 20000}");
  CHECK_THAT(load_problem(""),
             StartsWith("ring.yaml: an experiment is a map of sections") && Contains("not nothing"));
  CHECK_THAT(load_problem("[1, 2]"), Contains("not a list"));
  CHECK_THAT(load_problem(smallest + "sweep: {seeds: 5}\n"),
             Equals("ring.yaml:5:1: 'sweep' describes many runs; "
                    "start them with 'descent sweep'"));
}

TEST_CASE("sections of the wrong kind say what is right") {
  CHECK(trainer_problem("5") ==
        "ring.yaml:4:10: 'trainer' expects a map, such as {batch_size: 128, steps: 20000}, not the number 5");
  CHECK_THAT(load_problem(smallest + "seed: -1\n"),
             StartsWith("ring.yaml:5:7: 'seed' expects a whole number from 0"));
  CHECK_THAT(load_problem(smallest + "seed: yes\n"), Contains("not the text 'yes'"));
  CHECK_THAT(load_problem(smallest + "threads: 0\n"), Contains("from 1 to 4096, not the number 0"));
  CHECK_THAT(load_problem(smallest + "name: a/b\n"), Contains("'name' expects a text of letters"));
  CHECK_THAT(load_problem(smallest + "name: ..\n"), Contains("'name' expects a text of letters"));
  CHECK_THAT(load_problem(smallest + "plugins: [nowhere]\n"),
             StartsWith("ring.yaml:5:11: there is no folder "));
  CHECK_THAT(load_problem(smallest + "plugins: 5\n"), Contains("'plugins' expects folders"));
  CHECK_THAT(load_problem(smallest + "log: {metrics: 5}\n"),
             Contains("ring.yaml:5:16: 'log.metrics' expects a map"));
  CHECK_THAT(load_problem(smallest + "dataset: [a]\n"),
             Contains("'dataset' expects a plugin") && Contains("a list"));
}

TEST_CASE("entries that name plugins are checked") {
  CHECK_THAT(load_problem(with("model", "model: {start: [1]}")),
             Equals("ring.yaml:1:8: 'model' names no plugin; "
                    "write {plugin: NAME, …}"));
  CHECK_THAT(load_problem(with("model", "model: {plugin: 5}")),
             Contains("'model.plugin' expects a plugin's name"));
  CHECK_THAT(load_problem(with("model", "model: test_everything")),
             Contains("ring.yaml:1:8: model 'test_everything' "
                      "needs 'needed'"));
  CHECK_THAT(load_problem(with("model", "model: {plugin: test_point, every: 3}")),
             Contains("has no option 'every'"));
  CHECK_THAT(load_problem(with("loss", "loss: []")), Contains("ring.yaml:2:7: 'loss' is empty"));
  CHECK_THAT(
      load_problem(with("loss", "loss: [test_quadratic, test_quadratic]")),
      Equals("ring.yaml:2:24: two entries of 'loss' are called 'test_quadratic'; give one a name of its own: "
             "{plugin: …, name: …}"));
  CHECK_THAT(load_problem(with("loss", "loss: {plugin: test_quadratic, every: 0}")),
             Contains("'loss.every' is at least 1"));
  CHECK_THAT(load_problem(with("loss", "loss: {plugin: test_quadratic, players: []}")), Contains("is empty"));
  CHECK_THAT(load_problem(with("loss", "loss: {plugin: test_quadratic, weight: a}")),
             Equals("ring.yaml:2:40: 'loss.weight' is a number or a map that names its form, such as "
                    "{schedule: cosine, from: 1.0e-3, to: 0, steps: 10000}, not the text 'a'"));
  CHECK_THAT(load_problem(with("loss", "loss: {plugin: test_quadratic, name: a/b}")),
             Contains("'loss.name' expects"));
  CHECK_THAT(load_problem(smallest + "metrics: [{plugin: test_distance, split: tests}]\n"),
             Contains("'metrics.test_distance.split' expects train or validation or test"));
  CHECK_THAT(
      load_problem(smallest + "metrics: [test_distance, {plugin: test_reader, name: test_distance}]\n"),
      Contains("two entries of 'metrics'"));
  CHECK_THAT(load_problem(smallest + "metrics: [{plugin: test_distance, every: 5 minutes}]\n"),
             Contains("minutes are for 'checkpoint.every' only"));
}

TEST_CASE("the optimizer is a chain, or names what its chains are for") {
  CHECK_THAT(
      optimizer_problem("{learning_rate: 0.1}"),
      StartsWith("ring.yaml:3:28: 'optimizer.learning_rate' expects a rule") && Contains("the number 0.1"));
  CHECK_THAT(optimizer_problem("{}"), Contains("'optimizer' is empty"));
  CHECK_THAT(optimizer_problem("{x: []}"), Contains("'optimizer.x' is an empty chain"));
  CHECK_THAT(optimizer_problem("{x: {beta: 1}}"), Contains("'optimizer.x' names no plugin"));
  CHECK_THAT(optimizer_problem("{x: {plugin: test_descent, fallback: [test_descnt]}}"),
             Contains("did you mean 'test_descent'?"));
  CHECK_THAT(optimizer_problem("{'': test_descent}"), Contains("a key of 'optimizer' is empty"));
  CHECK_THAT(optimizer_problem("5"), Contains("'optimizer' expects a plugin"));
  CHECK(optimizer_problem("[test_noise, test_descent, test_noise]").empty());
  CHECK(optimizer_problem("[test_noise, {plugin: test_noise, name: test_noise}]").empty());
  CHECK_THAT(optimizer_problem("[{plugin: test_noise, name: a}, {plugin: test_descent, name: a}]"),
             Equals("ring.yaml:3:44: two rules of a chain are called 'a'; give one a name of its own: "
                    "{plugin: …, name: …}"));
  CHECK_THAT(optimizer_problem("{x: [test_noise, {plugin: test_descent, name: test_noise}]}"),
             StartsWith("ring.yaml:3:29: two rules of a chain are called 'test_noise'"));
}

TEST_CASE("where 'frozen' may stand is said") {
  CHECK(optimizer_problem("{plugin: test_matrix_rule, fallback: frozen}").empty());
  for (const char* chain :
       {"frozen", "[test_noise, frozen]", "{plugin: test_matrix_rule, fallback: [frozen]}"})
    CHECK_THAT(optimizer_problem(chain), Contains("'frozen' is no rule; it stands for the chain of some"));
}

TEST_CASE("a merge key is the one problem of its map") {
  CHECK_THAT(load_problem(with("optimizer", "optimizer: {<<: {plugin: test_descent}, learning_rate: 1}")),
             Equals("ring.yaml:3:13: merge keys ('<<') are not read; write 'extends: other.yaml', or the "
                    "keys themselves"));
  CHECK_THAT(
      load_problem(smallest + "metrics:\n  - &far {plugin: test_distance, name: a}\n  - name: b\n    <<: "
                              "*far\n"),
      StartsWith("ring.yaml:8:5: merge keys") && !Contains("\n"));
}

TEST_CASE("the trainer's keys are checked") {
  CHECK_THAT(trainer_problem("{batch_size: 4}"),
             Equals("ring.yaml:4:10: 'trainer' needs 'steps', such as 20000 or 20 "
                    "epochs"));
  CHECK_THAT(trainer_problem("{steps: 20epochs}"),
             Contains("'trainer.steps' expects a duration, such as 500"));
  CHECK_THAT(trainer_problem("{steps: 1.5}"), Contains("expects a duration"));
  CHECK_THAT(trainer_problem("{steps: 0}"), Contains("is at least 1, not 0"));
  CHECK_THAT(trainer_problem("{steps: 5 minutes}"), Contains("minutes are for"));
  CHECK_THAT(trainer_problem("{steps: 5, turns: []}"), Contains("'trainer.turns' is empty"));
  CHECK_THAT(trainer_problem("{steps: 5, turns: both}"), Contains("or simultaneous, not the text 'both'"));
  CHECK_THAT(trainer_problem("{steps: 5, turns: [{a: 1, b: 1}]}"),
             Contains("such as {generator: 1}, not a map"));
  CHECK_THAT(trainer_problem("{steps: 5, turns: [{a: 0}]}"), Contains("1 to 10000 updates"));
  CHECK_THAT(trainer_problem("{steps: 5, stop: {target: 1}}"), Contains("needs 'metric'"));
  CHECK_THAT(trainer_problem("{steps: 5, stop: {metric: a}}"), Contains("needs either 'target'"));
  CHECK_THAT(trainer_problem("{steps: 5, stop: {metric: a, target: 1, patience: 2}}"),
             Contains("needs either"));
  CHECK_THAT(trainer_problem("{steps: 5, stop: {metric: a, target: 1, min_delta: 2}}"),
             Contains("needs 'patience'"));
  CHECK_THAT(trainer_problem("{steps: 5, stop: {metric: a, patience: 1, min_delta: .nan}}"),
             Contains("is at least 0"));
  CHECK_THAT(
      trainer_problem("{steps: 5, stop: {metric: test_distanc/x, target: 1}}\nmetrics: [test_distance]"),
      Contains("which 'metrics' does not name; did you mean 'test_distance'?"));
}

TEST_CASE("what is logged is checked") {
  const auto log = [](const std::string& text) { return load_problem(smallest + "log: " + text + "\n"); };
  CHECK_THAT(log("{tensors: {values: x}}"), Contains("'log.tensors' expects a list"));
  CHECK_THAT(log("{tensors: [{every: 5}]}"), Contains("names one of values, gradients, updates, slots"));
  CHECK_THAT(log("{tensors: [{values: x, slots: y, every: 5}]}"), Contains("names one of"));
  CHECK_THAT(log("{tensors: [{values: x}]}"), Contains("needs 'every'"));
  CHECK_THAT(log("{tensors: [{values: x, every: 5, histogram: yes}]}"),
             Contains("'log.tensors.histogram' expects true or false, not the text 'yes'"));
  CHECK_THAT(log("{metrics: {every: 0}}"), Contains("at least 1"));
  CHECK_THAT(log("{compression: zip}"), Contains("expects none or gzip"));
  CHECK_THAT(load_problem(smallest + "checkpoint: {keep: 0}\n"), Contains("'checkpoint.keep' is at least 1"));
}
