#include <fmt/format.h>
#include <catch2/catch.hpp>

#include <fstream>

#include "train/spoilt_experiment.hpp"

using namespace descent;
using namespace descent::testing;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

TEST_CASE("a layer that does not fit is found at its place in the file") {
  const auto refused = [](const std::string& encoder) {
    return error_of([&] {
      training_of(
          "dataset: {plugin: glyphs, pixels: 8, examples: 40, test_examples: 10}\nmodel:\n  plugin: vae\n  "
          "latent: 3\n"
          "  decoder: {hidden: [4]}\n  encoder:\n    layers:\n" +
          encoder + "loss: elbo\noptimizer: adam\ntrainer: {steps: 3, batch_size: 8}\n");
    });
  };
  CHECK(refused("      - {linear: 6}\n      - {reshape: [7, 7]}\n") ==
        "test.yaml:9:9: model 'vae': layer 'reshape' of network 'encoder': an example of shape (6) cannot be "
        "reshaped to "
        "(7, 7): the first has 6 numbers, the second 49");
  CHECK(refused("      - {linear: 6}\n      - residual:\n          layers:\n            - {linear: 5}\n") ==
        "test.yaml:9:9: model 'vae': layer 'residual' of network 'encoder': its layers make (5) of (6), but "
        "its shortcut "
        "(6)");
  CHECK(
      refused("      - {linear: 6}\n      - residual:\n          layers:\n            - {reshape: [4]}\n") ==
      "test.yaml:11:15: model 'vae': layer 'residual' of network 'encoder': layer 'reshape' of network "
      "'encoder': an "
      "example of shape (6) cannot be reshaped to (4): the first has 6 numbers, the second 4");
}

TEST_CASE("no loss is called 'game', and no player 'all'") {
  CHECK_THAT(error_of([] {
               training_of(
                   "model: test_point\nloss: {plugin: test_quadratic, name: game}\noptimizer: sgd\n"
                   "trainer: {steps: 3}\n");
             }),
             Contains("test.yaml:2:7: no loss can be called 'game'"));
}

TEST_CASE("the experiment that the cases below spoil is sound") {
  CHECK(run::check_experiment(experiment_of(text_of(sound))) ==
        "4 parameters; players: model (predictor); 3 steps");
}

TEST_CASE("a loss that needs another role") {
  CHECK(refusal({"loss: {plugin: elbo}"}) ==
        "test.yaml:3:7: loss 'elbo' plays with a model of the role LatentVariableModel, which model "
        "'test_buffered' does "
        "not have");
}

TEST_CASE("a metric that needs another role") {
  CHECK_THAT(refusal({"metrics: [{plugin: mode_coverage}]"}),
             Contains("test.yaml:6:11: metric 'mode_coverage' needs the role Generative") &&
                 Contains("model 'test_buffered'"));
}

TEST_CASE("a metric that needs another role, without a data set") {
  CHECK_THAT(error_of([] {
               run::check_experiment(
                   experiment_of("model: test_point\nloss: test_quadratic\noptimizer: sgd\n"
                                 "trainer: {steps: 3}\nmetrics: [mode_coverage]\n"));
             }),
             Contains("test.yaml:5:11: metric 'mode_coverage' needs the role Generative") &&
                 Contains("model 'test_point'"));
}

TEST_CASE("a metric whose measure has the name of one of the log's columns") {
  CHECK(
      error_of([] {
        run::check_experiment(
            experiment_of("model: test_point\nloss: test_quadratic\noptimizer: sgd\n"
                          "trainer: {steps: 3}\nmetrics: [test_misnamed]\n"));
      }) ==
      "test.yaml:5:11: metric 'test_misnamed' calls a measure 'wall_time'; such names are of letters, digits "
      "and '_', and none of step, wall_time, row_checksum");
}

TEST_CASE("a key of the optimizer that names nothing") {
  CHECK_THAT(
      refusal({"optimizer: {predictr: sgd, '*': adam}"}),
      Contains("test.yaml:4:13: 'predictr' covers no parameter") && Contains("did you mean 'predictor'?"));
  const std::string unlike = refusal({"optimizer: {something_else: sgd, '*': adam}"});
  CHECK_THAT(unlike, Contains("there are: model, predictor"));
}

TEST_CASE("a key of the optimizer behind those that took its parameters") {
  CHECK_THAT(refusal({"optimizer: {'*.scale': frozen, model: {plugin: sgd}}"}),
             Contains("test.yaml:4:13: '*.scale' covers no parameter: 'model' came first") &&
                 !Contains("there are"));
  CHECK_THAT(refusal({"optimizer: {predictor: sgd, '*': adam}"}),
             Contains("'*' covers no parameter: 'predictor' came first"));
}

