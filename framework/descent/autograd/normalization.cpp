#include <fmt/format.h>

#include "descent/autograd/broadcasting.hpp"
#include "descent/autograd/ops.hpp"
#include "descent/base/error.hpp"
#include "descent/kernels/arithmetic.hpp"
#include "descent/kernels/normalization.hpp"

namespace descent {

namespace {

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
    const BroadcastPlan plan = kernels::channel_plan(value.shape());
    const kernels::BatchGradientMeans means = kernels::batch_gradient_means(gradient, normalized_);
    const auto count = static_cast<double>(plan.outer * plan.inner);
    if (into.needs(0)) {
      auto [target, accumulate] = into.target(0);
      kernels::batch_normalize_gradient(gradient, normalized_, means, inputs[1].value(), inverse_deviation_,
                                        target, accumulate);
    }
    if (into.needs(1)) {
      auto [target, accumulate] = into.target(1);
      kernels::scale(means.correlation, count, target, accumulate);
    }
    if (into.needs(2)) {
      auto [target, accumulate] = into.target(2);
      kernels::scale(means.gradient, count, target, accumulate);
    }
  }

  // The same from the input itself, so that the statistics' own derivatives are there for the next
  // differentiation.
  void record(const Variable& gradient, Gradients& into) const {
    const Variable &x = inputs[0], &scale = inputs[1];
    const Shape& channels = scale.shape();
    const BroadcastPlan plan = kernels::channel_plan(value.shape());
    const double per_element = 1.0 / static_cast<double>(plan.outer * plan.inner);
    const auto average = [&](const Variable& v) { return per_element * sum_to(v, channels); };
    const Variable centered = x - average(x);
    const Variable inverse = 1.0 / sqrt(average(square(centered)) + epsilon_);
    const Variable normalized = centered * inverse;
    if (into.needs(0)) {
      const Variable scaled = gradient * scale;
      into.add(0, (scaled - average(scaled) - normalized * average(scaled * normalized)) * inverse);
    }
    if (into.needs(1)) into.add(1, sum_to(gradient * normalized, channels));
    if (into.needs(2)) into.add(2, sum_to(gradient, channels));
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
      "x must be (batch, …, channels) with a batch of at least one, scale and shift (channels)";
  if (shape.rank() < 2 || shape.size() == 0 || !(scale.shape() == Shape{shape[shape.rank() - 1]}))
    shapes_do_not_fit("batch_normalize", shape, scale.shape(), rule);
  if (!(shift.shape() == scale.shape())) shapes_do_not_fit("batch_normalize", shape, shift.shape(), rule);
  auto made = kernels::batch_normalize(x.value(), scale.value(), shift.value(), epsilon);
  return {make_result<BatchNormalize>(std::move(made.result), {x, scale, shift}, std::move(made.normalized),
                                      std::move(made.inverse_deviation), epsilon),
          std::move(made.mean), std::move(made.variance)};
}

}  // namespace descent
