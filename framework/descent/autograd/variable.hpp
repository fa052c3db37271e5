#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "descent/base/api.hpp"
#include "descent/base/pool.hpp"
#include "descent/tensor/tensor.hpp"

namespace descent {

class Node;

/// A tensor with its history: what autograd's functions take and give. Copying shares the node. A Variable
/// made from a Tensor is a constant; leaf() makes one that gradients can be taken with respect to.
class DESCENT_API Variable {
 public:
  Variable() = default;
  /// A constant.
  Variable(Tensor value);  // NOLINT(google-explicit-constructor): constants appear wherever variables do
  /// An independent variable that shares `value`'s memory: whoever rewrites that memory changes the variable.
  static Variable leaf(Tensor value);
  /// A constant of rank 0.
  static Variable scalar(double value);

  Variable(const Variable& other);
  Variable(Variable&& other) noexcept;
  Variable& operator=(const Variable& other);
  Variable& operator=(Variable&& other) noexcept;
  ~Variable();

  bool defined() const { return node_ != nullptr; }
  const Tensor& value() const;
  const Shape& shape() const { return value().shape(); }
  /// The only element.
  double item() const { return value().item(); }
  /// Whether a leaf stands somewhere in its history.
  bool requires_grad() const;
  /// The same value without its history.
  Variable detach() const;

  /// For the authors of ops: the node itself. The Variable made of it shares it.
  Node* node() const { return node_; }
  explicit Variable(Node* node);

 private:
  Node* node_ = nullptr;
};

/// As many variables as there are, in memory of the pool.
using Variables = std::vector<Variable, PoolAllocator<Variable>>;

struct GradOptions {
  /// Record the computation of the gradients, so that they can be differentiated again.
  bool create_graph = false;
  /// What the outputs' gradients start from, one for each output; empty: ones.
  std::span<const Variable> output_gradients = {};
  /// Where to put the gradients, one tensor for each of `wrt`, instead of into new memory. Not with
  /// create_graph.
  std::span<Tensor> into = {};
};

/// The gradients of the sum of `outputs` with respect to each of `wrt` (leaves or results of ops), in their
/// order. A gradient that does not depend on the outputs is zero. Nothing is computed that `wrt` does not
/// need, and nothing is stored in the graph afterwards. After the first calls nothing is taken from the heap.
DESCENT_API Variables grad(std::span<const Variable> outputs, std::span<const Variable> wrt,
                           const GradOptions& options = {});
/// The gradients of one output.
DESCENT_API Variables grad(const Variable& output, std::span<const Variable> wrt,
                           const GradOptions& options = {});
/// Writes the gradients of one output into `into`: the training step's form.
DESCENT_API void grad_into(const Variable& output, std::span<const Variable> wrt, std::span<Tensor> into);

/// While one is alive on this thread, ops record no history (`NoGrad guard;`), or do so again (`NoGrad
/// guard(false);`).
class DESCENT_API NoGrad {
 public:
  explicit NoGrad(bool off = true);
  ~NoGrad();
  NoGrad(const NoGrad&) = delete;
  NoGrad& operator=(const NoGrad&) = delete;
  /// Whether ops on this thread record history now.
  static bool recording();

 private:
  bool before_;
};

}  // namespace descent
