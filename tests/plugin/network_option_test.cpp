#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "descent/plugin/options.hpp"

using descent::Diagnostics;
using descent::NetworkSpec;
using descent::OptionSpec;
using descent::OptionTable;
using descent::Value;

namespace {

struct Network {
  NetworkSpec network;
  static void options(OptionSpec<Network>& o) {
    o.network("network", &Network::network, NetworkSpec::hidden({8}, "leaky_relu"));
  }
};

}  // namespace

TEST_CASE("a network that says how many units are hidden has its usual activation") {
  OptionTable table;
  OptionSpec<Network> spec(table);
  Network::options(spec);
  const auto kinds = [&](const Value& network) {
    Network object;
    Diagnostics diagnostics;
    table.read(Value::map({{"network", network, {}}}), "model 'x'", {}, &object, diagnostics);
    diagnostics.throw_if_any();
    std::vector<std::string> names;
    for (const auto& layer : object.network.layers()) names.push_back(layer.kind);
    return names;
  };
  const Value sizes = Value::list({Value::of(3)});
  CHECK(kinds(Value::map({{"hidden", sizes, {}}})) == std::vector<std::string>{"linear", "leaky_relu"});
  CHECK(kinds(Value::map({{"hidden", sizes, {}}, {"activation", Value::of("tanh"), {}}})) ==
        std::vector<std::string>{"linear", "tanh"});
  const Value layers = Value::list({Value::map({{"linear", Value::of(3), {}}})});
  CHECK(kinds(Value::map({{"layers", layers, {}}})) == std::vector<std::string>{"linear"});
  const Value resolved = table.resolved(Value::map({{"network", Value::map({{"hidden", sizes, {}}}), {}}}));
  CHECK(resolved.find("network")->find("activation")->text() == "leaky_relu");
}
