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
  CHECK_THAT(problem("extends: [a.yaml]\n"), Contains("'extends' expects the path of another experiment"));
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
