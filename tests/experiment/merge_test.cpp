#include "descent/experiment/merge.hpp"

#include <rapidcheck.h>

#include <catch2/catch.hpp>

#include "experiment/generators.hpp"
#include "experiment/load.hpp"
#include "experiment/read.hpp"

using Catch::Contains;
using descent::Value;
using descent::experiment::merge;

TEST_CASE("a value merged with itself, or with an empty map, stays as it is") {
  CHECK(rc::check([] {
    const Value value = *any_value();
    RC_ASSERT(merge(value, value) == value);
  }));
  CHECK(rc::check([] {
    const Value value = *any_value();
    RC_PRE(value.is(Value::Kind::map));
    RC_ASSERT(merge(value, Value::map()) == value);
    RC_ASSERT(merge(Value::map(), value) == value);
  }));
}

// Maps whose keys say the kind of their value, without plugins: there merging is associative.
static rc::Gen<Value> shaped(int depth) {
  using namespace rc;
  return gen::map(
      gen::container<std::vector<std::pair<int, int>>>(gen::pair(gen::inRange(0, 6), gen::inRange(0, 9))),
      [depth](const std::vector<std::pair<int, int>>& entries) {
        Value value = Value::map();
        for (const auto& [key, number] : entries) {
          const Value scalar = Value::of(number);
          if (key < 2) value.set("scalar" + std::to_string(key), scalar);
          if (key == 2) value.set("list", Value::list({scalar}));
          if (key > 2 && depth > 0)
            value.set("map" + std::to_string(key),
                      Value::map({{number < 5 ? "scalar" : "other", scalar, {}}}));
        }
        return value;
      });
}

TEST_CASE("merging is associative where equal keys hold equal kinds and no plugin is named") {
  CHECK(rc::check([] {
    const Value a = *shaped(2), b = *shaped(2), c = *shaped(2);
    RC_ASSERT(merge(merge(a, b), c) == merge(a, merge(b, c)));
  }));
}

TEST_CASE("maps merge, lists and scalars are replaced, another plugin replaces") {
  CHECK(merge(read("{a: {x: 1, y: 2}, b: [1, 2]}"), read("{a: {y: 3, z: 4}, b: [3]}")) ==
        read("{a: {x: 1, y: 3, z: 4}, b: [3]}"));
  CHECK(merge(read("{plugin: adam, beta1: 0.5}"), read("{plugin: adam, beta2: 0.9}")) ==
        read("{plugin: adam, beta1: 0.5, beta2: 0.9}"));
  CHECK(merge(read("{plugin: adam, beta1: 0.5}"), read("{plugin: sgd}")) == read("{plugin: sgd}"));
  CHECK(merge(read("{generator: adam}"), read("{plugin: sgd}")) == read("{plugin: sgd}"));
  CHECK(merge(read("{plugin: adam}"), read("{beta1: 0}")) == read("{plugin: adam, beta1: 0}"));
}

TEST_CASE("another schedule replaces, and null takes a key out") {
  CHECK(merge(read("{rate: {schedule: linear, from: 1, to: 0}}"),
              read("{rate: {schedule: constant, value: 2}}")) ==
        read("{rate: {schedule: constant, value: 2}}"));
  CHECK(
      merge(read("{rate: {schedule: linear, from: 1, to: 0}}"), read("{rate: {schedule: linear, to: 2}}")) ==
      read("{rate: {schedule: linear, from: 1, to: 2}}"));
  CHECK(merge(read("{plugin: mine, schedule: fast, x: 1}"), read("{schedule: slow}")) ==
        read("{plugin: mine, schedule: slow, x: 1}"));
  CHECK(merge(read("{hidden: [8], activation: relu}"), read("{hidden: null, layers: [{linear: 8}]}")) ==
        read("{activation: relu, layers: [{linear: 8}]}"));
}

