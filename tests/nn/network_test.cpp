#include "descent/nn/network.hpp"

#include <catch2/catch.hpp>

#include "descent/experiment/yaml.hpp"
#include "support/gradient_check.hpp"
#include "support/layers.hpp"
#include "support/materialize.hpp"

using namespace descent;
using testing::gradient_mismatch;
using testing::network_of;
using testing::random_tensor;

namespace {

// What is wrong with a description, a line each.
std::string problems(const std::string& yaml) {
  try {
    network_of(yaml);
  } catch (const Error& error) {
    return error.what();
  }
  return "nothing";
}

std::vector<std::string> kinds(NetworkSpec spec) {
  std::vector<std::string> result;
  for (const MadeLayer& layer : spec.take_layers()) result.push_back(layer.title);
  return result;
}

std::vector<std::string> layers(std::initializer_list<const char*> names) {
  std::vector<std::string> result;
  for (const char* name : names) result.push_back(std::string("layer '") + name + "'");
  return result;
}

std::vector<std::string> parameter_names(const Registrar& registrar) {
  std::vector<std::string> result;
  for (const auto& parameter : registrar.parameters())
    result.push_back(parameter->name + " " + parameter->shape.text());
  return result;
}

Network build(const std::string& yaml, const Shape& input, const Shape& wanted, const std::string& group,
              Registrar& registrar) {
  NetworkSpec spec = network_of(yaml);
  return {spec, input, wanted, group, registrar};
}

std::string refusal(const std::string& yaml, const Shape& input, const Shape& wanted) {
  Registrar registrar;
  try {
    build(yaml, input, wanted, "net", registrar);
  } catch (const Error& error) {
    return error.what();
  }
  return "none";
}

Pass pass_of(Mode mode) {
  return Pass(mode, 1, 1, 0, BufferUpdates::none);
}

const std::vector<std::string> activations = {"relu",    "leaky_relu", "elu", "tanh",
                                              "sigmoid", "softplus",   "gelu"};

}  // namespace

TEST_CASE("the short form stands for hidden layers, each with its companions") {
  CHECK(kinds(network_of("{hidden: [4, 5], activation: {leaky_relu: 0.2}, batch_norm: true, dropout: 0.25, "
                         "head: none}")) == layers({"linear", "batch_norm", "leaky_relu", "dropout", "linear",
                                                    "batch_norm", "leaky_relu", "dropout"}));
  CHECK(kinds(network_of("{hidden: [4]}")) == layers({"linear", "relu", "linear"}));
  CHECK(kinds(network_of("{hidden: [], head: none}")).empty());
}

TEST_CASE("a description is completed with the options of its layers, at any depth") {
  const NetworkSpec spec = network_of(
      "{layers: [{residual: {layers: [{leaky_relu: 0.3}, dropout]}}, {linear: 3}, {linear: output, bias: "
      "false, initializer: he_normal}]}");
  CHECK(experiment::to_yaml(spec.resolved()) == experiment::to_yaml([] {
          Diagnostics none;
          return experiment::parse_yaml(
              "{layers: [{residual: {layers: [{leaky_relu: {slope: 0.3}}, {dropout: {rate: 0.5}}], shortcut: "
              "[]}}, {linear: {outputs: 3, bias: true, spectral_norm: false}}, {linear: {outputs: output, "
              "bias: false, spectral_norm: false, "
              "initializer: he_normal}}]}",
              "", none);
        }()));
  const NetworkSpec short_form = network_of("{hidden: [4], activation: leaky_relu}");
  CHECK(short_form.resolved().find("activation")->find("leaky_relu")->find("slope")->number() == 0.01);
}

TEST_CASE("a completed description describes the same network") {
  for (const char* yaml :
       {"{layers: [{residual: {layers: [{linear: 3}, {dropout: 0.2}], shortcut: {linear: 3}}}, tanh]}",
        "{hidden: [4, 4], activation: {elu: 0.5}, batch_norm: true}"}) {
    Registrar first, second;
    build(yaml, {3}, {2}, "net", first);
    build(experiment::to_yaml(network_of(yaml).resolved()), {3}, {2}, "net", second);
    CHECK(parameter_names(first) == parameter_names(second));
    CHECK(network_of(experiment::to_yaml(network_of(yaml).resolved())).resolved() ==
          network_of(yaml).resolved());
  }
}

