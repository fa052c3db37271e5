#include "descent/autograd/node.hpp"

#include <fmt/format.h>

#include "descent/autograd/ops.hpp"
#include "descent/base/error.hpp"
#include "descent/base/pool.hpp"
#include "descent/kernels/arithmetic.hpp"

namespace descent {

Node::~Node() = default;

void* Node::operator new(std::size_t bytes) {
  return pool::allocate(bytes);
}
void Node::operator delete(void* memory, std::size_t bytes) {
  pool::release(memory, bytes);
}

void Node::destroy(Node* node) noexcept {
  static thread_local Node* waiting = nullptr;
  static thread_local bool deleting = false;
  node->next_to_delete_ = waiting;
  waiting = node;
  if (deleting) return;
  deleting = true;
  while (waiting != nullptr) {
    Node* const next = waiting;
    waiting = next->next_to_delete_;
    delete next;
  }
  deleting = false;
}

void Node::clear_scratch() {
  wanted_ = passes_on_ = fixed_target_ = filled_ = false;
  gradient_ = {};
  target_ = {};
}

bool Gradients::needs(std::size_t input) const {
  const Node* const node = node_.inputs[input].node();
  return node != nullptr && node->leads_to_wanted();
}

void Gradients::add(std::size_t input, const Variable& gradient) {
  if (!needs(input)) return;
  Node& node = *node_.inputs[input].node();
  if (!(gradient.shape() == node.value.shape()))
    throw Error(fmt::format("op '{}': its gradient for input {} has the shape {}, but the input has {}",
                            node_.name(), input, gradient.shape().text(), node.value.shape().text()));
  contribute(node, gradient, recording_);
}

void Gradients::contribute(Node& node, const Variable& gradient, bool recording) {
  if (recording) {
    node.gradient_ = node.gradient_.defined() ? node.gradient_ + gradient : gradient;
  } else if (node.fixed_target_ && !node.filled_) {
    node.target_.copy_from(gradient.value());
    node.filled_ = true;
  } else if (node.filled_) {
    kernels::add_in_place(gradient.value(), node.target_);
  } else if (node.gradient_.defined()) {
    // What came first may be shared with other variables: the sum gets memory of its own.
    node.target_ = Tensor::empty(node.value.shape());
    kernels::add(node.gradient_.value(), gradient.value(), node.target_, false);
    node.gradient_ = {};
    node.filled_ = true;
  } else {
    node.gradient_ = gradient;
  }
}

Gradients::Target Gradients::target(std::size_t input) {
  DESCENT_ASSERT(!recording_, "gradients with history are added, not written");
  DESCENT_ASSERT(needs(input), "the gradient of this input is not needed");
  Node& node = *node_.inputs[input].node();
  if (node.gradient_.defined()) {
    node.target_ = node.gradient_.value().clone();
    node.gradient_ = {};
    node.filled_ = true;
  } else if (!node.target_.defined()) {
    node.target_ = Tensor::empty(node.value.shape());
  }
  return {node.target_, std::exchange(node.filled_, true)};
}

}  // namespace descent
