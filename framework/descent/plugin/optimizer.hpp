#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "descent/base/random.hpp"
#include "descent/kernels/block_array.hpp"
#include "descent/kernels/vectorized.hpp"
#include "descent/nn/parameter.hpp"
#include "descent/plugin/export.hpp"
#include "descent/plugin/options.hpp"

namespace descent {

/// A named array of optimizer state that the host keeps for one parameter.
struct Slot {
  enum class Start { zero, number, value };

  // NOLINTNEXTLINE(google-explicit-constructor): a name alone is a slot
  Slot(const char* slot_name) : name(slot_name) {}
  Slot(std::string slot_name, double start_number)
      : name(std::move(slot_name)), start(Start::number), number(start_number) {}
  Slot(std::string slot_name, Start slot_start) : name(std::move(slot_name)), start(slot_start) {}
  Slot(std::string slot_name, const Shape& slot_shape, double start_number = 0)
      : name(std::move(slot_name)), start(Start::number), number(start_number), shape(slot_shape) {}

  std::string name;
  /// What it begins with: zero, a number, or a copy of the parameter's value.
  Start start = Start::zero;
  double number = 0;
  /// The parameter's shape unless another is given, which only rules on whole tensors may.
  std::optional<Shape> shape;
};
using Slots = std::vector<Slot>;

/// A named double that the host keeps for one rule and parameter group, and saves in checkpoints.
struct ScalarState {
  ScalarState(const char* scalar_name, double start_number = 0)  // NOLINT(google-explicit-constructor)
      : name(scalar_name), start(start_number) {}
  std::string name;
  double start = 0;
};
using ScalarStates = std::vector<ScalarState>;
/// The current values of a rule's scalars, in the order of their declaration.
using Scalars = std::span<double>;

/// What begin() says of this update.
enum class Verdict {
  proceed,
  hold  ///< this rule still applies, but the chain ends with it: later rules, values and counters stay
        ///< untouched
};

/// What a rule gets at once.
enum class Granularity {
  element,  ///< a block of up to 512 numbers of one parameter
  tensor    ///< a whole parameter with its shape
};

/// Over which numbers a norm is taken.
enum class Over { nothing, tensor, group, player };

/// What a rule needs beside its block.
struct Needs {
  /// The Euclidean norm of the update as it arrives at this rule: `step.norm()`. `player`: all parameters of
  /// the player that the rule's chain moves.
  Over norm = Over::nothing;
  /// The probe's displacement is what the rules after this one make of the gradient; probe() is not called.
  bool probe_with_chain = false;
};

/// What is the same for all blocks of one update.
class DESCENT_API Step {
 public:
  struct State {
    std::int64_t step = 0;
    std::int64_t update = 0;
    double norm = 0;
    std::span<const double> scalars;
    std::int64_t move = 0;
  };
  explicit Step(const State& state) : state_(state) {}

  /// The value of a schedulable option now.
  double operator()(const Schedule& schedule) const { return schedule.current(); }
  /// The trainer's step, from 1.
  std::int64_t step() const { return state_.step; }
  /// The parameter group's own count of applied updates, this one included: from 1.
  std::int64_t update() const { return state_.update; }
  /// As update(), but without the half steps in which the chain only extrapolates for a probe: how often the
  /// values have moved for good, for averages of them.
  std::int64_t move() const { return state_.move; }
  /// The norm that needs() asked for.
  double norm() const { return state_.norm; }
  /// A scalar of this rule, as begin() left it.
  double scalar(std::size_t index) const { return state_.scalars[index]; }

 private:
  const State& state_;
};

/// The most slots that a rule may keep for one parameter.
inline constexpr std::size_t max_slots = 8;

/// A piece of one parameter: its values, its update and its slots side by side, as vectorized views.
class DESCENT_API Block {
 public:
  struct Memory {
    Scalar* value = nullptr;
    Scalar* update = nullptr;
    Scalar* const* slots = nullptr;  ///< each already at this block's place
    long size = 0;
    long offset = 0;  ///< of the block in its parameter
    const Parameter* parameter = nullptr;
    std::span<const Tensor> slot_tensors = {};  ///< whole slots; filled for rules on tensors
    const Tensor* update_tensor = nullptr;      ///< likewise
    std::span<Tensor> workspaces = {};          ///< likewise
    std::uint64_t noise_key = 0;
    std::uint32_t step = 0;
    std::uint32_t evaluation = 0;
  };
  explicit Block(const Memory& memory) : memory_(memory) {}

