#pragma once

#include "descent/kernels/detail/elementwise.hpp"

/// For the sources of element-wise functions of one tensor. Such a function is a rule:
///
///     auto value(x) const;                       // an array expression; or
///     void evaluate(const Tensor& x, Tensor& out) const;
///     auto gradient(g, x, y) const;              // an array expression of the result's gradient, the input
///                                                // and the result; or
///     Scalar element_gradient(g, x, y) const;    // of single numbers, for what Eigen does not vectorize
namespace descent::kernels {

template <class Rule>
concept GivesElements = requires {
  &Rule::element_gradient;
};
template <class Rule>
concept EvaluatesTensors = requires {
  &Rule::evaluate;
};

/// out = the rule's function of x.
template <class Rule>
void map(const Tensor& x, Tensor& out, const Rule& rule) {
  if constexpr (EvaluatesTensors<Rule>) {
    rule.evaluate(x, out);
  } else {
    put_all(out, false, [&](auto part) { return rule.value(part(x)); });
  }
}

/// Writes or adds the gradient of a rule's input, given that of its result.
template <class Rule>
void map_gradient(const Tensor& gradient, const Tensor& input, const Tensor& result, Tensor& out,
                  bool accumulate, const Rule& rule) {
  if constexpr (GivesElements<Rule>) {
    const Scalar *g = gradient.data(), *x = input.data(), *y = result.data();
    share_each(out.data(), out.size(), accumulate,
               [=](std::int64_t i) { return rule.element_gradient(g[i], x[i], y[i]); });
  } else {
    put_all(out, accumulate,
            [&](auto part) { return rule.gradient(part(gradient), part(input), part(result)); });
  }
}

}  // namespace descent::kernels
