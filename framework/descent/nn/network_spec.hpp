#pragma once

#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "descent/base/api.hpp"
#include "descent/config/value.hpp"
#include "descent/nn/layer.hpp"

namespace descent {

/// A network as an experiment describes it: either short, `{hidden: [400, 400], activation: relu}`, or layer
/// by layer:
///
///     layers:
///       - {linear: 400, initializer: glorot_uniform}
///       - batch_norm
///       - {leaky_relu: 0.2}
///       - residual: {layers: [{linear: 400}, relu]}
///       - {linear: output}
///
/// Both forms take `initializer` (a name, or a map such as `{normal: 0.02}`) for every layer that names none.
/// The short form also takes `activation` (relu by default; `{leaky_relu: 0.2}`), `batch_norm: true` between
/// each hidden layer and its activation, and `dropout: 0.2` after each activation. A network of which a size
/// is asked ends with a layer `linear: output`, unless one of its layers names `output` itself or the network
/// says `head: none`.
class DESCENT_API NetworkSpec {
 public:
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
  /// Reads a description and makes its layers; adds what is wrong with it to `diagnostics`, each with its
  /// location.
  static NetworkSpec parse(const Value& value, const LayerSource& source, Diagnostics& diagnostics);
  /// Reads a list of layers, or one entry; such a network has no head.
  static NetworkSpec parse_layers(const Value& value, const LayerSource& source, Diagnostics& diagnostics);
  /// The short form as an experiment would write it: `{hidden: [400], activation: relu}`. For plugins'
  /// defaults.
  static Value hidden(std::initializer_list<int> sizes, const char* activation);
  static std::span<const Key> keys();

  /// The description with the options of its layers at their defaults, at any depth.
  const Value& resolved() const { return resolved_; }
  /// The layers in order, the head last where there is one, for a network to own: the first call gives those
  /// that parse() made, a later one others with the same options.
  std::vector<MadeLayer> take_layers();
  /// Whether the last layer is a head `linear: output`, which only a network needs of which a size is asked.
  bool has_head() const { return has_head_; }
  /// Whether one of its layers has the size `output`; a head does not count.
  bool names_output() const { return names_output_; }
  /// Whether its first layer takes the numbers of an example as one row of features.
  bool flattens() const { return flattens_; }
  /// How the layers start that name no initializer of their own; null, inside a layer: as that layer.
  const Value& default_initializer() const { return initializer_; }

 private:
  // Copyable, as options are: copies take the same layers once.
  struct Layers;
  std::shared_ptr<Layers> layers_;
  bool has_head_ = false;
  bool names_output_ = false;
  bool flattens_ = false;
  Value initializer_ = Value::of("fan_in_uniform");
  Value resolved_;
};

}  // namespace descent
