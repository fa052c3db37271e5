#include "descent/autograd/variable.hpp"

#include "descent/autograd/node.hpp"
#include "descent/base/error.hpp"

namespace descent {

namespace {

// Most functions of this room run once per op and step: a plain flag per thread costs least.
thread_local bool recording_history = true;

/// A value without history: a constant, or an independent variable.
class Leaf final : public Node {
 public:
  Leaf(Tensor tensor, bool independent) {
    value = std::move(tensor);
    requires_grad = independent;
  }
  const char* name() const override { return requires_grad ? "leaf" : "constant"; }
  void backward(const Variable&, Gradients&) const override {}
};

}  // namespace

Variable::Variable(Node* node) : node_(node) {
  ++node_->references_;
}

Variable::Variable(Tensor value) : Variable(new Leaf(std::move(value), false)) {
  DESCENT_ASSERT(node_->value.defined(), "a variable needs a tensor");
}

Variable Variable::leaf(Tensor value) {
  DESCENT_ASSERT(value.defined(), "a variable needs a tensor");
  return Variable(new Leaf(std::move(value), true));
}

Variable Variable::scalar(double value) {
  return Variable(Tensor::scalar(value));
}

Variable::Variable(const Variable& other) : node_(other.node_) {
  if (node_ != nullptr) ++node_->references_;
}

Variable::Variable(Variable&& other) noexcept : node_(std::exchange(other.node_, nullptr)) {}

Variable& Variable::operator=(const Variable& other) {
  Variable copy(other);
  std::swap(node_, copy.node_);
  return *this;
}

Variable& Variable::operator=(Variable&& other) noexcept {
  Variable taken(std::move(other));
  std::swap(node_, taken.node_);
  return *this;
}

Variable::~Variable() {
  if (node_ != nullptr && --node_->references_ == 0) Node::destroy(node_);
}

const Tensor& Variable::value() const {
  DESCENT_ASSERT(node_ != nullptr, "this variable is undefined");
  return node_->value;
}

bool Variable::requires_grad() const {
  return node_ != nullptr && node_->requires_grad;
}

Variable Variable::detach() const {
  return Variable(value());
}

NoGrad::NoGrad(bool off) : before_(recording_history) {
  recording_history = !off;
}
NoGrad::~NoGrad() {
  recording_history = before_;
}
bool NoGrad::recording() {
  return recording_history;
}

}  // namespace descent
