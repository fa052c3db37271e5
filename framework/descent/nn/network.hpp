#pragma once

#include <memory>
#include <string>
#include <vector>

#include "descent/autograd/ops.hpp"
#include "descent/base/value.hpp"
#include "descent/nn/parameter.hpp"
#include "descent/nn/pass.hpp"

namespace descent {

/// One step of a network.
class DESCENT_API Layer {
 public:
  virtual ~Layer();
  /// (batch, …) -> (batch, …)
  virtual Variable forward(const Variable& x, Pass& pass) = 0;
};

/// A network as an experiment describes it: either short, `{hidden: [400, 400], activation: relu}`, or layer by layer:
///
///     layers:
///       - {linear: 400, initialiser: glorot_uniform}
///       - batch_norm
///       - {leaky_relu: 0.2}
///       - {dropout: 0.3}
///
/// Keys of the map beside `layers` or `hidden`: `initialiser` (a name, or a map such as `{normal: 0.02}`) for every
/// layer that names none, `activation`, and for the short form `batch_norm: true` and `dropout: 0.2` behind every
/// hidden layer.
class DESCENT_API NetworkSpec {
 public:
  NetworkSpec() = default;
  /// Reads a description; adds what is wrong with it to `problems`, each with its place.
  static NetworkSpec parse(const Value& value, Problems& problems);
  /// The names of all layers, activations and initialisers that a description may use, for manual pages.
  static std::vector<std::string> layer_names();
  static std::vector<std::string> activation_names();
  static std::vector<std::string> initialiser_names();

  struct LayerSpec;
  const std::vector<LayerSpec>& layers() const { return layers_; }
  const std::string& default_initialiser() const { return initialiser_; }

 private:
  friend class Network;
  std::vector<LayerSpec> layers_;
  std::string initialiser_ = "fan_in_uniform";
  Value initialiser_value_;
};

/// What one entry of `layers` says: its kind, its main number, and its own initialiser if it names one.
struct NetworkSpec::LayerSpec {
  std::string kind;
  double argument = 0;
  Value initialiser;
  bool bias = true;
};

/// A chain of layers with registered parameters (`group.0.weight`, `group.0.bias`, …, numbered by parametrised layer).
class DESCENT_API Network {
 public:
  /// No layers: forward gives what it got.
  Network() = default;
  /// `input` is the shape of one example. Inputs of more than one dimension are flattened by the first linear layer.
  /// With `outputs` > 0 a last linear layer of that many outputs and without activation is added.
  Network(const NetworkSpec& spec, const Shape& input, std::int64_t outputs, std::string_view group,
          Registrar& registrar);
  Variable forward(const Variable& x, Pass& pass) const;
  /// The shape of one example of the result.
  const Shape& output() const { return output_; }

 private:
  std::vector<std::unique_ptr<Layer>> layers_;
  Shape output_;
};

}  // namespace descent
