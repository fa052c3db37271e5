#include <catch2/catch.hpp>
#include <cstdlib>

#include "descent/experiment/yaml.hpp"
#include "experiment/load.hpp"

using Catch::Contains;
using descent::Value;
using descent::experiment::Duration;
using descent::experiment::Experiment;

TEST_CASE("a whole experiment is read") {
  const descent::experiment::Experiment e = load_text(ring);
  CHECK(e.name == "gan_ring");
  CHECK(e.seed == 1);
  CHECK(e.dataset->name == "test_mixture");
  CHECK(e.dataset->section.find("stddev")->number() == 0.01);
  CHECK(e.model.plugin->title() == "model 'test_pair'");
  REQUIRE(e.losses.size() == 1);
  CHECK(e.losses[0].weight.at(1) == 1.0);
  REQUIRE(e.optimizer.size() == 2);
  CHECK(e.optimizer[0].key == "generator");
  CHECK(e.optimizer[1].rules.size() == 2);
  CHECK(e.optimizer[1].rules[1].name == "test_descent");
  CHECK(e.trainer.batch_size == 128);
  CHECK(e.trainer.steps.count == 20000);
  REQUIRE(e.trainer.turns.size() == 2);
  CHECK(e.trainer.turns[0].name == "discriminator");
  CHECK_FALSE(e.trainer.simultaneous);
  REQUIRE(e.metrics.size() == 1);
  CHECK(e.metrics[0].every.count == 500);
  CHECK(e.metrics[0].split == descent::Split::test);
  CHECK_FALSE(e.metrics[0].split_given);
  CHECK(e.log.metrics_every.count == 50);
  CHECK(e.log.samples_count == 2500);
  REQUIRE(e.log.tensors.size() == 1);
  CHECK(e.log.tensors[0].pattern == "generator.*");
  CHECK(e.checkpoint.every.count == 1000);
  CHECK(e.overrides.empty());
}

TEST_CASE("what is left out takes its default") {
  const descent::experiment::Experiment e = load_text(smallest);
  CHECK(e.name == "ring");
  CHECK(e.seed == 1);
  CHECK(e.threads == 1);
  CHECK_FALSE(e.dataset);
  CHECK(e.losses[0].every == 1);
  CHECK(e.losses[0].players.empty());
  REQUIRE(e.optimizer.size() == 1);
  CHECK(e.optimizer[0].key.empty());
  CHECK(e.trainer.batch_size == 64);
  CHECK_FALSE(e.trainer.drop_last_batch);
  CHECK_FALSE(e.trainer.shuffle_once);
  CHECK_FALSE(e.trainer.stop);
  CHECK(e.metrics.empty());
  CHECK(e.log.metrics_every.count == 1);
  CHECK(e.log.samples_every.count == 0);
  CHECK(e.checkpoint.keep == 2);
  CHECK(e.resolved.find("optimizer")->find("learning_rate")->number() == 0.1);
  CHECK(e.resolved.find("model")->find("start")->items().size() == 2);
  CHECK(load_text(smallest + "metrics:\nlog: ~\ncheckpoint:\ndataset:\n").metrics.empty());
}

