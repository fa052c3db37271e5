#pragma once

#include <Eigen/Core>

#include "descent/base/scalar.hpp"

// Element-wise functions that Eigen 3.4 has, but does not vectorise. sign() is made fast where it is, so that
// whoever writes `sign(x)` gets it.
namespace Eigen::internal {

template <>
struct scalar_sign_op<descent::Scalar, false> {
  using Scalar = descent::Scalar;
  Scalar operator()(Scalar x) const { return static_cast<Scalar>((x > 0) - (x < 0)); }
  template <class Packet>
  Packet packetOp(const Packet& x) const {
    const Packet zero = pzero(x), one = pset1<Packet>(Scalar(1));
    return psub(pand(pcmp_lt(zero, x), one), pand(pcmp_lt(x, zero), one));
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
}  // namespace detail

/// 1 where x > 0, else 0, element by element: what to multiply with instead of Eigen's select().
template <class Expression>
auto positive(const Eigen::ArrayBase<Expression>& x) {
  return x.derived().unaryExpr(detail::PositiveOp{});
}

}  // namespace descent

namespace Eigen::internal {
template <>
struct functor_traits<descent::detail::PositiveOp> {
  enum { Cost = 2, PacketAccess = true };
};
}  // namespace Eigen::internal
