#pragma once

#include <cstdint>
#include <memory>
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
struct Parameter {
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
  /// Whether it is a matrix, the only shape some optimizers take.
  bool is_matrix() const { return shape.rank() == 2; }
};

/// A named array that no player trains: running statistics, vectors of a power iteration. A training pass
/// stages new values; the host commits them after each update, or, where all players are updated at once, after
/// the gradients of all of them.
class DESCENT_API Buffer {
 public:
  Buffer(std::string name, Tensor start);
  const std::string& name() const { return name_; }
  /// As it was committed last: what an evaluation pass reads.
  const Tensor& value() const { return value_; }
  /// As it was staged last in this update, or else value(): what a training pass goes on from.
  const Tensor& latest() const { return staged_ ? next_ : value_; }
  /// Keeps `value` for the commit, if this pass may; a later call replaces it.
  void stage(const Tensor& value, const Pass& pass);
  /// Stages (1 − momentum)·latest() + momentum·measured, if this pass may: a running average over every
  /// training forward of an update, in their order.
  void average(const Tensor& measured, double momentum, const Pass& pass);
  void commit();
  void discard() { staged_ = false; }
  /// For the host, when it loads a state.
  void assign(const Tensor& value);

 private:
  std::string name_;
  Tensor value_;
  Tensor next_;
  bool staged_ = false;
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
  Buffer& buffer(std::string_view group, std::string_view name, Tensor start);

  const std::vector<std::unique_ptr<Parameter>>& parameters() const { return parameters_; }
  const std::vector<std::unique_ptr<Buffer>>& buffers() const { return buffers_; }
  /// The groups in the order of their first parameter.
  std::vector<std::string> groups() const;

 private:
  std::vector<std::unique_ptr<Parameter>> parameters_;
  std::vector<std::unique_ptr<Buffer>> buffers_;
};

}  // namespace descent