TEST_CASE("parameters are numbered by layers that have any, and shapes follow from layer to layer") {
  Registrar registrar;
  const Network network = build(
      "{layers: [{linear: 4, initializer: he_normal}, batch_norm, {leaky_relu: 0.2}, {dropout: 0.3}, "
      "{linear: {outputs: 5, bias: false}}, tanh]}",
      {2, 3}, {7}, "generator", registrar);
  CHECK(parameter_names(registrar) ==
        std::vector<std::string>{"generator.0.weight (6, 4)", "generator.0.bias (4)", "generator.1.scale (4)",
                                 "generator.1.shift (4)", "generator.2.weight (4, 5)",
                                 "generator.3.weight (5, 7)", "generator.3.bias (7)"});
  CHECK(registrar.parameters()[0]->fan.in == 6);
  CHECK(registrar.parameters()[1]->fan.in == 6);
  CHECK(registrar.parameters()[1]->fan.out == 4);
  CHECK(network.output() == Shape{7});
  testing::materialize(registrar);
  Pass pass = pass_of(Mode::training);
  CHECK(network.forward(random_tensor({8, 2, 3}, -1, 1), pass).shape() == Shape{8, 7});
  // Its own initializer starts biases at 0, the network's default does not.
  CHECK(registrar.parameters()[1]->value.to_doubles() == std::vector<double>(4, 0));
  CHECK(registrar.parameters()[6]->value.to_doubles() != std::vector<double>(7, 0));
}

TEST_CASE("layers inside layers are numbered from 0 under the name of their option") {
  Registrar registrar;
  build(
      "{layers: [{linear: 4}, {residual: {layers: [{linear: 4}, relu, {residual: [{linear: 4}]}], shortcut: "
      "{linear: 4}}}]}",
      {4}, {}, "decoder", registrar);
  CHECK(parameter_names(registrar) ==
        std::vector<std::string>{"decoder.0.weight (4, 4)", "decoder.0.bias (4)",
                                 "decoder.1.layers.0.weight (4, 4)", "decoder.1.layers.0.bias (4)",
                                 "decoder.1.layers.1.layers.0.weight (4, 4)",
                                 "decoder.1.layers.1.layers.0.bias (4)", "decoder.1.shortcut.0.weight (4, 4)",
                                 "decoder.1.shortcut.0.bias (4)"});
}

TEST_CASE("output is the size that is asked of the network, and takes the head's place") {
  Registrar registrar;
  const Network network =
      build("{layers: [{linear: 4}, relu, {linear: output}, sigmoid]}", {3}, {2, 5}, "net", registrar);
  CHECK(network.output() == Shape{10});
  CHECK(parameter_names(registrar).back() == "net.1.bias (10)");
  CHECK(refusal("{layers: [{linear: output}]}", {3}, {}) ==
        "net.yaml:1:11: layer 'linear' of network 'net': nothing asks network 'net' for a size that 'output' "
        "could stand "
        "for; write a number");
  CHECK(
      refusal("{layers: [{linear: 4}], head: none}", {3}, {2}) ==
      "network 'net' ends with (4), but (2) is asked for; end it with a layer of the size 'output', or leave "
      "out 'head: none'");
  CHECK(refusal("{layers: [{linear: 2}], head: none}", {3}, {2}) == "none");
  CHECK(
      refusal("{layers: [{linear: output}, {linear: 3}]}", {3}, {2}) ==
      "network 'net' ends with (3), but (2) is asked for; end it with a layer of the size 'output', or leave "
      "out 'head: none'");
}

TEST_CASE("a layer that does not fit names itself, its network and both shapes") {
  CHECK(refusal("{layers: [{reshape: [2, 3]}]}", {5}, {}) ==
        "net.yaml:1:11: layer 'reshape' of network 'net': an example of shape (5) cannot be reshaped to (2, "
        "3): the first has "
        "5 numbers, the second 6");
  CHECK(refusal("{layers: [{residual: {layers: [{linear: 4}]}}]}", {3}, {}) ==
        "net.yaml:1:11: layer 'residual' of network 'net': its layers make (4) of (3), but its shortcut (3)");
  CHECK(refusal("{layers: [{relu: , initializer: he_normal}]}", {3}, {}) ==
        "net.yaml:1:11: layer 'relu' of network 'net' has no parameters that its initializer could start");
}

TEST_CASE("reshape and flatten keep the numbers in their order") {
  Pass pass = pass_of(Mode::training);
  const Variable x = random_tensor({4, 6}, -1, 1);
  const testing::BuiltLayer to_image("{reshape: [1, 2, 3]}", {6}), back("flatten", {1, 2, 3});
  CHECK(to_image.forward(x, pass).shape() == Shape{4, 1, 2, 3});
  CHECK(to_image.forward(x, pass).value().to_doubles() == x.value().to_doubles());
  CHECK(back.forward(to_image.forward(x, pass), pass).shape() == Shape{4, 6});
}