TEST_CASE("a parameter that no chain moves") {
  CHECK_THAT(refusal({"optimizer: {'*.scale': sgd}"}),
             Contains("test.yaml:4:13: no entry of 'optimizer' covers the parameter 'predictor.shift'") &&
                 Contains("its group 'predictor'") && Contains("its player 'model'") && Contains("frozen"));
}

TEST_CASE("a turn for a player that does not exist") {
  CHECK_THAT(refusal({"trainer: {batch_size: 4, steps: 3, turns: [{modle: 1}]}"}),
             Contains("test.yaml:5:45: a turn is for 'modle', which is no player and no parameter group") &&
                 Contains("did you mean 'model'?"));
}

TEST_CASE("sizes that no memory holds") {
  const auto endless = [](const std::string& model, const std::string& trainer) {
    return refusal({"dataset: gaussian_ring", "model: {plugin: gan" + model + "}", "loss: non_saturating",
                    "trainer: {steps: 3" + trainer + "}", "metrics: []"});
  };
  CHECK_THAT(
      endless("", ", batch_size: 9223372036854775807"),
      Contains("test.yaml:5:10: an array of the shape (9223372036854775807, 2) would have more numbers "
               "than any memory"));
  CHECK_THAT(endless(", latent: 9223372036854775807", ""),
             Contains("test.yaml:2:30: model 'gan': 'latent' must be a whole number of at most 2147483647"));
  CHECK_THAT(endless(", latent: 2147483647, generator: {hidden: [1000000]}", ""),
             Contains("an array of the shape (2147483647, 1000000) would have more numbers than any memory"));
  CHECK_THAT(endless("", ", batch_size: 100000000000000"),
             Contains("test.yaml:5:10: there is no memory for"));
  CHECK_THAT(endless("", ", turns: [{discriminator: 9223372036854775807}]"), Contains("1 to 10000 updates"));
  CHECK_THAT(refusal({"trainer: {batch_size: 4, steps: 9223372036854775807 epochs}"}),
             Contains("test.yaml:5:33: 9223372036854775807 epochs are more steps than can be counted"));
}

TEST_CASE("a model that cannot be built is shown to no loss") {
  for (const char* start : {"[]", "{}", "{x: []}"})
    CHECK_THAT(refusal({std::string("model: {plugin: point, start: ") + start + "}", "loss: quadratic",
                        "metrics: []"}),
               Contains("test.yaml:2:8: model 'point'"));
}

TEST_CASE("names that the log cannot have") {
  const auto rule = [](const std::string& names) {
    return refusal({"optimizer: {plugin: test_named_slots, names: " + names + "}"});
  };
  CHECK_THAT(rule("twice"),
             Contains("test.yaml:4:12: optimizer 'test_named_slots' has two slots or scalars called 'm'"));
  CHECK_THAT(rule("spaced"), Contains("calls a slot or a scalar 'a b'"));
  CHECK_THAT(rule("empty"), Contains("calls a slot or a scalar ''"));
}

TEST_CASE("a point of more vectors than the function is of") {
  for (const char* loss : {"rosenbrock", "quadratic", "noisy_quadratic", "amsgrad_counterexample"})
    CHECK(refusal({"model: {plugin: point, start: {x: [1, 2], y: [1, 3]}}", std::string("loss: ") + loss}) ==
          fmt::format(
              "test.yaml:3:7: {} is a function of one vector, but the point has 2; start it as one list of "
              "numbers",
              loss));
}

TEST_CASE("a player without an objective at most steps") {
  CHECK_THAT(refusal({"loss: [{plugin: mean_squared_error, every: 3}]"}),
             Contains("test.yaml:3:8: player 'model' has nothing to minimize at most steps"));
}

TEST_CASE("a pattern of tensors that matches nothing") {
  CHECK_THAT(refusal({"log: {tensors: [{values: '*', every: 1}, {values: 'predictor.scal', every: 1}]}"}),
             Contains("test.yaml:7:42: the pattern 'predictor.scal' matches nothing") &&
                 Contains("did you mean 'predictor.scale'?"));
  CHECK_THAT(refusal({"log: {tensors: [{slots: '*', every: 1}]}"}),
             Contains("test.yaml:7:17: there is nothing to log: no rule of the optimizer keeps slots"));
}

TEST_CASE("a tensor that two entries log") {
  CHECK(refusal({"log: {tensors: [{values: '*', every: 1}, {values: 'predictor.scale', every: 5}]}"}) ==
        "test.yaml:7:42: the value of parameter 'predictor.scale' is logged by an entry before this one "
        "already");
}

