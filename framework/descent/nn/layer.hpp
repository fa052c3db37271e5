#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "descent/autograd/ops.hpp"
#include "descent/config/value.hpp"
#include "descent/nn/initializer.hpp"
#include "descent/nn/parameter.hpp"
#include "descent/nn/pass.hpp"

namespace descent {

/// An activation that the layer before it may apply itself, in one op with its own work.
struct ElementwiseActivation {
  Activation kind = Activation::none;
  double slope = 0.01;  ///< leaky_relu's slope, elu's scale
};

/// A number of outputs or channels in an experiment: a whole number, or the word `output`, which stands for
/// the size that the network's user asks for.
struct Size {
  std::int64_t number = 0;
  bool is_output = false;
};

/// Where a layer registers what it owns. Names are those of the layer's place in its network:
/// `encoder.1.weight`; of a layer inside another one `encoder.3.layers.0.weight`.
class DESCENT_API Scope {
 public:
  /// `prefix` comes before every name: `1.`. `start` is how parameters begin that bring no initializer;
  /// `wanted` the shape of one example that the network is to end with, empty: none is asked for.
  Scope(Registrar& registrar, std::string_view group, std::string prefix, initialize::LayerStart start,
        const Shape& wanted);

  /// A parameter that starts as the network, or the entry's `initializer`, says: matrices and kernels as
  /// weights, vectors as biases.
  Parameter& parameter(std::string_view name, const Shape& shape, Fan fan);
  Parameter& parameter(std::string_view name, const Shape& shape, Fan fan, Initializer initializer);
  /// A running average over training passes, and a state that they move.
  Buffer& average(std::string_view name, Tensor start);
  Buffer& state(std::string_view name, Tensor start);
  /// A state that starts at random.
  Buffer& state(std::string_view name, const Shape& shape, Initializer initializer);

  /// The scope of a network inside this layer; its parameters are called `3.NAME.0.weight`.
  Scope child(std::string_view name) const;
  /// The number of outputs that `size` stands for, where `output` is all that the network is to end with, or
  /// only its last extent. Throws Error for `output` in a network of which no size is asked.
  std::int64_t outputs(const Size& size) const;
  std::int64_t channels(const Size& size) const;
  /// The shape of one example that the network is to end with; empty: none is asked for.
  const Shape& wanted() const { return wanted_; }

  // For networks, which number their layers.
  Scope numbered(std::size_t number, const initialize::LayerStart& start) const;
  const initialize::LayerStart& start() const { return start_; }
  const std::string& group() const { return group_; }
  /// Parameters and buffers registered in the whole model so far.
  std::size_t registered() const;

 private:
  void require_wanted() const;

  Registrar& registrar_;
  std::string group_;
  std::string prefix_;
  initialize::LayerStart start_;
  Shape wanted_;
};

/// One step of a network. Layers are plugins: DESCENT_LAYER in descent/plugin/layer.hpp registers one.
class DESCENT_API Layer {
 public:
  virtual ~Layer();
  /// Registers parameters and buffers, and returns the shape of one example of the result. `input` is the
  /// shape of one example, `condition` that of one example's condition, empty without one. Throws Error,
  /// naming the shapes, where the layer does not fit its input.
  virtual Shape build(const Shape& input, const Shape& condition, Scope& scope) = 0;
  /// x (batch, input…) -> (batch, output…). `y` (batch, condition…) is undefined without a condition.
  virtual Variable forward(const Variable& x, const Variable& y, Pass& pass) = 0;
  /// What the layer before this one may do in its place; nothing: this layer must stay.
  virtual std::optional<ElementwiseActivation> activation() const;
  /// Asked once after build(), when an activation follows: true when this layer applies it from now on.
  virtual bool absorb(const ElementwiseActivation& activation);
  /// Whether it takes the numbers of an example as one row of features, whatever its shape. A condition is then put
  /// next to features rather than into the channels of an image.
  virtual bool flattens() const;
  /// Whether the result for one example depends on the other examples of the batch in training.
  virtual bool mixes_examples() const;
};

/// A layer that an entry of `layers` names.
struct MadeLayer {
  std::shared_ptr<Layer> layer;
  /// `layer 'linear'`: how messages name it.
  std::string title;
  /// The entry with every option at its default: what is frozen in the run directory.
  Value resolved;
  /// The entry's own; null: the network's.
  Value initializer;
  /// Whether it, or a layer inside it, has the size `output`.
  bool names_output = false;
  /// The entry's `tap`: the result is what others look at as the network's features.
  bool tap = false;
  /// Makes another layer with the same options.
  std::function<std::shared_ptr<Layer>()> make_again;
};

/// Makes the layers that networks name. The registry of plugins is one.
class DESCENT_API LayerSource {
 public:
  virtual ~LayerSource();
  /// Reads an entry of `layers`: `NAME`, `{NAME: MAIN OPTION}`, `{NAME: {OPTIONS}}` or `{plugin: PATH,
  /// OPTIONS}`. Without a layer, and with problems added, where it is wrong.
  virtual MadeLayer make(const Value& entry, Diagnostics& diagnostics) const = 0;
};

}  // namespace descent