TEST_CASE("every key of the trainer, the log and the checkpoint is read") {
  const descent::experiment::Experiment e = load_text(
      "model: test_point\n"
      "loss:\n"
      "  - {plugin: test_quadratic, weight: {schedule: linear, from: 1, to: 0, steps: 10}, every: 4, "
      "players: [x]}\n"
      "  - {plugin: test_quadratic, name: second, players: y}\n"
      "optimizer: {x: frozen, '*.bias': {plugin: test_matrix_rule, fallback: [test_noise, test_descent]}}\n"
      "metrics:\n"
      "  - {plugin: test_distance, split: validation, every: 2 epochs, batch_size: 10}\n"
      "  - {plugin: test_distance, name: far}\n"
      "trainer: {steps: 20 epochs, turns: simultaneous, validation: 100, last_batch: drop,\n"
      "          shuffle: once, stop: {metric: far/norm, patience: 5, min_delta: 0.5}}\n"
      "log: {tensors: [{slots: '*', every: 1 epoch, histogram: true}], compression: gzip}\n"
      "checkpoint: {every: 10 minutes, keep: 3}\n");
  CHECK(e.losses[0].weight.at(1) > e.losses[0].weight.at(5));
  CHECK(e.losses[0].every == 4);
  CHECK(e.losses[0].players == std::vector<std::string>{"x"});
  CHECK(e.losses[1].players == std::vector<std::string>{"y"});
  CHECK(e.losses[1].name == "second");
  CHECK(e.optimizer[0].frozen);
  REQUIRE(e.optimizer[1].rules.size() == 1);
  REQUIRE(e.optimizer[1].rules[0].fallback.size() == 2);
  CHECK(e.optimizer[1].rules[0].fallback[1].name == "test_descent");
  CHECK(e.metrics[0].split == descent::Split::validation);
  CHECK(e.metrics[0].split_given);
  CHECK(e.metrics[0].every.unit == descent::experiment::Duration::Unit::epochs);
  CHECK(e.metrics[0].batch_size == 10);
  CHECK(e.trainer.simultaneous);
  CHECK(e.trainer.steps.unit == descent::experiment::Duration::Unit::epochs);
  CHECK(e.trainer.validation == 100);
  CHECK(e.trainer.drop_last_batch);
  CHECK(e.trainer.shuffle_once);
  CHECK(e.trainer.stop->patience == 5);
  CHECK(e.trainer.stop->min_delta == 0.5);
  CHECK(e.log.tensors[0].what == descent::experiment::TensorLog::What::slots);
  CHECK(e.log.tensors[0].as == descent::experiment::TensorLog::As::histograms);
  CHECK(e.log.compress_tensors);
  CHECK(e.checkpoint.every.unit == descent::experiment::Duration::Unit::minutes);
}

TEST_CASE("loading what was resolved gives the same experiment") {
  const TemporaryFolder folder;
  const std::string everything =
      "model: {plugin: test_everything, needed: 2, path: ../mnist, run: runs/a, schedule: {schedule: linear, "
      "from: 1, to: 0.5, steps: 10}, vectors: {a: [1], b: [2, 3]}}\n"
      "loss: [test_quadratic, {plugin: test_learned_weight, weight: 1e-4, players: [x]}]\n"
      "optimizer: {x: frozen, '*.bias': {plugin: test_matrix_rule, fallback: [test_noise, test_descent]},\n"
      "  '*': {plugin: test_matrix_rule, fallback: frozen}}\n"
      "metrics: [test_distance, {plugin: test_reader, split: train, every: 2 epochs, batch_size: 3}]\n"
      "plugins: .\n"
      "trainer: {steps: 20 epochs, stop: {metric: test_distance, target: -1}, last_batch: drop}\n"
      "log: {tensors: [{updates: x, every: 5}]}\ncheckpoint: {every: 5 minutes}\n";
  for (const std::string& text : {ring, smallest, everything}) {
    const descent::experiment::Experiment first =
        descent::experiment::load_experiment(folder.write("first.yaml", text), test_registry());
    const std::string written = descent::experiment::to_yaml(first.resolved);
    const auto file = folder.write("elsewhere/experiment.yaml", written);
    const descent::experiment::Experiment second =
        descent::experiment::load_experiment(file, test_registry());
    CHECK(second.resolved == first.resolved);
    CHECK(descent::experiment::to_yaml(second.resolved) == written);
    CHECK(second.name == first.name);
    CHECK(second.trainer.steps.unit == first.trainer.steps.unit);
    CHECK(second.metrics.size() == first.metrics.size());
  }
}

TEST_CASE("paths start from the file that says them, and on the command line from the current folder") {
  const TemporaryFolder folder;
  folder.write("base/base.yaml",
               "model: {plugin: test_everything, needed: 1, path: mnist}\nloss: test_quadratic\n"
               "optimizer: test_descent\ntrainer: {steps: 1}\n");
  const auto file = folder.write("top/top.yaml", "extends: ../base/base.yaml\nmodel: {run: runs/a}\n");
  const descent::experiment::Experiment e = descent::experiment::load_experiment(file, test_registry());
  CHECK(e.resolved.find("model")->find("path")->text() == (folder.path() / "base/mnist").string());
  CHECK(e.resolved.find("model")->find("run")->text() == (folder.path() / "top/runs/a").string());
  CHECK(e.name == "top");
  CHECK(e.resolved.find("extends") == nullptr);
  const descent::experiment::Experiment changed =
      descent::experiment::load_experiment(file, test_registry(), {{"model.path=../x", "model.run=''"}});
  CHECK(changed.resolved.find("model")->find("path")->text() ==
        (std::filesystem::current_path().parent_path() / "x").string());
}