TEST_CASE("a metric on a split that is not there") {
  CHECK(refusal({"metrics: [{plugin: test_reader, split: test}]"}) ==
        "test.yaml:6:11: metric 'test_reader' looks at the split 'test', which the data set does not have");
  CHECK(refusal({"metrics: [{plugin: test_reader, split: validation}]"}) ==
        "test.yaml:6:11: metric 'test_reader' looks at the split 'validation', which is empty; set "
        "'trainer.validation'");
}

TEST_CASE("a metric of a player or a loss that is not in the game") {
  CHECK_THAT(refusal({"metrics: [{plugin: objective, player: modle}]"}),
             Contains("test.yaml:6:11: objective: there is no player 'modle'; did you mean 'model'?"));
  CHECK_THAT(refusal({"metrics: [{plugin: objective, loss: mean_square_error}]"}),
             Contains("test.yaml:6:11: objective: there is no loss 'mean_square_error'; did you mean "
                      "'mean_squared_error'?"));
}

TEST_CASE("two rules of a chain that take the gradient elsewhere") {
  CHECK(refusal({"optimizer: [{plugin: extragradient}, {plugin: sam}, {plugin: sgd}]"}) ==
        "test.yaml:4:38: optimizer 'sam' takes the gradient at another point, and so does optimizer "
        "'extragradient' before it; of a chain's rules only one may");
  CHECK_THAT(
      refusal({"optimizer: [{plugin: sam}, {plugin: muon, fallback: [{plugin: extragradient, extrapolate: "
               "chain}, {plugin: sgd}]}]"}),
      Contains("test.yaml:4:28: optimizer 'muon' takes the gradient at another point"));
}

TEST_CASE("epochs of data without end") {
  const std::vector<std::string> endless = {"dataset: test_mixture", "model: {plugin: test_pair}",
                                            "loss: minimax"};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.end(), endless.begin(), endless.end());
    return refusal(more);
  };
  CHECK(with({"trainer: {batch_size: 4, steps: 3 epochs}"}) ==
        "test.yaml:5:33: 'steps' counts epochs, but an endless data set has none; give a number of steps");
  CHECK_THAT(with({"metrics: [{plugin: test_reader, every: 1 epochs}]"}),
             Contains("test.yaml:6:40: 'every' counts epochs"));
  CHECK_THAT(with({"log: {tensors: [{values: '*', every: 1 epochs}]}"}),
             Contains("test.yaml:7:38: 'every' counts epochs"));
}

TEST_CASE("a stop that watches what no metric measures") {
  const std::string trainer = "trainer: {batch_size: 4, steps: 3, stop: {target: 1, metric: ";
  CHECK_THAT(refusal({trainer + "test_raeder/sum}}"}),
             Contains("test.yaml:5:42: 'trainer.stop' waits for the metric "
                      "'test_raeder'") &&
                 Contains("did you mean 'test_reader'?"));
  CHECK_THAT(refusal({trainer + "test_reader/smu}}"}),
             Contains("test.yaml:5:42: 'stop' watches 'test_reader/smu', which no metric measures") &&
                 Contains("did you mean 'test_reader/sum'?"));
  CHECK_THAT(refusal({trainer + "test_reader}}"}),
             Contains("test.yaml:5:42: 'stop' watches 'test_reader', which has several measures"));
  CHECK_THAT(refusal({trainer + "test_reader/examples}}"}),
             Contains("of which neither more nor less is better"));
}

TEST_CASE("a place for runs that cannot be written to") {
  const ScratchFolder root;
  std::ofstream(root.path / "file") << "x";
  run::RunOptions options;
  options.root = root.path / "file/runs";
  const auto run = [&] { run::run_experiment(experiment_of(text_of(sound)), test_registry(), options); };
  CHECK_THAT(error_of(run),
             Contains("cannot make the run directory " + options.root.string()) && Contains("--runs"));
  options.fresh = true;
  CHECK_THAT(error_of(run), Contains("cannot make the run directory"));
  CHECK(fs::file_size(root.path / "file") == 1);
  CHECK(std::distance(fs::directory_iterator(root.path), fs::directory_iterator()) == 1);
}

TEST_CASE("all problems are reported at once") {
  const std::string message =
      refusal({"optimizer: {'*.scale': sgd}", "trainer: {batch_size: 4, steps: 3, turns: [{x: 1}]}",
               "metrics: [{plugin: test_reader, split: test}]"});
  CHECK_THAT(message,
             Contains("'predictor.shift'") && Contains("a turn is for 'x'") && Contains("the split 'test'"));
}
