#pragma once

#include <Eigen/Core>
#include <cmath>

#include "descent/base/scalar.hpp"

// Element-wise functions that Eigen 3.4 has, but does not vectorise. sign() is made fast where it is, so that
// whoever writes `sign(x)` gets it. The sign of NaN is NaN: what goes wrong must show.
namespace Eigen::internal {

template <>
struct scalar_sign_op<descent::Scalar, false> {
  using Scalar = descent::Scalar;
  Scalar operator()(Scalar x) const { return x == x ? static_cast<Scalar>((x > 0) - (x < 0)) : x; }
  template <class Packet>
  Packet packetOp(const Packet& x) const {
    const Packet zero = pzero(x), one = pset1<Packet>(Scalar(1));
    return pselect(pcmp_eq(x, x), psub(pand(pcmp_lt(zero, x), one), pand(pcmp_lt(x, zero), one)), x);
  }
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

/// The Euclidean norm, summed in double: for whole tensors, whose squares are too many for a sum in float.
template <class Expression>
double norm(const Eigen::ArrayBase<Expression>& x) {
  return std::sqrt(x.derived().template cast<double>().square().sum());
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
