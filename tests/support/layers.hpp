#pragma once

#include <memory>
#include <string>

#include "descent/nn/network.hpp"

namespace descent::testing {

/// The layers of test_registry().
const LayerSource& test_layers();

/// A network of which the YAML says the map, `{hidden: [4]}`. Throws Error with every problem.
NetworkSpec network_of(const std::string& yaml);

/// One layer, built by itself as layer 0 of the network `net`, with its first values.
struct BuiltLayer {
  /// `yaml`: an entry of `layers`. `example`: the shape of one example of its input.
  BuiltLayer(const std::string& yaml, const Shape& example, const Shape& wanted = {});
  Variable forward(const Variable& x, Pass& pass) const { return network.forward(x, pass); }

  Registrar registrar;
  Network network;
};

}  // namespace descent::testing