TEST_CASE("a residual layer adds its shortcut") {
  Pass pass = pass_of(Mode::training);
  const Variable x = random_tensor({4, 3}, -1, 1);
  const auto check = [&](const char* yaml, const Variable& expected) {
    const testing::BuiltLayer layer(yaml, {3});
    CHECK(layer.forward(x, pass).value().to_doubles() == expected.value().to_doubles());
  };
  check("{residual: [tanh]}", tanh(x) + x);
  check("{residual: {layers: [tanh, sigmoid], shortcut: relu}}", sigmoid(tanh(x)) + relu(x));
}

TEST_CASE("a network without layers returns its input") {
  Registrar registrar;
  NetworkSpec none;
  const Network network(none, {2, 3}, {}, "generator", registrar);
  Pass pass = pass_of(Mode::training);
  const Variable x = random_tensor({4, 2, 3}, -1, 1);
  CHECK(network.forward(x, pass).node() == x.node());
  CHECK(Network().forward(x, pass).node() == x.node());
  CHECK(network.output() == Shape{2, 3});
}

TEST_CASE("one description can make several networks") {
  NetworkSpec spec = network_of("{hidden: [4]}");
  Registrar registrar;
  const Network first(spec, {3}, {2}, "a", registrar), second(spec, {3}, {2}, "b", registrar);
  testing::materialize(registrar);
  Pass pass = pass_of(Mode::training);
  const Variable x = random_tensor({4, 3}, -1, 1);
  CHECK(registrar.parameters().size() == 8);
  CHECK(first.forward(x, pass).value().to_doubles() != second.forward(x, pass).value().to_doubles());
}

TEST_CASE("an activation computes the same whether it is fused with a linear layer or stands alone") {
  for (const std::string& name : activations) {
    CAPTURE(name);
    Registrar registrar, parts_registrar;
    const Network fused = build("{layers: [{linear: 5}, " + name + "]}", {3}, {}, "net", registrar);
    const Network linear = build("{layers: [{linear: 5}]}", {3}, {}, "net", parts_registrar);
    const Network activation = build("{layers: [" + name + "]}", {5}, {}, "alone", parts_registrar);
    testing::materialize(registrar);
    testing::materialize(parts_registrar);
    Pass pass = pass_of(Mode::training);
    const Variable x = random_tensor({7, 3}, -2, 2);
    const auto whole = fused.forward(x, pass).value().to_doubles();
    const auto parts = activation.forward(linear.forward(x, pass), pass).value().to_doubles();
    for (std::size_t i = 0; i < whole.size(); ++i) CHECK(whole[i] == Approx(parts[i]).margin(1e-6));
  }
}

TEST_CASE("all parameters of a network have right gradients, to the second order") {
  for (const std::string& name : activations) {
    CAPTURE(name);
    Registrar registrar;
    const Network network = build("{hidden: [17, 3], activation: " + name + ", dropout: 0.2, batch_norm: " +
                                      (name == "tanh" ? "true" : "false") + ", initializer: fan_in_uniform}",
                                  {4}, {2}, "net", registrar);
    testing::materialize(registrar);
    auto leaves = testing::variables(registrar);
    leaves.push_back(Variable::leaf(random_tensor({5, 4}, -1, 1)));
    const auto loss = [&] {
      Pass pass = pass_of(Mode::training);
      return square(network.forward(leaves.back(), pass));
    };
    // Differences across a kink of relu would mislead: 1e-6 hardly ever meets one.
    CHECK(gradient_mismatch(loss, leaves, {.tolerance = 1e-5, .step = 1e-6}) == "");
  }
}

