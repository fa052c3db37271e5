#pragma once

#include <Eigen/Core>

#include "descent/base/api.hpp"
#include "descent/tensor/block_array.hpp"

// Element-wise functions that Eigen 3.4 has, but does not vectorize. sign() is made fast where it is, so that
// whoever writes `sign(x)` gets it. The sign of NaN is NaN: what goes wrong must show.
namespace Eigen::internal {

template <>
struct scalar_sign_op<descent::Scalar, false> {
  using Scalar = descent::Scalar;
  Scalar operator()(Scalar x) const { return x == x ? static_cast<Scalar>((x > 0) - (x < 0)) : x; }
  template <class Packet>
  Packet packetOp(const Packet& x) const {
    const Packet zero = pzero(x);
    const Packet one = por(pand(x, pset1<Packet>(Scalar(-0.0))), pset1<Packet>(Scalar(1)));  // x's sign on 1
    // Neither 0 nor NaN is above 0. The sum makes 0 of −0.
    return padd(pselect(pcmp_lt(zero, pabs(x)), one, x), zero);
  }
#ifdef EIGEN_VECTORIZE_AVX512
  // Comparing to a mask and choosing by it are one instruction each, and three and two in Eigen's generic
  // words.
  Packet16f packetOp(const Packet16f& x) const {
    const Packet16f one = por(pand(x, pset1<Packet16f>(-0.0f)), pset1<Packet16f>(1.0f));
    const __mmask16 ordinary = _mm512_cmp_ps_mask(x, _mm512_setzero_ps(), _CMP_NEQ_OQ);
    return padd(static_cast<Packet16f>(_mm512_mask_blend_ps(ordinary, x, one)), pzero(x));
  }
#endif
};
template <>
struct functor_traits<scalar_sign_op<descent::Scalar, false>> {
  enum { Cost = 4, PacketAccess = true };
};

}  // namespace Eigen::internal

namespace descent {

namespace detail {
struct PositiveOp {
  Scalar operator()(Scalar x) const { return static_cast<Scalar>(x > 0); }
  template <class Packet>
  Packet packetOp(const Packet& x) const {
    using namespace Eigen::internal;
    return pand(pcmp_lt(pzero(x), x), pset1<Packet>(Scalar(1)));
  }
};

struct ClampOp {
  Scalar low, high;
  Scalar operator()(Scalar x) const { return x < low ? low : high < x ? high : x; }
  template <class Packet>
  Packet packetOp(const Packet& x) const {
    using namespace Eigen::internal;
    const Packet cut = pmin(pmax(x, pset1<Packet>(low)), pset1<Packet>(high));
    return pselect(pcmp_eq(x, x), cut, x);
  }
};
}  // namespace detail

/// 1 where x > 0, else 0, element by element: what to multiply with instead of Eigen's select().
template <class Expression>
auto positive(const Eigen::ArrayBase<Expression>& x) {
  return x.derived().unaryExpr(detail::PositiveOp{});
}

/// x cut to [low, high], element by element. NaN stays NaN, unlike with Eigen's max() and min().
template <class Expression>
auto clamp(const Eigen::ArrayBase<Expression>& x, double low, double high) {
  return x.derived().unaryExpr(detail::ClampOp{static_cast<Scalar>(low), static_cast<Scalar>(high)});
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

namespace Eigen::internal {
template <>
struct functor_traits<descent::detail::PositiveOp> {
  enum { Cost = 2, PacketAccess = true };
};
template <>
struct functor_traits<descent::detail::ClampOp> {
  enum { Cost = 4, PacketAccess = true };
};
}  // namespace Eigen::internal
