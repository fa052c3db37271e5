#include <fmt/format.h>

#include <algorithm>

#include <atomic>
#include <vector>

#include "descent/autograd/node.hpp"
#include "descent/base/error.hpp"

namespace descent {

namespace {

// Unique over all threads, so that a mark left by one of them means nothing to another.
std::size_t next_visit() {
  static std::atomic<std::size_t> visits = 0;
  return ++visits;
}

}  // namespace

/// One call of grad(): finds what leads from the outputs to `wrt`, and takes the gradients there.
class BackwardPass {
 public:
  BackwardPass(std::span<const Variable> outputs, std::span<const Variable> wrt, const GradOptions& options)
      : outputs_(outputs), wrt_(wrt), options_(options) {
    // An op may call grad() in its backward(); it then works with memory of its own.
    std::swap(workspace_, kept());
    workspace_.clear();
  }

  ~BackwardPass() {
    for (Node* node : workspace_.visited) node->clear_scratch();
    for (const Variable& variable : wrt_)
      if (variable.defined()) variable.node()->clear_scratch();
    std::swap(workspace_, kept());
  }

  BackwardPass(const BackwardPass&) = delete;
  BackwardPass& operator=(const BackwardPass&) = delete;

  void run() {
    check();
    mark_wanted();
    for (const Variable& output : outputs_) walk(output.node());
    NoGrad guard(!options_.create_graph);
    start();
    for (std::size_t i = workspace_.order.size(); i-- > 0;) {
      Node& node = *workspace_.order[i];
      const Variable gradient = take_gradient(node);
      if (!gradient.defined()) continue;
      Gradients into(node, options_.create_graph);
      node.backward(gradient, into);
    }
    if (!options_.into.empty()) finish_into();
  }

  Variable result(std::size_t i) const {
    const Node& node = *wrt_[i].node();
    if (node.gradient_.defined()) return node.gradient_;
    return Variable(node.filled_ || node.fixed_target_ ? node.target_ : Tensor::zeros(node.value.shape()));
  }

 private:
  struct Position {
    Node* node;
    std::size_t next_input;
  };

  // What a walk through the graph needs; kept by the thread so that it grows only once.
  struct Workspace {
    std::vector<Position> path;
    std::vector<Node*> visited;
    std::vector<Node*> order;  // ops that pass gradients on, inputs before results

    void clear() {
      path.clear();
      visited.clear();
      order.clear();
    }
  };

  static Workspace& kept() {
    static thread_local Workspace workspace;
    return workspace;
  }

  void check() const;
  void mark_wanted();
  void walk(Node* from);
  void start();
  Variable take_gradient(Node& node);
  void finish_into();