TEST_CASE("mistakes in a description are reported with their location and what would be right") {
  using Catch::Contains;
  CHECK(problems("{hidden: [4], activaton: relu}") ==
        "net.yaml:1:15: a network has no key 'activaton'; did you mean 'activation'?");
  CHECK_THAT(problems("{hidden: [4, 5], activation: rellu}"),
             Contains("net.yaml:1:30: there is no layer 'rellu'; did you mean 'relu'?") && !Contains("\n"));
  CHECK_THAT(problems("{hidden: 4}"), Contains("'hidden' must be a list"));
  CHECK_THAT(problems("{hidden: [0]}"), Contains("the number 0"));
  CHECK_THAT(problems("{hidden: [1.5]}"), Contains("1.5"));
  CHECK_THAT(problems("{hidden: [4], dropout: 1}"), Contains("'rate' must be a number in [0, 1)"));
  CHECK_THAT(problems("{hidden: [4], batch_norm: 1}"), Contains("true or false"));
  CHECK_THAT(problems("{hidden: [4], layers: []}"), Contains("not both"));
  CHECK_THAT(problems("{layers: [], dropout: 0.5}"), Contains("entry of that list"));
  CHECK_THAT(problems("{layers: relu}"), Contains("must be a list"));
  CHECK_THAT(problems("{hidden: [4], initializer: glorot}"), Contains("no initializer 'glorot'"));
  CHECK_THAT(problems("{hidden: [4], head: tanh}"), Contains("'head' must be linear or none"));
  CHECK_THAT(problems("mlp"), Contains("the text 'mlp'"));
  CHECK_THAT(problems("{}"), Contains("a map with neither"));
}

TEST_CASE("mistakes in a layer are reported") {
  using Catch::Contains;
  const auto of_layer = [](const std::string& entry) { return problems("{layers: [" + entry + "]}"); };
  CHECK_THAT(of_layer("batchnorm"), Contains("did you mean 'batch_norm'?"));
  CHECK_THAT(of_layer("linear"), Contains("layer 'linear' needs 'outputs'"));
  CHECK_THAT(of_layer("{linear: wide}"), Contains("not the text 'wide'"));
  CHECK_THAT(of_layer("{leaky_relu: -1}"), Contains("at least 0"));
  CHECK_THAT(of_layer("{elu: 0}"), Contains("above 0"));
  CHECK_THAT(of_layer("{relu: 0.1}"), Contains("layer 'relu' takes no"));
  CHECK_THAT(of_layer("{linear: 3, relu: {}}"), Contains("'linear' and 'relu'"));
  CHECK_THAT(of_layer("{relu: , bias: true}"), Contains("layer 'relu' has no option 'bias'"));
  CHECK_THAT(of_layer("{linear: 3, bias: 1}"), Contains("'bias' must be true or false"));
  CHECK_THAT(of_layer("{linear: 3, initializer: x}"), Contains("no initializer 'x'"));
  CHECK_THAT(of_layer("3"), Contains("the number 3"));
  CHECK_THAT(of_layer("{residual: {layers: [{linear: 0}, bathc_norm]}}"),
             Contains("the number 0") && Contains("did you mean 'batch_norm'?"));
}

TEST_CASE("a layer that says tap is what others see as features, inside of a layer too") {
  const auto features = [](const std::string& layers, std::int64_t width) {
    Registrar registrar;
    const Network network = build("{layers: " + layers + "}", {3}, {}, "net", registrar);
    testing::materialize(registrar);
    Pass pass = pass_of(Mode::evaluation);
    const Variable x = random_tensor({4, 3}, -1, 1);
    const auto [result, seen] = network.forward_with_features(x, {}, pass);
    CHECK(seen.shape() == Shape{4, width});
    CHECK(result.value().to_doubles() == network.forward(x, pass).value().to_doubles());
    return seen.value().to_doubles();
  };
  features("[{linear: 5}, relu, {linear: 2}]", 5);  // the last layer's input
  features("[{linear: 5, tap: true}, relu, {linear: 2}]", 5);
  features("[{linear: 9}, {residual: {layers: [{linear: 4, tap: true}, relu, {linear: 9}]}}, {linear: 5}]",
           4);
  // Of a layer that could apply the activation after it, the result before that.
  CHECK(features("[{linear: 5, tap: true}, relu, {linear: 2}]", 5) !=
        features("[{linear: 5}, {relu: , tap: true}, {linear: 2}]", 5));
  CHECK(refusal("{layers: [{linear: 5, tap: true}, {linear: 2, tap: true}]}", {3}, {}) ==
        "net.yaml:1:35: two layers of network 'net' say 'tap'; only one can");
}

TEST_CASE("an option of a layer that is given twice is refused") {
  for (const char* layers : {"[{linear: 8, outputs: 9}]", "[{linear: {outputs: 8}, outputs: 9}]",
                             "[{linear: {outputs: 8, tap: false}, tap: true}]"})
    CHECK_THAT(problems("{layers: " + std::string(layers) + "}"),
               Catch::Contains("layer 'linear' is given '") && Catch::Contains("twice in this entry"));
  CHECK(problems("{layers: [{linear: {outputs: 8}, tap: true}]}") == "nothing");
}