TEST_CASE("plugins are found by path and in folders that the experiment names") {
  const TemporaryFolder folder;
  const auto plugins = std::filesystem::path(DESCENT_BINARY_DIR) / "tests/plugins";
  std::filesystem::create_directory_symlink(plugins, folder.path() / "mine");
  const std::string by_path =
      "plugins: [mine]\nmodel: ./mine/model_test_point.so\nloss: test_quadratic\n"
      "optimizer: {plugin: ./mine/optimizer_test_norms.so#test_norm_group}\ntrainer: {steps: 1}\n";
  descent::Registry registry;
  const descent::experiment::Experiment e =
      descent::experiment::load_experiment(folder.write("a.yaml", by_path), registry);
  CHECK(e.model.name == "test_point");
  CHECK(e.optimizer[0].rules[0].name == "test_norm_group");
  CHECK(e.plugin_folders == std::vector<std::filesystem::path>{folder.path() / "mine"});
  CHECK(e.resolved.find("model")->find("plugin")->text() ==
        (folder.path() / "mine/model_test_point.so").string());
}

TEST_CASE("an experiment extends another") {
  const TemporaryFolder folder;
  folder.write("a.yaml", ring);
  folder.write("b.yaml", "extends: a.yaml\noptimizer: {plugin: test_descent}\n");
  const auto file = folder.write("c.yaml", "extends: ./b.yaml\nname: mine\ntrainer: {batch_size: 8}\n");
  const descent::experiment::Experiment e = descent::experiment::load_experiment(file, test_registry());
  CHECK(e.name == "mine");
  CHECK(e.trainer.batch_size == 8);
  CHECK(e.trainer.steps.count == 20000);
  CHECK(e.optimizer.size() == 1);

  const auto problem = [&](const std::string& text) {
    try {
      descent::experiment::load_experiment(folder.write("d.yaml", text), test_registry());
    } catch (const descent::Error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  CHECK_THAT(problem("extends: d.yaml\n"), Contains("d.yaml:1:10: ") && Contains("extends itself"));
  CHECK_THAT(problem("extends: nowhere.yaml\n"),
             Contains("d.yaml:1:10: ") && Contains("there is no such file"));
  CHECK_THAT(problem("extends: {a: 1}\n"), Contains("'extends' expects the path of another experiment"));
  CHECK_THAT(problem("extends: []\n"), Contains("'extends' is empty"));
  CHECK_THAT(problem("extends: [a.yaml, nowhere.yaml]\n"),
             Contains("d.yaml:1:19: ") && Contains("there is no such file"));
  folder.write("wrong.yaml", "seed: 012\ntrainer: {steps: [}\n");
  CHECK_THAT(problem("extends: wrong.yaml\n"), Contains("wrong.yaml:1:7: ") && Contains("wrong.yaml:2:"));
  folder.write("list.yaml", "[1]");
  CHECK_THAT(problem("extends: list.yaml\n"), Contains("'list.yaml' holds a list"));
  for (int i = 0; i < 40; ++i)
    folder.write("chain" + std::to_string(i) + ".yaml", "extends: chain" + std::to_string(i + 1) + ".yaml\n");
  CHECK_THAT(problem("extends: chain0.yaml\n"), Contains("more than 16 files"));
}

TEST_CASE("overrides change what was read, and name the run's folder") {
  const descent::experiment::Experiment e =
      load_text(ring, {"trainer.batch_size=64", "seed=7", "optimizer.generator.learning_rate=3e-4"});
  CHECK(e.seed == 7);
  CHECK(e.trainer.batch_size == 64);
  CHECK(e.optimizer[0].rules[0].section.find("learning_rate")->number() == 3e-4);
  CHECK(e.overrides == "optimizer.generator.learning_rate=3e-4,trainer.batch_size=64");
  CHECK(load_text(ring, {"metrics.test_reader.every=7"}).metrics[0].every.count == 7);
  CHECK(
      load_text(smallest, {"model.test_point.start=[5]"}).model.section.find("start")->items()[0].integer() ==
      5);
  CHECK(load_text(ring, {"threads=2", "threads=3", "name=other"}).overrides == "threads=3");
  CHECK(load_text(smallest, {"model.start=[1, 2]"}).overrides == "model.start=[1,2]");
  CHECK(load_text(ring, {"optimizer.generator=~"}).optimizer.size() == 1);
  const std::string spaced = load_text(ring, {"trainer.steps=20 epochs"}).overrides;
  CHECK_THAT(spaced, Catch::StartsWith("trainer.steps=20_epochs~"));
  CHECK(spaced != load_text(ring, {"trainer.steps=20  epochs", "trainer.steps=20_epochs",
                                   "trainer.steps=20 epochs", "threads=1"})
                      .overrides);
  const std::string slash =
      load_text(ring, {"model.plugin=test_pair", "dataset.stddev=1.000000000000000000",
                       "metrics.test_reader.examples=1000", "optimizer.discriminator.1.name=a",
                       "optimizer.discriminator.2.name=b"})
          .overrides;
  CHECK(slash.size() == 109);
  CHECK(slash.find('/') == std::string::npos);
}

TEST_CASE("of several parents the later ones win") {
  const TemporaryFolder folder;
  folder.write("ring.yaml", ring);
  folder.write("short.yaml", "trainer: {steps: 3, batch_size: 5}\nseed: 4\n");
  folder.write("small.yaml", "extends: short.yaml\ntrainer: {batch_size: 7}\nname: small\n");
  const auto file =
      folder.write("all.yaml", "extends: [ring.yaml, short.yaml, small.yaml]\ntrainer: {validation: 0}\n");
  const Experiment e = descent::experiment::load_experiment(file, test_registry());
  CHECK(e.name == "all");
  CHECK(e.trainer.steps.count == 3);
  CHECK(e.trainer.batch_size == 7);
  CHECK(e.seed == 4);
  CHECK(e.trainer.turns.size() == 2);
}

TEST_CASE("references hold what stands at other keys, after overrides") {
  const std::string text =
      "model: test_point\nloss: test_quadratic\n"
      "optimizer: {plugin: test_descent, learning_rate: {schedule: cosine, from: 1, to: 0, steps: "
      "'${trainer.steps}'}}\n"
      "trainer: {steps: 100, validation: '${trainer.steps - 90 - (trainer.steps/10)}', "
      "evaluation_batches: '${trainer.steps//3*2}'}\n"
      "checkpoint:\n  every: ${trainer.steps/2}\n";
  const auto steps_of = [](const Experiment& e) {
    return e.resolved.find("optimizer")->find("learning_rate")->find("steps")->integer();
  };
  const Experiment e = load_text(text);
  CHECK(steps_of(e) == 100);
  CHECK(e.trainer.validation == 0);
  CHECK(e.trainer.evaluation_batches == 66);
  CHECK(e.checkpoint.every.count == 50);
  const Experiment longer = load_text(text, {"trainer.steps=1000", "trainer.validation=0"});
  CHECK(steps_of(longer) == 1000);
  CHECK(longer.checkpoint.every.count == 500);
  const Experiment epochs = load_text(text, {"trainer.steps=20 epochs", "trainer.validation=0",
                                             "trainer.evaluation_batches=1", "dataset=test_mixture"});
  CHECK(epochs.checkpoint.every.count == 10);
  CHECK(epochs.checkpoint.every.unit == Duration::Unit::epochs);
  CHECK(load_text(text, {"checkpoint.every=${trainer.steps * 2 + 1}"}).checkpoint.every.count == 201);
  // An environment variable is none, and a plain `${` stays.
  CHECK_THAT(load_problem(text, {"name=$${trainer.steps}"}), Contains("'${trainer.steps}'"));
}

TEST_CASE("references that lead nowhere, in circles, or to what is no number are said with their places") {
  const auto problem = [](const std::string& every, const std::string& more = "") {
    return load_problem(smallest + "checkpoint: {every: \"" + every + "\"}\n" + more);
  };
  CHECK_THAT(problem("${trainer.step}"), Contains("ring.yaml:5:21: ") && Contains("'trainer.step'") &&
                                             Contains("did you mean 'trainer.steps'?"));
  CHECK_THAT(problem("${trainer.batch_size}"), Contains("does not say 'trainer.batch_size'"));
  CHECK_THAT(problem("${checkpoint.every}"), Contains("refers to itself"));
  CHECK_THAT(problem("${log.samples.every}", "log: {samples: {every: \"${checkpoint.every}\"}}\n"),
             Contains("refers to itself"));
  CHECK_THAT(problem("${checkpoint.keep/2}", ""), Contains("does not say"));
  CHECK_THAT(problem("${trainer.steps/0}"), Contains("a division by 0"));
  CHECK_THAT(problem("${trainer.steps + }"), Contains("a number or a key was expected"));
  CHECK_THAT(problem("${(trainer.steps}"), Contains("a parenthesis is not closed"));
  CHECK_THAT(problem("${trainer.steps trainer.steps}"), Contains("was not expected"));
  CHECK_THAT(problem("${trainer.steps*trainer}"), Contains("cannot be computed with"));
  CHECK_THAT(problem("${trainer.steps/3}"),
             Contains("ring.yaml:5:21: 'checkpoint.every' expects a duration"));
  CHECK_THAT(problem("${trainer..steps}"), Contains("empty part"));
  // Of what refers to something wrong, only that is said.
  CHECK_THAT(problem("${trainer.steps/2", ""), Contains("is not closed"));
}

TEST_CASE("an override that is a sweep's, or elsewhere, says so") {
  CHECK_THAT(load_problem(smallest, {"optimizer.learning_rate=0.1,0.2"}), Contains("descent sweep"));
  CHECK_THAT(load_problem(smallest, {"optimizer.learning_rate=1e-4..1e-1:log:7"}), Contains("descent sweep"));
  CHECK_THAT(load_problem(smallest, {"lr=0.1"}), Contains("did you mean 'optimizer.learning_rate'?"));
  CHECK_THAT(load_problem(smallest, {"learning_rate=0.1"}),
             Contains("did you mean 'optimizer.learning_rate'?"));
  CHECK_THAT(load_problem(smallest, {"bs=3"}), Contains("'trainer.batch_size'"));
  CHECK_THAT(load_problem(smallest, {"trainer.lr=0.1"}), Contains("'optimizer.learning_rate'"));
}

TEST_CASE("a key below the sections without a value is a problem, null is its default") {
  CHECK_THAT(load_problem("model: test_point\nloss: test_quadratic\noptimizer:\n  plugin: test_descent\n  "
                          "learning_rate:\ntrainer: {steps: 10}\n"),
             Contains("ring.yaml:5:3: 'learning_rate' has no value"));
  CHECK_THAT(
      load_problem("model: test_point\nloss: test_quadratic\noptimizer: test_descent\ntrainer: {steps: 10, "
                   "batch_size: }\n"),
      Contains("'batch_size' has no value"));
  CHECK(load_problem(smallest + "metrics:\n# - objective\n").empty());
  CHECK(load_text("model: test_point\nloss: test_quadratic\noptimizer: {plugin: test_descent}\n"
                  "trainer: {steps: 10, batch_size: ~, validation: null}\n")
            .trainer.batch_size == 64);
  const TemporaryFolder folder;
  folder.write("a.yaml", smallest);
  const auto child = folder.write("b.yaml", "extends: a.yaml\noptimizer: {learning_rate: null}\n");
  CHECK(descent::experiment::load_experiment(child, test_registry())
            .optimizer[0]
            .rules[0]
            .section.find("learning_rate")
            ->number() == 0.1);
  unsetenv("DESCENT_TEST_UNSET");
  CHECK_THAT(load_problem(smallest, {"trainer.batch_size=${DESCENT_TEST_UNSET:-}"}), Contains("is empty"));
}

TEST_CASE("an option of the plugin that was there before says who has replaced it") {
  const std::string text =
      "model: test_point\nloss: test_quadratic\noptimizer: {plugin: test_descent, learning_rate: "
      "0.9}\ntrainer: {steps: 10}\n";
  CHECK_THAT(load_problem(text, {"optimizer.plugin=test_norm_group"}),
             Contains("ring.yaml:3:35: optimizer 'test_norm_group' has no option 'learning_rate'") &&
                 Contains("command line: optimizer.plugin=test_norm_group names the plugin") &&
                 Contains("'learning_rate: null'"));
  CHECK(load_problem(text, {"optimizer.plugin=test_norm_group", "optimizer.learning_rate=null"}).empty());
  CHECK(load_problem(text, {"optimizer=test_norm_group"}).empty());
  // One that nobody has replaced is not spoken of.
  CHECK(load_problem(text).find("names the plugin") == std::string::npos);
}