TEST_CASE("chains for parts of a model replace one chain for everything, and options do not") {
  const Value one = read("{plugin: adam, beta1: 0.5}");
  for (const char* chains : {"{encoder: {plugin: adam}, decoder: [{plugin: clip, max: 1}, {plugin: sgd}]}",
                             "{encoder: {plugin: adam}, decoder: frozen}"})
    CHECK(merge(one, read(chains)) == read(chains));
  CHECK(merge(one, read("{fallback: {plugin: sgd}}")).find("plugin")->text() == "adam");
  CHECK(merge(one, read("{learning_rate: {schedule: cosine}}")).find("plugin")->text() == "adam");
  CHECK(merge(one, read("{betas: []}")).find("plugin")->text() == "adam");
}

// What test_norm_group has: nothing with these names.
static Value optimizer_with(const std::string& base, const std::string& change) {
  const Value merged =
      merge(read("{optimizer: " + base + "}"), read("{optimizer: " + change + "}"), {{}, &test_registry()});
  return *merged.find("optimizer");
}

TEST_CASE("chains by keys replace one chain also where rules are said by their names") {
  for (const char* one :
       {"{plugin: test_descent, learning_rate: 0.5}", "test_descent", "[test_norm_group, test_descent]"})
    for (const char* chains : {"{encoder: test_descent, decoder: test_descent}", "{encoder: test_descent}",
                               "{'*': test_descent}", "{'*.bias': frozen, '*': test_descent}",
                               "{encoder: [test_norm_group, test_descent], decoder: {plugin: test_descent}}",
                               "{encoder: frozen, decoder: test_descent}"})
      CHECK(optimizer_with(one, chains) == read(chains));
  CHECK(optimizer_with("{plugin: test_descent}", "{learning_rate: 2}") ==
        read("{plugin: test_descent, learning_rate: 2}"));
  // A rule's name alone is its map.
  CHECK(optimizer_with("test_descent", "{learning_rate: 2}") ==
        read("{plugin: test_descent, learning_rate: 2}"));
  CHECK(optimizer_with("{encoder: test_descent, decoder: test_descent}", "{encoder: {learning_rate: 2}}") ==
        read("{encoder: {plugin: test_descent, learning_rate: 2}, decoder: test_descent}"));
  CHECK(optimizer_with("{encoder: test_descent}", "test_descent") == read("test_descent"));
  CHECK(optimizer_with("{plugin: test_descent}", "{name: mine}") ==
        read("{plugin: test_descent, name: mine}"));
  CHECK(optimizer_with("{plugin: nobody_has_it}", "{'*': test_descent}") == read("{'*': test_descent}"));
}

TEST_CASE("chains are told apart in 'optimizer' alone: a plugin in another plugin's options merges") {
  CHECK(merge(read("{model: {plugin: a, x: 1}}"), read("{model: {part: {plugin: b}}}")) ==
        read("{model: {plugin: a, x: 1, part: {plugin: b}}}"));
  CHECK(merge(read("{dataset: glyphs, loss: elbo}"), read("{dataset: {pixels: 8}, loss: {beta: 2}}")) ==
        read("{dataset: {plugin: glyphs, pixels: 8}, loss: {plugin: elbo, beta: 2}}"));
}

TEST_CASE("forms that exclude each other replace") {
  CHECK(merge(read("{trainer: {steps: 5, stop: {metric: a, patience: 3, min_delta: 1}}}"),
              read("{trainer: {stop: {metric: b, target: 2}}}")) ==
        read("{trainer: {steps: 5, stop: {metric: b, target: 2}}}"));
  CHECK(
      merge(read("{trainer: {stop: {metric: a, patience: 3}}}"), read("{trainer: {stop: {patience: 4}}}")) ==
      read("{trainer: {stop: {metric: a, patience: 4}}}"));
  CHECK(merge(read("{sweep: {axes: {a.b: {min: 1, max: 2, points: 3}}}}"),
              read("{sweep: {axes: {a.b: {choice: [1, 5]}}}}")) ==
        read("{sweep: {axes: {a.b: {choice: [1, 5]}}}}"));
}

