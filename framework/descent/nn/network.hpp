#pragma once

#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "descent/autograd/ops.hpp"
#include "descent/config/diagnostics.hpp"
#include "descent/config/value.hpp"
#include "descent/nn/layers.hpp"
#include "descent/nn/parameter.hpp"
#include "descent/nn/pass.hpp"

namespace descent {

/// A network as an experiment describes it: either short, `{hidden: [400, 400], activation: relu}`, or layer
/// by layer:
///
///     layers:
///       - {linear: 400, initializer: glorot_uniform}
///       - batch_norm
///       - {leaky_relu: 0.2}
///       - {dropout: 0.3}
///
/// Both take `initializer` (a name, or a map such as `{normal: 0.02}`) for every layer that names none. The
/// short form also takes `activation` (relu where it is not given; `{leaky_relu: 0.2}`), `batch_norm: true`
/// between each hidden layer and its activation, and `dropout: 0.2` behind each activation. `linear` also
/// takes `bias: false`.
class DESCENT_API NetworkSpec {
 public:
  /// What one entry of `layers` says.
  struct LayerSpec {
    std::string kind;
    double argument = 0;  ///< outputs, slope, scale or rate
    Value initializer;    ///< null: the network's
    bool bias = true;
  };

  /// A key of a description, for manual pages.
  struct Key {
    std::string name;
    std::string form;  ///< `short` (with `hidden`), `long` (with `layers`) or `both`
    std::string type;
    std::string meaning;
    std::string default_value;  ///< empty: the key that makes the form
  };

  /// No layers.
  NetworkSpec() = default;
  /// Reads a description; adds what is wrong with it to `problems`, each with its place.
  static NetworkSpec parse(const Value& value, Diagnostics& diagnostics);
  /// The short form as an experiment would say it: `{hidden: [400], activation: relu}`. For plugins'
  /// defaults.
  static Value hidden(std::initializer_list<int> sizes, const char* activation);
  /// The names of all layers, activations and initializers that a description may use, for manual pages.
  static std::vector<std::string> layer_names();
  static std::vector<std::string> activation_names();
  static std::vector<std::string> initializer_names();
  /// The keys of a network, and the layers and activations with their numbers.
  static std::span<const Key> keys();
  static std::vector<NamedPart> parts();

  const std::vector<LayerSpec>& layers() const { return layers_; }
  /// How the layers start that name no initializer of their own.
  const Value& default_initializer() const { return initializer_; }

 private:
  std::vector<LayerSpec> layers_;
  Value initializer_ = Value::of("fan_in_uniform");
};

/// A chain of layers with registered parameters (`group.0.weight`, `group.0.bias`, …, numbered by
/// parametrized layer).
class DESCENT_API Network {
 public:
  /// No layers: forward gives what it got.
  Network() = default;
  /// `input` is the shape of one example. Inputs of more than one dimension are flattened by the first linear
  /// layer. With `outputs` > 0 a last linear layer of that many outputs and without activation is added. An
  /// activation right behind a linear layer becomes one op with it where `dense` knows it.
  Network(const NetworkSpec& spec, const Shape& input, std::int64_t outputs, std::string_view group,
          Registrar& registrar);
  /// (batch, …) -> (batch, output…)
  Variable forward(const Variable& x, Pass& pass) const;
  /// The shape of one example of the result.
  const Shape& output() const { return output_; }

 private:
  std::vector<std::unique_ptr<Layer>> layers_;
  Shape output_;
};

}  // namespace descent
