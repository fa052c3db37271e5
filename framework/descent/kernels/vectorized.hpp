#pragma once

#include <Eigen/Core>
#include <concepts>
#include <limits>

#include "descent/base/api.hpp"
#include "descent/kernels/block_array.hpp"

// Element-wise functions for optimizers. Each is an expression of functions that Eigen 3.4 vectorizes; its own
// sign() and select() are computed number by number. Where a number may be NaN, the order of the operands of
// max() and min() decides what comes out: both keep the left one.

namespace descent::detail {

/// By it the smallest positive number becomes `epsilon`, which can be scaled to 1 exactly, and no number is lost.
inline constexpr Scalar enlargement = 1 / std::numeric_limits<Scalar>::min();
inline constexpr Scalar epsilon = std::numeric_limits<Scalar>::epsilon();
static_assert(std::numeric_limits<Scalar>::denorm_min() * enlargement == epsilon);

}  // namespace descent::detail

namespace Eigen {

/// 1, −1, or 0 where x is 0, element by element, for arrays of descent::Scalar. The sign of NaN is NaN, so that
/// what goes wrong shows. It has more constraints than Eigen's own sign(), which computes number by number and
/// gives 0 for NaN: the compiler prefers it wherever `sign(x)` is written.
template <class Expression>
requires std::same_as<typename Expression::Scalar, descent::Scalar>
auto sign(const Eigen::ArrayBase<Expression>& x) {
  using descent::Scalar;
  constexpr Scalar epsilon = descent::detail::epsilon;
  // The sum makes 0 of −0.
  return (x.derived() * descent::detail::enlargement).min(epsilon).max(-epsilon) * (1 / epsilon) + Scalar(0);
}

}  // namespace Eigen

namespace descent {

using Eigen::sign;

/// 1 where x > 0, else 0 (for NaN too), element by element: what to multiply with instead of Eigen's select().
template <class Expression>
auto positive(const Eigen::ArrayBase<Expression>& x) {
  const auto zero = Expression::PlainObject::Constant(x.rows(), x.cols(), Scalar(0));
  return (zero.max(x.derived()) * detail::enlargement).min(detail::epsilon) * (1 / detail::epsilon);
}

/// x cut to [low, high], element by element. NaN stays NaN.
template <class Expression>
auto clamp(const Eigen::ArrayBase<Expression>& x, double low, double high) {
  return x.derived().max(static_cast<Scalar>(low)).min(static_cast<Scalar>(high));
}

/// The sum of squares of `size` numbers, in double precision and in an order that does not depend on the
/// instruction set: for long arrays, whose squares are too many for a sum in float.
DESCENT_API double sum_of_squares(const Scalar* numbers, long size);

/// Likewise, of a view whose numbers lie side by side.
template <class View>
double sum_of_squares(const View& x) {
  return sum_of_squares(x.data(), x.size());
}

}  // namespace descent