TEST_CASE("another activation or initializer replaces, the same one merges") {
  for (const auto& [base, change] :
       {std::pair("{activation: {leaky_relu: 0.2}}", "{activation: {elu: 1.0}}"),
        std::pair("{activation: {leaky_relu: {slope: 0.2}}}", "{activation: {elu: 1.0}}"),
        std::pair("{initializer: {orthogonal: 1.4}}", "{initializer: {normal: 0.01}}")})
    CHECK(merge(read(base), read(change)) == read(change));
  CHECK(merge(read("{activation: {leaky_relu: {slope: 0.2}}}"),
              read("{activation: {leaky_relu: {slope: 0.3}}}")) ==
        read("{activation: {leaky_relu: {slope: 0.3}}}"));
  CHECK(merge(read("{hidden: [8], activation: {leaky_relu: 0.2}}"), read("{activation: {elu: 1.0}}")) ==
        read("{hidden: [8], activation: {elu: 1.0}}"));
}

TEST_CASE("a network of layers replaces a short one, and the reverse") {
  const Value hidden = read("{hidden: [8, 8], activation: tanh, dropout: 0.5}");
  const Value layers = read("{layers: [{linear: 8}, relu], initializer: he_normal}");
  CHECK(merge(hidden, layers) == layers);
  CHECK(merge(layers, hidden) == hidden);
  CHECK(merge(hidden, read("{hidden: [4]}")) == read("{hidden: [4], activation: tanh, dropout: 0.5}"));
}

TEST_CASE("options, groups and lists that are called like parts of a network merge as all others do") {
  const auto merges = [](const char* base, const char* change, const char* both) {
    CHECK(merge(read(base), read(change)) == read(both));
  };
  merges("{plugin: mine, hidden: [8]}", "{layers: [relu]}", "{plugin: mine, hidden: [8], layers: [relu]}");
  merges("{plugin: mine, normal: 1}", "{uniform: 2}", "{plugin: mine, normal: 1, uniform: 2}");
  merges("{hidden: [0, 1]}", "{layers: [2, 3]}", "{hidden: [0, 1], layers: [2, 3]}");
  merges("{normal: [0, 1]}", "{uniform: [2, 3]}", "{normal: [0, 1], uniform: [2, 3]}");
  merges("{hidden: {plugin: adam}}", "{layers: {plugin: sgd}}",
         "{hidden: {plugin: adam}, layers: {plugin: sgd}}");
  merges("{hidden: [{plugin: adam}]}", "{layers: [{plugin: sgd}]}",
         "{hidden: [{plugin: adam}], layers: [{plugin: sgd}]}");
  merges("{normal: {plugin: adam}}", "{uniform: frozen}", "{normal: {plugin: adam}, uniform: frozen}");
}

TEST_CASE("chains with a pattern that the base lacks replace its chains, names and known patterns merge") {
  const Value base = read("{generator: {plugin: adam}, discriminator: [clip, {plugin: adam}]}");
  for (const char* chains : {"{'*.bias': frozen, '*': {plugin: sgd}}", "{'*': sgd}",
                             "{generator: {plugin: sgd}, '?*': [clip, {plugin: adam}]}"})
    CHECK(merge(base, read(chains)) == read(chains));
  CHECK(merge(base, read("{generator: frozen}")) ==
        read("{generator: frozen, discriminator: [clip, {plugin: adam}]}"));
  CHECK(merge(read("{'*.bias': frozen, '*': {plugin: sgd}}"), read("{'*.bias': {plugin: adam}}")) ==
        read("{'*.bias': {plugin: adam}, '*': {plugin: sgd}}"));
  CHECK(merge(read("{'*': {plugin: sgd}}"), read("{encoder: frozen}")) ==
        read("{'*': {plugin: sgd}, encoder: frozen}"));
  CHECK(merge(base, read("{generator: null, '*': {plugin: sgd}}")) ==
        read("{discriminator: [clip, {plugin: adam}], '*': {plugin: sgd}}"));
  // The axes of a sweep are keyed by paths, in which patterns may stand.
  CHECK(merge(read("{model.latent: {choice: [1]}}"), read("{optimizer.'*'.beta1: {choice: [0]}}"))
            .entries()
            .size() == 2);
}

TEST_CASE("merged values keep the place of the file they came from") {
  descent::Diagnostics diagnostics;
  const Value base = descent::experiment::parse_yaml("a: {x: 1, y: 2}", "base.yaml", diagnostics);
  const Value change = descent::experiment::parse_yaml("\na: {y: 3}", "change.yaml", diagnostics);
  const Value merged = merge(base, change);
  CHECK(merged.find("a")->find("x")->location().text() == "base.yaml:1:8");
  CHECK(merged.find("a")->find("y")->location().text() == "change.yaml:2:8");
}

