#include "descent/nn/network.hpp"

#include <catch2/catch.hpp>

#include "support/diagnostic_lines.hpp"
#include "support/gradient_check.hpp"
#include "support/materialize.hpp"

using namespace descent;
using testing::gradient_mismatch;
using testing::random_tensor;

namespace {

Value map(std::vector<Value::Entry> entries) {
  return Value::map(std::move(entries));
}
Value::Entry entry(const char* key, Value value) {
  return {key, std::move(value), {"net.yaml", 2, 3}};
}

NetworkSpec parsed(const Value& value) {
  Diagnostics diagnostics;
  NetworkSpec spec = NetworkSpec::parse(value, diagnostics);
  diagnostics.throw_if_any();
  return spec;
}

// The only problem with a description.
std::string problem(const Value& value) {
  Diagnostics diagnostics;
  NetworkSpec::parse(value, diagnostics);
  return diagnostics.size() == 1 ? descent::testing::lines_of(diagnostics)[0]
                                 : "not one problem, but " + std::to_string(diagnostics.size());
}

std::string problem_of_layer(Value layer) {
  return problem(map({entry("layers", Value::list({std::move(layer)}))}));
}

std::vector<std::string> kinds(const NetworkSpec& spec) {
  std::vector<std::string> result;
  for (const auto& layer : spec.layers()) result.push_back(layer.kind);
  return result;
}

std::vector<std::string> parameter_names(const Registrar& registrar) {
  std::vector<std::string> result;
  for (const auto& parameter : registrar.parameters())
    result.push_back(parameter->name + " " + parameter->shape.text());
  return result;
}

Pass pass_of(Mode mode) {
  return Pass(mode, 1, 1, 0, false);
}

}  // namespace

TEST_CASE("the short form stands for hidden layers, each with its companions") {
  const NetworkSpec spec =
      parsed(map({entry("hidden", Value::list({Value::of(4), Value::of(5)})),
                  entry("activation", map({entry("leaky_relu", Value::of(0.2))})),
                  entry("batch_norm", Value::of(true)), entry("dropout", Value::of(0.25))}));
  CHECK(kinds(spec) == std::vector<std::string>{"linear", "batch_norm", "leaky_relu", "dropout", "linear",
                                                "batch_norm", "leaky_relu", "dropout"});
  CHECK(spec.layers()[0].argument == 4);
  CHECK(spec.layers()[2].argument == 0.2);
  CHECK(spec.layers()[3].argument == 0.25);
  CHECK(kinds(parsed(map({entry("hidden", Value::list({Value::of(4)}))}))) ==
        std::vector<std::string>{"linear", "relu"});
  CHECK(kinds(parsed(map({entry("hidden", Value::list())}))).empty());
}

