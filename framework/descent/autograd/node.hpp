#pragma once

#include <array>
#include <cstddef>
#include <initializer_list>

#include "descent/autograd/variable.hpp"

namespace descent {

class Gradients;

/// One result in the graph: its value, what it was computed from, and how its gradient flows back. Ops derive
/// from it; nodes live in the pool.
class DESCENT_API Node {
 public:
  static constexpr std::size_t max_inputs = 4;

  virtual ~Node();
  /// The op's name, as errors show it.
  virtual const char* name() const = 0;
  /// Adds to `into` the gradient of each input that `into.needs()`, given the gradient of this node's value.
  /// Written with ops, so that it can be differentiated again; where `into.recording()` is false it may take
  /// a fused path.
  virtual void backward(const Variable& gradient, Gradients& into) const = 0;

  Tensor value;
  std::array<Variable, max_inputs> inputs;
  bool requires_grad = false;

  static void* operator new(std::size_t bytes);
  static void operator delete(void* memory, std::size_t bytes);

 protected:
  /// This node as a variable: for backward formulas in terms of the result.
  Variable self() const { return Variable(const_cast<Node*>(this)); }

 private:
  friend class Variable;
  friend class Gradients;
  friend class BackwardPass;
  /// Deletes a node without references, and what only it referred to, without recursion: graphs may be deep.
  static void destroy(Node* node) noexcept;
  /// Whether the gradient of this node is wanted, or leads to one that is.
  bool leads_to_wanted() const { return wanted_ || passes_on_; }
  void clear_scratch();

  std::size_t references_ = 0;
  Node* next_to_delete_ = nullptr;
  // What one call of grad() keeps here while it runs; empty otherwise, but for the number of the last visit.
  std::size_t visit_ = 0;
  bool wanted_ = false;        // one of `wrt`
  bool passes_on_ = false;     // one of its inputs leads to one of `wrt`
  bool fixed_target_ = false;  // `target_` is the caller's memory
  bool filled_ = false;        // `target_` holds a contribution
  Variable gradient_;          // the only contribution so far, shared with whoever made it; or
  Tensor target_;              // the sum so far, in memory that no other variable knows
};

/// Where an op's backward() leaves the gradients of its inputs, each as one contribution or more.
class DESCENT_API Gradients {
 public:
  Gradients(const Node& node, bool recording) : node_(node), recording_(recording) {}
  /// Whether the gradient of this input is wanted at all.
  bool needs(std::size_t input) const;
  /// Whether the gradients' own history is recorded (create_graph).
  bool recording() const { return recording_; }
  /// Adds a gradient of the input's shape; throws Error when it has another one. An input that needs none
  /// ignores it.
  void add(std::size_t input, const Variable& gradient);

  struct Target {
    Tensor tensor;    ///< of the input's shape
    bool accumulate;  ///< add to what it holds, instead of overwriting it
  };
  /// The memory that the gradient of an input that needs one belongs into, for kernels that can write or add
  /// in place. Only while not recording; each call counts as one contribution.
  Target target(std::size_t input);

 private:
  friend class BackwardPass;
  static void contribute(Node& node, const Variable& gradient, bool recording);

  const Node& node_;
  bool recording_;
};

/// The result of an op: a node of type `Op` with its inputs where one of them needs a gradient and history is
/// recorded, otherwise a constant.
template <class Op, class... Attributes>
Variable make_result(Tensor value, std::initializer_list<Variable> inputs, Attributes&&... attributes) {
  bool record = false;
  if (NoGrad::recording())
    for (const Variable& input : inputs) record = record || input.requires_grad();
  if (!record) return Variable(std::move(value));
  Node* node = new Op(std::forward<Attributes>(attributes)...);
  node->value = std::move(value);
  node->requires_grad = true;
  std::size_t i = 0;
  for (const Variable& input : inputs) node->inputs[i++] = input;
  return Variable(node);
}

}  // namespace descent