TEST_CASE("paths are split at dots outside of quotes") {
  using Parts = std::vector<std::string>;
  CHECK(descent::experiment::split_path("trainer.batch_size") == Parts{"trainer", "batch_size"});
  CHECK(descent::experiment::split_path("optimizer.\"*.bias\".learning_rate") ==
        Parts{"optimizer", "*.bias", "learning_rate"});
  CHECK(descent::experiment::split_path("optimizer.'a.b'") == Parts{"optimizer", "a.b"});
  CHECK_THROWS_WITH(descent::experiment::split_path("a..b"), Contains("empty part"));
  CHECK_THROWS_WITH(descent::experiment::split_path(""), Contains("empty part"));
  CHECK_THROWS_WITH(descent::experiment::split_path("a.\"b"), Contains("is not closed"));
}

static const char* const base_experiment =
    "{model: gan, optimizer: {generator: {plugin: adam, beta1: 0.5}, '*.bias': [clip, {plugin: adam, name: "
    "last}]},"
    " trainer: {batch_size: 64, turns: [{discriminator: 1}, {generator: 1}]},"
    " metrics: [mode_coverage, {plugin: objective, name: a}, {plugin: objective, name: b}]}";

static Value overridden(const std::string& assignment) {
  Value value = read(base_experiment);
  descent::Diagnostics diagnostics;
  descent::experiment::apply_override(value, assignment, diagnostics);
  diagnostics.throw_if_any();
  return value;
}

static std::string override_problem(const std::string& assignment) {
  try {
    overridden(assignment);
  } catch (const descent::Error& error) {
    return error.what();
  }
  return "";
}

TEST_CASE("another prior replaces the one that was there, and the same one merges") {
  const auto merged = [](const std::string& base, const std::string& change) {
    return descent::experiment::merge(read("{model: {plugin: vae, prior: " + base + "}}"),
                                      read("{model: {prior: " + change + "}}"))
        .find("model")
        ->find("prior")
        ->description();
  };
  const auto prior = [](const std::string& text) { return read(text).description(); };
  CHECK(merged("{mixture: {components: 3}}", "{vamp: {components: 50}}") ==
        prior("{vamp: {components: 50}}"));
  CHECK(merged("{vamp: {components: 3, start: data}}", "{vamp: {components: 50}}") ==
        prior("{vamp: {components: 50, start: data}}"));
  CHECK(merged("{mixture: {components: 3}}", "standard") == prior("standard"));
}

TEST_CASE("overrides reach maps, named entries, numbered entries and short forms") {
  CHECK(overridden("trainer.batch_size=128").find("trainer")->find("batch_size")->integer() == 128);
  CHECK(overridden("seed=7").find("seed")->integer() == 7);
  CHECK(overridden("log.samples.every=5").find("log")->find("samples")->find("every")->integer() == 5);
  CHECK(overridden("model.latent=4").find("model")->find("plugin")->text() == "gan");
  CHECK(overridden("model.gan.latent=4") == overridden("model.latent=4"));
  const Value adam = overridden("optimizer.generator.adam.beta1=0");
  CHECK(adam == overridden("optimizer.generator.beta1=0"));
  CHECK(adam.find("optimizer")->find("generator")->find("beta1")->integer() == 0);
  CHECK(overridden("optimizer.\"*.bias\".last.beta2=0") == overridden("optimizer.'*.bias'.2.beta2=0"));
  CHECK(overridden("metrics.mode_coverage.every=5").find("metrics")->items()[0] ==
        read("{plugin: mode_coverage, every: 5}"));
  // The key of `at` has a dot of its own, in quotes or not.
  CHECK(overridden("metrics.b.at.elbo.beta=1").find("metrics")->items()[2].find("at")->find("elbo.beta") !=
        nullptr);
  CHECK(overridden("metrics.b.at.elbo.beta=1").find("metrics")->items()[2] ==
        overridden("metrics.b.at.\"elbo.beta\"=1").find("metrics")->items()[2]);
  CHECK(overridden("metrics.b.at={elbo.beta: 1}").find("metrics")->items()[2] ==
        overridden("metrics.b.at.elbo.beta=1").find("metrics")->items()[2]);
  CHECK(overridden("metrics.b.every=5").find("metrics")->items()[2].find("every")->integer() == 5);
  CHECK(overridden("trainer.turns.discriminator=5").find("trainer")->find("turns")->items()[0] ==
        read("{discriminator: 5}"));
  CHECK(overridden("optimizer.generator={plugin: sgd}")
            .find("optimizer")
            ->find("generator")
            ->entries()
            .size() == 1);
  CHECK(overridden("optimizer.generator={beta2: 0}").find("optimizer")->find("generator")->entries().size() ==
        3);
  CHECK(overridden("optimizer.discriminator=frozen").find("optimizer")->find("discriminator")->text() ==
        "frozen");
  CHECK(overridden("seed=7").find("seed")->location().text() == "command line: seed=7");
}

