#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "descent/autograd/variable.hpp"
#include "descent/base/api.hpp"
#include "descent/nn/initializer.hpp"
#include "descent/nn/pass.hpp"
#include "descent/tensor/tensor.hpp"

namespace descent {

/// An array that a player trains. Its name begins with its group: `generator.0.weight` belongs to
/// `generator`.
struct DESCENT_API Parameter {
  std::string name;
  std::string group;
  Shape shape;
  Fan fan;
  Initializer initializer;
  /// What the model computes with: a leaf over the host's memory. Replaced for a while when the model is
  /// evaluated with other values.
  Variable variable;
  /// The host's memory itself.
  Tensor value;

  /// Writes its first values.
  void initialize(RandomStream& random) {
    initializer(value, fan, random);
    value.mark_written();
  }
  /// The shape that a rule for matrices sees, (inputs, outputs): a matrix's own, of a convolution's weight
  /// (height, width, inputs, outputs) the one with all inputs side by side; nothing for vectors and numbers.
  std::optional<Shape> as_matrix() const;
};

/// While one lives, these parameters have no history: gradients flow through what is computed with them, and not into
/// them.
class DESCENT_API DetachedParameters {
 public:
  /// `parameters` outlive this.
  explicit DetachedParameters(std::span<Parameter* const> parameters);
  ~DetachedParameters();
  DetachedParameters(const DetachedParameters&) = delete;
  DetachedParameters& operator=(const DetachedParameters&) = delete;

 private:
  std::span<Parameter* const> parameters_;
  Variables before_;
};

/// What kind of number a buffer holds, which says how it is re-estimated at an evaluation point.
enum class BufferKind {
  average,  ///< a running average over training passes, as of batch statistics
  state     ///< anything else that passes move: vectors of a power iteration, counters
};

/// A named array that no player trains. A training pass stages new values; the host commits them after each
/// update, or, where all players are updated at once, after the gradients of all of them.
class DESCENT_API Buffer {
 public:
  Buffer(std::string name, Tensor start, BufferKind kind, Initializer initializer = {});
  const std::string& name() const { return name_; }
  BufferKind kind() const { return kind_; }
  /// As it was committed last: what an evaluation pass reads.
  const Tensor& value() const { return value_; }
  /// As it was staged last in this update, or else value(): what a training pass continues from.
  const Tensor& latest() const { return staged_ ? next_ : value_; }
  /// Keeps `next` for the commit, if this pass may; a later call replaces it.
  void stage(const Tensor& next, const Pass& pass);
  /// Stages (1 − momentum)·latest() + momentum·measured, if this pass may: a running average over every
  /// training forward of an update, in their order. In a pass that re-estimates, the plain mean of all that was
  /// measured since the host began to.
  void average(const Tensor& measured, double momentum, const Pass& pass);

  // For the host.
  /// Writes its first value, where it has an initializer.
  void initialize(RandomStream& random);
  void commit();
  void discard() { staged_ = false; }
  void assign(const Tensor& value);
  /// Averages start from scratch.
  void begin_estimate() { measured_ = 0; }

 private:
  std::string name_;
  BufferKind kind_;
  Initializer initializer_;
  Tensor value_;
  Tensor next_;
  bool staged_ = false;
  std::int64_t measured_ = 0;
};

/// Where a model or a loss registers what the host keeps for it. References stay valid as long as the
/// registrar lives. Parameters get their memory, and their first values, when the host has laid out its
/// arenas.
class DESCENT_API Registrar {
 public:
  Registrar();
  ~Registrar();
  Registrar(const Registrar&) = delete;
  Registrar& operator=(const Registrar&) = delete;

  /// Registers `group.name`; throws Error when it is there already, or when a group is called `plugin`.
  Parameter& parameter(std::string_view group, std::string_view name, const Shape& shape,
                       Initializer initializer, Fan fan = {});
  Buffer& average(std::string_view group, std::string_view name, Tensor start);
  Buffer& state(std::string_view group, std::string_view name, Tensor start);
  /// A state that starts at random: `initializer` writes its first value from a stream of its own, as those of
  /// parameters do; zeros until then.
  Buffer& state(std::string_view group, std::string_view name, const Shape& shape, Initializer initializer);

  const std::vector<std::unique_ptr<Parameter>>& parameters() const { return parameters_; }
  const std::vector<std::unique_ptr<Buffer>>& buffers() const { return buffers_; }
  /// Those of one group, in the order in which they were registered.
  std::vector<Parameter*> parameters_of(std::string_view group) const;
  /// The groups in the order of their first parameter.
  std::vector<std::string> groups() const;

 private:
  Buffer& buffer(std::string_view group, std::string_view name, Tensor start, BufferKind kind,
                 Initializer initializer = {});

  std::vector<std::unique_ptr<Parameter>> parameters_;
  std::vector<std::unique_ptr<Buffer>> buffers_;
};

}  // namespace descent
