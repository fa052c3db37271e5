#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "descent/plugin/options.hpp"
#include "support/layers.hpp"

using descent::Diagnostics;
using descent::NetworkSpec;
using descent::OptionSpec;
using descent::OptionTable;
using descent::Value;

namespace {

struct WithNetwork {
  NetworkSpec network;
  static void options(OptionSpec<WithNetwork>& o) {
    o.network("network", &WithNetwork::network, NetworkSpec::hidden({8}, "leaky_relu"));
  }
};

}  // namespace

TEST_CASE("a network that says how many units are hidden has its usual activation") {
  OptionTable table;
  OptionSpec<WithNetwork> spec(table);
  WithNetwork::options(spec);
  const auto kinds = [&](const Value& network) {
    WithNetwork object;
    Diagnostics diagnostics;
    table.read(Value::map({{"network", network, {}}}), "model 'x'", {}, &object,
               {descent::testing::test_layers(), diagnostics});
    diagnostics.throw_if_any();
    std::vector<std::string> names;
    for (const auto& layer : object.network.take_layers()) names.push_back(layer.title);
    names.pop_back();  // the head
    return names;
  };
  const Value sizes = Value::list({Value::of(3)});
  CHECK(kinds(Value::map({{"hidden", sizes, {}}})) ==
        std::vector<std::string>{"layer 'linear'", "layer 'leaky_relu'"});
  CHECK(kinds(Value::map({{"hidden", sizes, {}}, {"activation", Value::of("tanh"), {}}})) ==
        std::vector<std::string>{"layer 'linear'", "layer 'tanh'"});
  const Value layers = Value::list({Value::map({{"linear", Value::of(3), {}}})});
  CHECK(kinds(Value::map({{"layers", layers, {}}})) == std::vector<std::string>{"layer 'linear'"});
  WithNetwork object;
  Diagnostics diagnostics;
  const Value section = Value::map({{"network", Value::map({{"hidden", sizes, {}}}), {}}});
  table.read(section, "model 'x'", {}, &object, {descent::testing::test_layers(), diagnostics});
  const Value resolved = table.resolved(section, &object);
  CHECK(resolved.find("network")->find("activation")->find("leaky_relu") != nullptr);
}