TEST_CASE("parameters are numbered by layers that have any, and shapes follow from layer to layer") {
  const NetworkSpec spec = parsed(map(
      {entry("layers",
             Value::list({map({entry("linear", Value::of(4)), entry("initializer", Value::of("he_normal"))}),
                          Value::of("batch_norm"), map({entry("leaky_relu", Value::of(0.2))}),
                          map({entry("dropout", Value::of(0.3))}),
                          map({entry("linear", Value::of(5)), entry("bias", Value::of(false))}),
                          Value::of("tanh")}))}));
  Registrar registrar;
  const Network network(spec, {2, 3}, 7, "generator", registrar);
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

TEST_CASE("a network without layers gives what it got") {
  Registrar registrar;
  const Network network(NetworkSpec(), {2, 3}, 0, "generator", registrar);
  Pass pass = pass_of(Mode::training);
  const Variable x = random_tensor({4, 2, 3}, -1, 1);
  CHECK(network.forward(x, pass).node() == x.node());
  CHECK(Network().forward(x, pass).node() == x.node());
  CHECK(network.output() == Shape{2, 3});
}

TEST_CASE("an activation computes the same whether it is fused with a linear layer or stands alone") {
  for (const std::string& name : NetworkSpec::activation_names()) {
    CAPTURE(name);
    Registrar registrar, parts_registrar;
    const Network fused(
        parsed(map({entry("layers", Value::list({map({entry("linear", Value::of(5))}), Value::of(name)}))})),
        {3}, 0, "net", registrar);
    const Network linear(parsed(map({entry("layers", Value::list({map({entry("linear", Value::of(5))})}))})),
                         {3}, 0, "net", parts_registrar);
    const Network activation(parsed(map({entry("layers", Value::list({Value::of(name)}))})), {5}, 0, "alone",
                             parts_registrar);
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
  for (const std::string& name : NetworkSpec::activation_names()) {
    CAPTURE(name);
    Registrar registrar;
    const Network network(parsed(map({entry("hidden", Value::list({Value::of(17), Value::of(3)})),
                                      entry("activation", Value::of(name)), entry("dropout", Value::of(0.2)),
                                      entry("batch_norm", Value::of(name == "tanh")),
                                      entry("initializer", Value::of("fan_in_uniform"))})),
                          {4}, 2, "net", registrar);
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

TEST_CASE("mistakes in a description are told with their place and what would be right") {
  const Value widths = Value::list({Value::of(4)});
  CHECK(problem(map({entry("hidden", widths), entry("activaton", Value::of("relu"))})) ==
        "net.yaml:2:3: a network has no key 'activaton'; did you mean 'activation'?");
  CHECK(problem(
            map({entry("hidden", widths), entry("activation", Value::of("rellu").at({"net.yaml", 4, 5}))})) ==
        "net.yaml:4:5: there is no activation 'rellu'; did you mean 'relu'?");
  CHECK_THAT(problem(map({entry("hidden", widths), entry("activation", Value::of("linear"))})),
             Catch::Contains("no activation 'linear'"));
  CHECK_THAT(problem(map({entry("hidden", Value::of(4))})), Catch::Contains("'hidden' must be a list"));
  CHECK_THAT(problem(map({entry("hidden", Value::list({Value::of(0)}))})), Catch::Contains("the number 0"));
  CHECK_THAT(problem(map({entry("hidden", Value::list({Value::of(1.5)}))})), Catch::Contains("1.5"));
  CHECK_THAT(problem(map({entry("hidden", widths), entry("dropout", Value::of(1))})),
             Catch::Contains("'dropout'"));
  CHECK_THAT(problem(map({entry("hidden", widths), entry("batch_norm", Value::of(1))})),
             Catch::Contains("true or false"));
  CHECK_THAT(problem(map({entry("hidden", widths), entry("layers", Value::list())})),
             Catch::Contains("not both"));
  CHECK_THAT(problem(map({entry("layers", Value::list()), entry("dropout", Value::of(0.5))})),
             Catch::Contains("entry of that list"));
  CHECK_THAT(problem(map({entry("layers", Value::of("relu"))})), Catch::Contains("must be a list"));
  CHECK_THAT(problem(map({entry("hidden", widths), entry("initializer", Value::of("glorot"))})),
             Catch::Contains("no initializer 'glorot'"));
  CHECK_THAT(problem(Value::of("mlp")), Catch::Contains("the text 'mlp'"));
  CHECK_THAT(problem(map({})), Catch::Contains("a map with neither"));
}

TEST_CASE("mistakes in a layer are told") {
  CHECK_THAT(problem_of_layer(Value::of("batchnorm")), Catch::Contains("did you mean 'batch_norm'?"));
  CHECK_THAT(problem_of_layer(Value::of("linear")), Catch::Contains("as in {linear: 128}"));
  CHECK_THAT(problem_of_layer(Value::of("dropout")), Catch::Contains("as in {dropout: 0.2}"));
  CHECK_THAT(problem_of_layer(map({entry("linear", Value::of("wide"))})), Catch::Contains("'wide'"));
  CHECK_THAT(problem_of_layer(map({entry("leaky_relu", Value::of(-1))})), Catch::Contains("at least 0"));
  CHECK_THAT(problem_of_layer(map({entry("elu", Value::of(0))})), Catch::Contains("above 0"));
  CHECK_THAT(problem_of_layer(map({entry("relu", Value::of(0.1))})), Catch::Contains("takes no argument"));
  CHECK_THAT(problem_of_layer(map({entry("linear", Value::of(3)), entry("relu", Value())})),
             Catch::Contains("'linear' and 'relu'"));
  CHECK_THAT(problem_of_layer(map({entry("relu", Value()), entry("bias", Value::of(true))})),
             Catch::Contains("only layer 'linear'"));
  CHECK_THAT(problem_of_layer(map({entry("linear", Value::of(3)), entry("bias", Value::of(1))})),
             Catch::Contains("'bias' must be true or false"));
  CHECK_THAT(problem_of_layer(map({entry("linear", Value::of(3)), entry("initializer", Value::of("x"))})),
             Catch::Contains("no initializer 'x'"));
  CHECK_THAT(problem_of_layer(Value::of(3)), Catch::Contains("the number 3"));
}
