#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "descent/nn/network_spec.hpp"

namespace descent {

/// A chain of layers with registered parameters (`group.0.weight`, `group.0.bias`, …), numbered by the layers
/// that register something.
class DESCENT_API Network {
 public:
  /// No layers: forward() returns its input.
  Network() = default;
  /// `input` is the shape of one example; `wanted` that of one example of the result, with any shape of as
  /// many numbers, empty: whatever the layers make. `condition` is the shape of one example's condition. An
  /// activation after a layer that can apply it itself becomes one op with that layer. Throws Error where a
  /// layer does not fit.
  Network(NetworkSpec& spec, const Shape& input, const Shape& wanted, std::string_view group,
          Registrar& registrar, const Shape& condition = {});
  /// A network inside a layer: registers in the layer's scope, and has no head.
  Network(NetworkSpec& spec, const Shape& input, const Shape& condition, const Scope& scope);

  /// (batch, input…) -> (batch, output…). `y` (batch, condition…) reaches every layer.
  Variable forward(const Variable& x, Pass& pass) const { return forward(x, {}, pass); }
  Variable forward(const Variable& x, const Variable& y, Pass& pass) const;
  struct WithFeatures {
    Variable result;
    /// The result of the layer that says `tap: true`, or else the input of the last one.
    Variable features;
  };
  WithFeatures forward_with_features(const Variable& x, const Variable& y, Pass& pass) const;
  /// The shape of one example of the result.
  const Shape& output() const { return output_; }
  /// The shape of one example's features, unless it is a layer inside of a layer that says `tap: true`.
  const Shape& features() const { return features_; }
  bool mixes_examples() const;

 private:
  void add_layers(NetworkSpec& spec, const Shape& condition, const Scope& scope, bool with_head);

  std::vector<std::shared_ptr<Layer>> layers_;
  std::vector<std::string> titles_;  // of the layers, for messages: `layer 'linear' of network 'encoder': `
  std::optional<std::size_t> tap_;   // a place in layers_
  Shape output_, features_;
};

}  // namespace descent
