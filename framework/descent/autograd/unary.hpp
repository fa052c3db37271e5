#pragma once

#include "descent/autograd/node.hpp"
#include "descent/autograd/ops.hpp"

/// For the sources of element-wise functions of one variable. Such a function is a rule:
///
///     static constexpr const char* name;
///     void value(const Tensor& x, Tensor& out) const;       // a kernel
///     void gradient(const Tensor& g, const Tensor& x, const Tensor& y, Tensor& out, bool accumulate) const;
///                                                           // of the input, given the gradient g of the
///                                                           // result, the input x and the result y
///     Variable derivative(x, y) const;                      // the same with ops, without g; a constant where
///                                                           // the second derivative is zero
namespace descent {

template <class Rule>
class Unary final : public Node {
 public:
  explicit Unary(const Rule& rule) : rule_(rule) {}
  const char* name() const override { return Rule::name; }

  void backward(const Variable& gradient, Gradients& into) const override {
    if (into.recording()) return into.add(0, gradient * rule_.derivative(inputs[0], self()));
    auto [target, accumulate] = into.target(0);
    rule_.gradient(gradient.value(), inputs[0].value(), value, target, accumulate);
  }

 private:
  Rule rule_;
};

template <class Rule>
Variable unary(const Variable& x, const Rule& rule) {
  Tensor out = Tensor::empty(x.shape());
  rule.value(x.value(), out);
  return make_result<Unary<Rule>>(std::move(out), {x}, rule);
}

}  // namespace descent
