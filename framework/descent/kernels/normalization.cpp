#include "descent/kernels/normalization.hpp"

#include "descent/kernels/detail/elementwise.hpp"

namespace descent::kernels {

namespace {

// out[o, m] = function(m, index of o, m), or +=.
template <class Function>
void per_channel(const BroadcastPlan& r, Tensor& out, bool accumulate, Function function) {
  share_rows(r.outer, r.middle, [=, numbers = out.data()](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin * r.middle; row < end * r.middle; row += r.middle)
      put_each(numbers + row, r.middle, accumulate, [=](std::int64_t m) { return function(m, row + m); });
  });
}

Tensor channel_mean(const Tensor& x, const BroadcastPlan& plan) {
  Tensor out = Tensor::empty({plan.middle});
  sum_broadcast(x, plan, out, false);
  array(out) *= static_cast<Scalar>(1.0 / static_cast<double>(plan.outer * plan.inner));
  return out;
}

Tensor product(const Tensor& a, const Tensor& b) {
  Tensor out = Tensor::empty(a.shape());
  put_all(out, false, [&](auto part) { return part(a) * part(b); });
  return out;
}

}  // namespace

BroadcastPlan channel_plan(const Shape& shape) {
  const std::int64_t channels = shape[shape.rank() - 1];
  return {shape.size() / std::max<std::int64_t>(channels, 1), channels, 1};
}

BatchNormalization batch_normalize(const Tensor& x, const Tensor& scale, const Tensor& shift,
                                   double epsilon) {
  const BroadcastPlan plan = channel_plan(x.shape());
  const Scalar* in = x.data();
  BatchNormalization made;
  made.mean = channel_mean(x, plan);
  made.normalized = Tensor::empty(x.shape());
  const Scalar* center = made.mean.data();
  per_channel(plan, made.normalized, false,
              [=](std::int64_t m, std::int64_t i) { return in[i] - center[m]; });
  made.variance = channel_mean(product(made.normalized, made.normalized), plan);
  made.inverse_deviation = Tensor::empty(made.variance.shape());
  array(made.inverse_deviation) =
      (constant_array(made.variance) + static_cast<Scalar>(epsilon)).sqrt().inverse();

  made.result = Tensor::empty(x.shape());
  Scalar* n = made.normalized.data();
  const Scalar *factor = made.inverse_deviation.data(), *a = scale.data(), *b = shift.data();
  per_channel(plan, made.normalized, false, [=](std::int64_t m, std::int64_t i) { return n[i] * factor[m]; });
  per_channel(plan, made.result, false, [=](std::int64_t m, std::int64_t i) { return n[i] * a[m] + b[m]; });
  return made;
}

BatchGradientMeans batch_gradient_means(const Tensor& g, const Tensor& normalized) {
  const BroadcastPlan plan = channel_plan(g.shape());
  return {channel_mean(g, plan), channel_mean(product(g, normalized), plan)};
}

void batch_normalize_gradient(const Tensor& gradient, const Tensor& normalized,
                              const BatchGradientMeans& means, const Tensor& channel_scale,
                              const Tensor& inverse_deviation, Tensor& out, bool accumulate) {
  const BroadcastPlan plan = channel_plan(gradient.shape());
  const Scalar *scale = channel_scale.data(), *inverse = inverse_deviation.data();
  const Scalar *a = means.gradient.data(), *b = means.correlation.data();
  const Scalar *g = gradient.data(), *n = normalized.data();
  per_channel(plan, out, accumulate, [=](std::int64_t m, std::int64_t i) {
    return scale[m] * inverse[m] * (g[i] - a[m] - n[i] * b[m]);
  });
}

}  // namespace descent::kernels
