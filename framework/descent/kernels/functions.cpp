#include "descent/kernels/functions.hpp"

#include "descent/kernels/detail/map.hpp"

namespace descent::kernels {

namespace {

struct ExpRule {
  auto value(const auto& x) const { return x.exp(); }
  auto gradient(const auto& g, const auto&, const auto& y) const { return g * y; }
};

struct LogRule {
  auto value(const auto& x) const { return x.log(); }
  auto gradient(const auto& g, const auto& x, const auto&) const { return g / x; }
};

struct SqrtRule {
  auto value(const auto& x) const { return x.sqrt(); }
  auto gradient(const auto& g, const auto&, const auto& y) const { return Scalar(0.5) * g / y; }
};

struct SquareRule {
  auto value(const auto& x) const { return x.square(); }
  auto gradient(const auto& g, const auto& x, const auto&) const { return Scalar(2) * g * x; }
};

struct PowerRule {
  double exponent;
  auto value(const auto& x) const { return x.pow(static_cast<Scalar>(exponent)); }
  auto gradient(const auto& g, const auto& x, const auto&) const {
    return static_cast<Scalar>(exponent) * g * x.pow(static_cast<Scalar>(exponent - 1));
  }
};

struct AbsRule {
  auto value(const auto& x) const { return x.abs(); }
  Scalar element_gradient(Scalar g, Scalar x, Scalar) const { return x > 0 ? g : (x < 0 ? -g : Scalar(0)); }
};

struct SinRule {
  auto value(const auto& x) const { return x.sin(); }
  auto gradient(const auto& g, const auto& x, const auto&) const { return g * x.cos(); }
};

struct CosRule {
  auto value(const auto& x) const { return x.cos(); }
  auto gradient(const auto& g, const auto& x, const auto&) const { return -(g * x.sin()); }
};

struct ClampRule {
  Scalar low, high;
  auto value(const auto& x) const { return x.max(low).min(high); }
  Scalar element_gradient(Scalar g, Scalar x, Scalar) const {
    return ((x >= low) & (x <= high)) ? g : Scalar(0);
  }
};

ClampRule clamp_rule(double low, double high) {
  return {static_cast<Scalar>(low), static_cast<Scalar>(high)};
}

// out[i] = function(x[i]).
template <class Function>
void put_each_of(const Tensor& x, Tensor& out, Function function) {
  const Scalar* in = x.data();
  share_each(out.data(), out.size(), false, [=](std::int64_t i) { return function(in[i]); });
}

}  // namespace

void exp(const Tensor& x, Tensor& out) {
  map(x, out, ExpRule{});
}
void exp_gradient(const Tensor& g, const Tensor& y, Tensor& out, bool accumulate) {
  map_gradient(g, y, y, out, accumulate, ExpRule{});
}
void log(const Tensor& x, Tensor& out) {
  map(x, out, LogRule{});
}
void log_gradient(const Tensor& g, const Tensor& x, Tensor& out, bool accumulate) {
  map_gradient(g, x, x, out, accumulate, LogRule{});
}
void sqrt(const Tensor& x, Tensor& out) {
  map(x, out, SqrtRule{});
}
void sqrt_gradient(const Tensor& g, const Tensor& y, Tensor& out, bool accumulate) {
  map_gradient(g, y, y, out, accumulate, SqrtRule{});
}
void square(const Tensor& x, Tensor& out) {
  map(x, out, SquareRule{});
}
void square_gradient(const Tensor& g, const Tensor& x, Tensor& out, bool accumulate) {
  map_gradient(g, x, x, out, accumulate, SquareRule{});
}
void pow(const Tensor& x, double exponent, Tensor& out) {
  map(x, out, PowerRule{exponent});
}
void pow_gradient(const Tensor& g, const Tensor& x, double exponent, Tensor& out, bool accumulate) {
  map_gradient(g, x, x, out, accumulate, PowerRule{exponent});
}
void abs(const Tensor& x, Tensor& out) {
  map(x, out, AbsRule{});
}
void abs_gradient(const Tensor& g, const Tensor& x, Tensor& out, bool accumulate) {
  map_gradient(g, x, x, out, accumulate, AbsRule{});
}
void abs_derivative(const Tensor& x, Tensor& out) {
  put_each_of(x, out, [](Scalar v) { return AbsRule{}.element_gradient(1, v, v); });
}
void sin(const Tensor& x, Tensor& out) {
  map(x, out, SinRule{});
}
void sin_gradient(const Tensor& g, const Tensor& x, Tensor& out, bool accumulate) {
  map_gradient(g, x, x, out, accumulate, SinRule{});
}
void cos(const Tensor& x, Tensor& out) {
  map(x, out, CosRule{});
}
void cos_gradient(const Tensor& g, const Tensor& x, Tensor& out, bool accumulate) {
  map_gradient(g, x, x, out, accumulate, CosRule{});
}
void clamp(const Tensor& x, double low, double high, Tensor& out) {
  map(x, out, clamp_rule(low, high));
}
void clamp_gradient(const Tensor& g, const Tensor& x, double low, double high, Tensor& out, bool accumulate) {
  map_gradient(g, x, x, out, accumulate, clamp_rule(low, high));
}
void clamp_derivative(const Tensor& x, double low, double high, Tensor& out) {
  const ClampRule rule = clamp_rule(low, high);
  put_each_of(x, out, [=](Scalar v) { return rule.element_gradient(1, v, v); });
}
void positive(const Tensor& x, Tensor& out) {
  put_each_of(x, out, [](Scalar v) { return static_cast<Scalar>(v > 0); });
}
void not_positive(const Tensor& x, Tensor& out) {
  put_each_of(x, out, [](Scalar v) { return v > 0 ? Scalar(0) : Scalar(1); });
}

}  // namespace descent::kernels
