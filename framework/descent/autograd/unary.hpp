#pragma once

#include <concepts>

#include "descent/autograd/node.hpp"
#include "descent/autograd/ops.hpp"
#include "descent/tensor/elementwise.hpp"

/// For the sources of element-wise functions of one variable. Such a function is a rule:
///
///     static constexpr const char* name;
///     auto value(x) const;                       // an array expression; or
///     void evaluate(const Tensor& x, Tensor& out) const;
///     auto gradient(g, x, y) const;              // an array expression of the result's gradient, the input
///                                                // and the result; or
///     Scalar element_gradient(g, x, y) const;    // of single numbers, for what Eigen does not vectorize
///     Variable derivative(x, y) const;           // the same with ops, without g; may be omitted with
///                                                // element_gradient where the second derivative is zero
namespace descent {

template <class Rule>
concept GivesElements = requires {
  &Rule::element_gradient;
};
template <class Rule>
concept EvaluatesTensors = requires {
  &Rule::evaluate;
};
template <class Rule>
concept GivesDerivative = requires {
  &Rule::derivative;
};

/// Writes or adds the gradient of a rule's input, given those of its result; without `gradient` as if that
/// were ones.
template <class Rule>
void write_gradient(const Rule& rule, const Tensor* gradient, const Tensor& input, const Tensor& result,
                    Tensor& out, bool accumulate) {
  if constexpr (GivesElements<Rule>) {
    const Scalar *x = input.data(), *y = result.data();
    if (gradient == nullptr) {
      put_each(out.data(), out.size(), accumulate,
               [=](std::int64_t i) { return rule.element_gradient(1, x[i], y[i]); });
    } else {
      const Scalar* g = gradient->data();
      put_each(out.data(), out.size(), accumulate,
               [=](std::int64_t i) { return rule.element_gradient(g[i], x[i], y[i]); });
    }
  } else {
    put(array(out), accumulate, rule.gradient(array(*gradient), array(input), array(result)));
  }
}

/// A rule's derivative as a variable that can be differentiated again.
template <class Rule>
Variable derivative_of(const Rule& rule, const Variable& input, const Variable& result) {
  if constexpr (GivesDerivative<Rule>) {
    return rule.derivative(input, result);
  } else {
    Tensor constant = Tensor::empty(result.shape());
    write_gradient(rule, nullptr, input.value(), result.value(), constant, false);
    return constant;
  }
}

template <class Rule>
class Unary final : public Node {
 public:
  explicit Unary(const Rule& rule) : rule_(rule) {}
  const char* name() const override { return Rule::name; }

  void backward(const Variable& gradient, Gradients& into) const override {
    if (into.recording()) return into.add(0, gradient * derivative_of(rule_, inputs[0], self()));
    auto [target, accumulate] = into.target(0);
    write_gradient(rule_, &gradient.value(), inputs[0].value(), value, target, accumulate);
  }

 private:
  Rule rule_;
};

template <class Rule>
Variable unary(const Variable& x, const Rule& rule) {
  Tensor out = Tensor::empty(x.shape());
  if constexpr (EvaluatesTensors<Rule>) {
    rule.evaluate(x.value(), out);
  } else {
    array(out) = rule.value(array(x.value()));
  }
  return make_result<Unary<Rule>>(std::move(out), {x}, rule);
}

}  // namespace descent
