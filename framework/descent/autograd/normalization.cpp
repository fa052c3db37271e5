#include <fmt/format.h>

#include "descent/autograd/broadcasting.hpp"
#include "descent/autograd/ops.hpp"
#include "descent/base/error.hpp"

namespace descent {

namespace {

BroadcastPlan channels_of(const Shape& shape) {
  return {shape[0], shape[1], shape.size() / std::max<std::int64_t>(shape[0] * shape[1], 1)};
}

// out[o, m, i] = function(m, index of o, m, i), or +=; the innermost loop runs along memory.
template <class Function>
void per_channel(const BroadcastPlan& r, Tensor& out, bool accumulate, Function function) {
  for (std::int64_t o = 0; o < r.outer; ++o) {
    const std::int64_t row = o * r.middle * r.inner;
    if (r.inner == 1) {
      put_each(out.data() + row, r.middle, accumulate, [=](std::int64_t m) { return function(m, row + m); });
      continue;
    }
    for (std::int64_t m = 0; m < r.middle; ++m) {
      const std::int64_t begin = row + m * r.inner;
      put_each(out.data() + begin, r.inner, accumulate,
               [=](std::int64_t i) { return function(m, begin + i); });
    }
  }
}

Tensor channel_mean(const Tensor& x, const BroadcastPlan& plan) {
  Tensor out = Tensor::empty({plan.middle});
  sum_broadcast(x, plan, out, false);
  array(out) *= static_cast<Scalar>(1.0 / static_cast<double>(plan.outer * plan.inner));
  return out;
}

Tensor product(const Tensor& a, const Tensor& b) {
  Tensor out = Tensor::empty(a.shape());
  array(out) = array(a) * array(b);
  return out;
}

class BatchNormalize final : public Node {
 public:
  BatchNormalize(Tensor normalized, Tensor inverse_deviation, double epsilon)
      : normalized_(std::move(normalized)),
        inverse_deviation_(std::move(inverse_deviation)),
        epsilon_(epsilon) {}
  const char* name() const override { return "batch_normalize"; }

  void backward(const Variable& gradient, Gradients& into) const override {
    if (into.recording()) {
      record(gradient, into);
    } else {
      write(gradient.value(), into);
    }
  }

 private:
  void write(const Tensor& gradient, Gradients& into) const {
    const BroadcastPlan plan = channels_of(value.shape());
    const Tensor mean = channel_mean(gradient, plan);
    const Tensor correlation = channel_mean(product(gradient, normalized_), plan);
    const auto count = static_cast<Scalar>(plan.outer * plan.inner);
    if (into.needs(0)) {
      auto [target, accumulate] = into.target(0);
      const Scalar *scale = inputs[1].value().data(), *inverse = inverse_deviation_.data();
      const Scalar *a = mean.data(), *b = correlation.data(), *g = gradient.data(), *n = normalized_.data();
      per_channel(plan, target, accumulate, [=](std::int64_t m, std::int64_t i) {
        return scale[m] * inverse[m] * (g[i] - a[m] - n[i] * b[m]);
      });
    }
    if (into.needs(1)) {
      auto [target, accumulate] = into.target(1);
      put(array(target), accumulate, count * array(correlation));
    }
    if (into.needs(2)) {
      auto [target, accumulate] = into.target(2);
      put(array(target), accumulate, count * array(mean));
    }
  }

  // The same from the input itself, so that the statistics' own derivatives are there for the next
  // differentiation.
  void record(const Variable& gradient, Gradients& into) const {
    const Variable &x = inputs[0], scale = along_channels(inputs[1], x);
    const Shape& channels = scale.shape();
    const BroadcastPlan plan = channels_of(value.shape());
    const double per_element = 1.0 / static_cast<double>(plan.outer * plan.inner);
    const auto average = [&](const Variable& v) { return per_element * sum_to(v, channels); };
    const Variable centerd = x - average(x);
    const Variable inverse = 1.0 / sqrt(average(square(centerd)) + epsilon_);
    const Variable normalized = centerd * inverse;
    if (into.needs(0)) {
      const Variable scaled = gradient * scale;
      into.add(0, (scaled - average(scaled) - normalized * average(scaled * normalized)) * inverse);
    }
    if (into.needs(1)) into.add(1, reshape(sum_to(gradient * normalized, channels), inputs[1].shape()));
    if (into.needs(2)) into.add(2, reshape(sum_to(gradient, channels), inputs[2].shape()));
  }

  Tensor normalized_;
  Tensor inverse_deviation_;
  double epsilon_;
};

}  // namespace

BatchNormalized batch_normalize(const Variable& x, const Variable& scale, const Variable& shift,
                                double epsilon) {
  const Shape& shape = x.shape();
  const char* rule =
      "x must be (batch, channels, …) with a batch of at least one, scale and shift (channels)";
  if (shape.rank() < 2 || shape.size() == 0 || !(scale.shape() == Shape{shape[1]}))
    shapes_do_not_fit("batch_normalize", shape, scale.shape(), rule);
  if (!(shift.shape() == scale.shape())) shapes_do_not_fit("batch_normalize", shape, shift.shape(), rule);
  const BroadcastPlan plan = channels_of(shape);
  const Scalar* in = x.value().data();

  Tensor mean = channel_mean(x.value(), plan);
  Tensor normalized = Tensor::empty(shape);
  const Scalar* center = mean.data();
  per_channel(plan, normalized, false, [=](std::int64_t m, std::int64_t i) { return in[i] - center[m]; });
  Tensor variance = channel_mean(product(normalized, normalized), plan);
  Tensor inverse = Tensor::empty(variance.shape());
  array(inverse) = (constant_array(variance) + static_cast<Scalar>(epsilon)).sqrt().inverse();

  Tensor out = Tensor::empty(shape);
  Scalar* n = normalized.data();
  const Scalar *factor = inverse.data(), *a = scale.value().data(), *b = shift.value().data();
  per_channel(plan, normalized, false, [=](std::int64_t m, std::int64_t i) { return n[i] * factor[m]; });
  per_channel(plan, out, false, [=](std::int64_t m, std::int64_t i) { return n[i] * a[m] + b[m]; });
  return {make_result<BatchNormalize>(std::move(out), {x, scale, shift}, std::move(normalized),
                                      std::move(inverse), epsilon),
          std::move(mean), std::move(variance)};
}

Variable along_channels(const Variable& per_channel, const Variable& x) {
  if (x.shape().rank() < 2 || !(per_channel.shape() == Shape{x.shape()[1]}))
    shapes_do_not_fit("along_channels", per_channel.shape(), x.shape(),
                      "they must be (channels) and (batch, channels, …)");
  std::array<std::int64_t, Shape::max_rank> extents;
  extents.fill(1);
  extents[0] = x.shape()[1];
  return reshape(per_channel, Shape(std::span<const std::int64_t>(extents.data(), x.shape().rank() - 1)));
}

}  // namespace descent