TEST_CASE("overrides that lead nowhere name what is near") {
  CHECK(
      override_problem("optimizer.generater.beta1=0") ==
      "command line: optimizer.generater.beta1=0: 'optimizer' has no 'generater'; did you mean 'generator'?");
  CHECK(override_problem("metrics.mode_coverag.every=5") ==
        "command line: metrics.mode_coverag.every=5: 'metrics' has no entry 'mode_coverag'; did you mean "
        "'mode_coverage'?");
  CHECK_THAT(override_problem("metrics.objective.every=5"), Contains("has no entry 'objective'"));
  CHECK_THAT(override_problem("metrics.4.every=5"), Contains("has no entry 4; there are 3, counted from 1"));
  CHECK_THAT(override_problem("metrics.0.every=5"), Contains("counted from 1"));
  CHECK_THAT(override_problem("trainer.batch_size.x=5"),
             Contains("'trainer.batch_size' is the number 64 and has no 'x'"));
  CHECK_THAT(override_problem("seed"), Contains("an override is written key.path=value"));
  CHECK_THAT(override_problem("=5"), Contains("empty part"));
  CHECK_THAT(override_problem("seed=[1"),
             Contains("command line: seed=[1: a list or a map cannot be a key; is its bracket closed?"));
  CHECK_THAT(override_problem("extends=x.yaml"), Contains("'extends' stands in a file"));
}

TEST_CASE("an override of one key of a map knows what it changes") {
  const auto changed = [](const std::string& base, const std::string& assignment) {
    Value value = read(base);
    descent::Diagnostics diagnostics;
    descent::experiment::apply_override(value, assignment, diagnostics, &test_registry());
    diagnostics.throw_if_any();
    return value;
  };
  CHECK(changed("{optimizer: test_descent}", "optimizer={encoder: test_descent, decoder: frozen}") ==
        read("{optimizer: {encoder: test_descent, decoder: frozen}}"));
  CHECK(changed("{optimizer: {plugin: test_descent, learning_rate: 2}}", "optimizer.encoder=test_descent") ==
        read("{optimizer: {encoder: test_descent}}"));
  CHECK(changed("{optimizer: {plugin: test_descent}}", "optimizer.'*'=frozen") ==
        read("{optimizer: {'*': frozen}}"));
  CHECK(changed("{model: {plugin: a, g: {activation: {leaky_relu: 0.2}}}}", "model.g.activation={elu: 1}") ==
        read("{model: {plugin: a, g: {activation: {elu: 1}}}}"));
}

TEST_CASE("an empty value is refused, and null takes a key out") {
  for (const char* assignment : {"trainer.batch_size=", "trainer.batch_size=  ", "seed=", "model.latent="}) {
    INFO(assignment);
    CHECK_THAT(override_problem(assignment), Contains("is given an empty value") && Contains("=null"));
  }
  CHECK_THAT(override_problem("trainer.batch_size="), Contains("'trainer.batch_size'"));
  CHECK(overridden("trainer.batch_size=null").find("trainer")->find("batch_size") == nullptr);
  CHECK(overridden("model.latent=null").find("model")->find("latent") == nullptr);
  CHECK(overridden("model.latent=''").find("model")->find("latent")->text().empty());
}