  long size() const { return memory_.size; }
  const Parameter& parameter() const { return *memory_.parameter; }
  ConstArrayView value() const { return {memory_.value, memory_.size}; }
  /// Enters as the gradient of the batch's mean, or what the rule before left; leaves as what is subtracted.
  ArrayView update() const { return {memory_.update, memory_.size}; }
  /// The slot at this place in slots().
  ArrayView slot(std::size_t index) const { return {memory_.slots[index], memory_.size}; }
  /// Standard normal numbers, one for each number of the block; they do not depend on how parameters are cut
  /// into blocks. `draw` tells several calls of one rule apart.
  BlockArray normal(std::uint32_t draw = 0) const;

  // For rules on whole tensors. The tensors share the host's memory. What has a matrix form, a convolution's weight
  // too, comes in it: (inputs, outputs).
  Shape shape() const { return parameter().as_matrix().value_or(parameter().shape); }
  Tensor value_tensor() const { return as_matrix(parameter().value); }
  Tensor update_tensor() const { return as_matrix(*memory_.update_tensor); }
  Tensor slot_tensor(std::size_t index) const { return as_matrix(memory_.slot_tensors[index]); }
  /// Calls use(piece) for one block after the other of a whole tensor: element-wise work on several arrays
  /// that stays in the cache, and costs one pass over memory. Slots of other shapes than the parameter's are
  /// no part of it.
  template <class Use>
  void in_pieces(Use&& use) const;
  /// Scratch memory of this shape, kept by the host between calls; its content is undefined. `index` counts
  /// from 0.
  Tensor workspace(std::size_t index, const Shape& shape) const;

 protected:
  Tensor as_matrix(const Tensor& tensor) const {
    return tensor.shape() == parameter().shape ? tensor.reshaped(shape()) : tensor;
  }

  const Memory& memory_;
};

template <class Use>
void Block::in_pieces(Use&& use) const {
  std::array<Scalar*, max_slots> slots{};
  for (long begin = 0; begin < memory_.size; begin += block_scalars) {
    for (std::size_t s = 0; s < memory_.slot_tensors.size(); ++s)
      slots[s] = memory_.slot_tensors[s].size() == memory_.size ? memory_.slots[s] + begin : nullptr;
    Memory piece = memory_;
    piece.value += begin;
    piece.update += begin;
    piece.slots = slots.data();
    piece.size = std::min(block_scalars, memory_.size - begin);
    piece.offset += begin;
    use(Block(piece));
  }
}

/// A block whose values may be written: for what happens after the update.
class DESCENT_API SettledBlock : public Block {
 public:
  using Block::Block;
  ArrayView value() const { return {memory_.value, memory_.size}; }
  Tensor value_tensor() const { return as_matrix(parameter().value); }
};

/// A rule that rewrites a player's update; several in a row form a chain. It keeps nothing between calls:
/// slots and scalars belong to the host, which saves, restores, logs and threads them.
class DESCENT_API Optimizer {
 public:
  virtual ~Optimizer();
  /// Throws Error when its options contradict each other; called once, when the experiment is loaded.
  virtual void check() const;
  /// The arrays it keeps for a parameter.
  virtual Slots slots(const Parameter& parameter) const;
  /// The doubles it keeps for a parameter group.
  virtual ScalarStates scalars() const;
  /// Once per update and parameter group, before any block: bias corrections and the like, in double.
  virtual Verdict begin(const Step& step, Scalars scalars) const;
  /// Rewrites block.update(). The host subtracts from the values what the last rule of the chain leaves.
  virtual void apply(const Step& step, Block block) const = 0;
  /// After the values were updated, on the same block; may write values: projections, averages.
  virtual void settle(const Step& step, SettledBlock block) const;
  /// block.update() enters as the gradient and leaves as the displacement: the host moves the values by minus
  /// it, takes the gradient again on the same batch and random numbers, restores the values, and runs the
  /// chain on that gradient. Parameters whose chains do not probe keep the first one.
  virtual void probe(const Step& step, Block block) const;
  /// Writes where metrics and samples look instead of block.value().
  virtual void evaluation_point(const Step& step, Block block, ArrayView out) const;
  /// Whether it can move this parameter; those it refuses go to the chain under the host's key `fallback`.
  virtual bool accepts(const Parameter& parameter) const;
  virtual Granularity granularity() const;
  virtual Needs needs() const;
};

}  // namespace descent

/// Registers an optimizer: `DESCENT_OPTIMIZER(Lion, "lion", "Evolved sign momentum (Chen et al., 2023)")`.
#define DESCENT_OPTIMIZER(CLASS, NAME, SUMMARY) \
  DESCENT_PLUGIN(::descent::Optimizer, optimizer, CLASS, NAME, SUMMARY)