  std::span<const Variable> outputs_;
  std::span<const Variable> wrt_;
  const GradOptions& options_;
  Workspace workspace_;
  const std::size_t visit_ = next_visit();
};

void BackwardPass::check() const {
  const auto& seeds = options_.output_gradients;
  DESCENT_ASSERT(seeds.empty() || seeds.size() == outputs_.size(), "one gradient for each output");
  DESCENT_ASSERT(options_.into.empty() || options_.into.size() == wrt_.size(), "one tensor for each of wrt");
  DESCENT_ASSERT(options_.into.empty() || !options_.create_graph, "gradients with history get new memory");
  for (std::size_t i = 0; i < outputs_.size(); ++i) {
    if (!outputs_[i].defined()) throw Error(fmt::format("grad: output {} is undefined", i));
    if (!seeds.empty() && !(seeds[i].shape() == outputs_[i].shape()))
      throw Error(fmt::format("grad: output {} has the shape {}, but its gradient has {}", i,
                              outputs_[i].shape().text(), seeds[i].shape().text()));
  }
  const auto has_history = [](const Variable& output) { return output.requires_grad(); };
  if (!NoGrad::recording() && std::none_of(outputs_.begin(), outputs_.end(), has_history))
    throw Error(
        "grad: the outputs have no history, and none is recorded while a NoGrad lives; write 'const NoGrad "
        "recording(false);' before what is to be differentiated");
  for (std::size_t i = 0; i < wrt_.size(); ++i) {
    if (!wrt_[i].requires_grad())
      throw Error(fmt::format(
          "grad: wrt {} is {}; gradients are taken with respect to leaves and to results of ops on "
          "them (made outside of NoGrad)",
          i, wrt_[i].defined() ? "a constant" : "undefined"));
    if (!options_.into.empty() && !(options_.into[i].shape() == wrt_[i].shape()))
      throw Error(fmt::format("grad: wrt {} has the shape {}, but the tensor for its gradient has {}", i,
                              wrt_[i].shape().text(), options_.into[i].shape().text()));
  }
}

void BackwardPass::mark_wanted() {
  for (std::size_t i = 0; i < wrt_.size(); ++i) {
    Node& node = *wrt_[i].node();
    if (node.wanted_) continue;
    node.wanted_ = true;
    if (options_.into.empty()) continue;
    node.target_ = options_.into[i];
    node.fixed_target_ = true;
  }
}

void BackwardPass::walk(Node* from) {
  auto& path = workspace_.path;
  const auto enter = [&](Node* node) {
    if (!node->requires_grad || node->visit_ == visit_) return;
    node->visit_ = visit_;
    workspace_.visited.push_back(node);
    path.push_back({node, 0});
  };
  enter(from);
  while (!path.empty()) {
    Node* const node = path.back().node;
    if (path.back().next_input < Node::max_inputs) {
      Node* const input = node->inputs[path.back().next_input++].node();
      if (input != nullptr) enter(input);
      continue;
    }
    path.pop_back();
    for (const Variable& input : node->inputs)
      node->passes_on_ = node->passes_on_ || (input.defined() && input.node()->leads_to_wanted());
    if (node->passes_on_) workspace_.order.push_back(node);
  }
}

void BackwardPass::start() {
  for (std::size_t i = 0; i < outputs_.size(); ++i) {
    Node& node = *outputs_[i].node();
    if (!node.leads_to_wanted()) continue;
    const Variable gradient = options_.output_gradients.empty()
                                  ? Variable(Tensor::full(node.value.shape(), 1))
                                  : options_.output_gradients[i];
    Gradients::contribute(node, gradient, options_.create_graph);
  }
}

Variable BackwardPass::take_gradient(Node& node) {
  Variable gradient = node.gradient_;
  if (!gradient.defined() && node.filled_) gradient = Variable(node.target_);
  // What nobody asked for goes back to the pool as soon as it is used: the next op finds it in the cache.
  if (!node.wanted_) {
    node.gradient_ = {};
    node.target_ = {};
    node.filled_ = false;
  }
  return gradient;
}

void BackwardPass::finish_into() {
  for (std::size_t i = 0; i < wrt_.size(); ++i) {
    const Node& node = *wrt_[i].node();
    if (node.filled_) {
      options_.into[i].copy_from(node.target_);
    } else {
      options_.into[i].fill(0);
    }
  }
}

Variables grad(std::span<const Variable> outputs, std::span<const Variable> wrt, const GradOptions& options) {
  BackwardPass pass(outputs, wrt, options);
  pass.run();
  Variables result;
  result.reserve(wrt.size());
  for (std::size_t i = 0; i < wrt.size(); ++i) result.push_back(pass.result(i));
  return result;
}

Variables grad(const Variable& output, std::span<const Variable> wrt, const GradOptions& options) {
  return grad(std::span(&output, 1), wrt, options);
}

void grad_into(const Variable& output, std::span<const Variable> wrt, std::span<Tensor> into) {
  const GradOptions options{.into = into};
  BackwardPass(std::span(&output, 1), wrt, options).run();
}

}  // namespace descent
