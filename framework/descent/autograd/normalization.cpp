#include <fmt/format.h>

#include "descent/autograd/broadcasting.hpp"
#include "descent/autograd/ops.hpp"
#include "descent/base/error.hpp"
#include "descent/kernels/arithmetic.hpp"
#include "descent/kernels/group_normalization.hpp"
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

Variable spread_over_groups(const Variable& x, const GroupLayout& layout, const Shape& shape);
Variable sum_of_groups(const Variable& x, const GroupLayout& layout);

class SumGroups final : public Node {
 public:
  explicit SumGroups(const GroupLayout& layout) : layout_(layout) {}
  const char* name() const override { return "sum_groups"; }
  void backward(const Variable& gradient, Gradients& into) const override {
    if (into.recording()) return into.add(0, spread_over_groups(gradient, layout_, inputs[0].shape()));
    auto [target, accumulate] = into.target(0);
    kernels::spread_groups(gradient.value(), layout_, target, accumulate);
  }

 private:
  GroupLayout layout_;
};

/// SumGroups' adjoint.
class SpreadGroups final : public Node {
 public:
  explicit SpreadGroups(const GroupLayout& layout) : layout_(layout) {}
  const char* name() const override { return "spread_groups"; }
  void backward(const Variable& gradient, Gradients& into) const override {
    into.add(0, sum_of_groups(gradient, layout_));
  }

 private:
  GroupLayout layout_;
};

Variable sum_of_groups(const Variable& x, const GroupLayout& layout) {
  Tensor out = Tensor::empty({layout.batch, layout.groups});
  kernels::sum_groups(x.value(), layout, out);
  return make_result<SumGroups>(std::move(out), {x}, layout);
}

Variable spread_over_groups(const Variable& x, const GroupLayout& layout, const Shape& shape) {
  Tensor out = Tensor::empty(shape);
  kernels::spread_groups(x.value(), layout, out, false);
  return make_result<SpreadGroups>(std::move(out), {x}, layout);
}

/// Inputs: x, and scale and shift if there are any.
class GroupNormalize final : public Node {
 public:
  GroupNormalize(const GroupLayout& layout, Tensor normalized, Tensor inverse_deviation, double epsilon)
      : layout_(layout),
        normalized_(std::move(normalized)),
        inverse_deviation_(std::move(inverse_deviation)),
        epsilon_(epsilon) {}
  const char* name() const override { return "group_normalize"; }

  void backward(const Variable& gradient, Gradients& into) const override {
    if (into.recording()) {
      record(gradient, into);
    } else {
      write(gradient.value(), into);
    }
  }

 private:
  void write(const Tensor& gradient, Gradients& into) const {
    const Tensor scale = inputs[1].defined() ? inputs[1].value() : Tensor();
    if (into.needs(0)) {
      auto [target, accumulate] = into.target(0);
      kernels::group_normalize_gradient(gradient, layout_, normalized_, inverse_deviation_, scale, target,
                                        accumulate);
    }
    if (into.needs(1)) {
      auto [target, accumulate] = into.target(1);
      kernels::group_scale_gradient(gradient, normalized_, target, accumulate);
    }
    if (into.needs(2)) {
      auto [target, accumulate] = into.target(2);
      kernels::sum_broadcast(gradient, kernels::channel_plan(value.shape()), target, accumulate);
    }
  }

  // The same from the input itself, so that the statistics' own derivatives are there for the next
  // differentiation.
  void record(const Variable& gradient, Gradients& into) const {
    const Variable &x = inputs[0], &scale = inputs[1];
    const double per_element = 1.0 / static_cast<double>(layout_.count());
    const auto average = [&](const Variable& v) { return per_element * sum_of_groups(v, layout_); };
    const auto spread = [&](const Variable& v) { return spread_over_groups(v, layout_, value.shape()); };
    const Variable centered = x - spread(average(x));
    const Variable inverse = spread(1.0 / sqrt(average(square(centered)) + epsilon_));
    const Variable normalized = centered * inverse;
    if (into.needs(0)) {
      const Variable scaled = scale.defined() ? gradient * scale : gradient;
      into.add(0, (scaled - spread(average(scaled)) - normalized * spread(average(scaled * normalized))) *
                      inverse);
    }
    if (into.needs(1)) into.add(1, sum_to(gradient * normalized, scale.shape()));
    if (into.needs(2)) into.add(2, sum_to(gradient, inputs[2].shape()));
  }

  GroupLayout layout_;
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

Variable group_normalize(const Variable& x, const Variable& scale, const Variable& shift, std::int64_t groups,
                         double epsilon) {
  const Shape& shape = x.shape();
  if (shape.rank() < 2 || shape.size() == 0)
    throw Error(
        fmt::format("op 'group_normalize': x must be (batch, …, channels) with a number or more, but is {}",
                    shape.text()));
  const std::int64_t channels = shape[shape.rank() - 1];
  if (groups < 1 || channels % groups != 0)
    throw Error(
        fmt::format("op 'group_normalize': {} channels do not divide into {} groups", channels, groups));
  for (const Variable& affine : {scale, shift}) {
    if (affine.defined() != scale.defined())
      throw Error("op 'group_normalize': scale and shift are both given or both undefined");
    if (affine.defined() && !(affine.shape() == Shape{channels}))
      shapes_do_not_fit("group_normalize", shape, affine.shape(),
                        "x must be (batch, …, channels), scale and shift (channels)");
  }
  const GroupLayout layout = kernels::group_layout(shape, groups);
  auto made = kernels::group_normalize(x.value(), layout, scale.defined() ? scale.value() : Tensor(),
                                       shift.defined() ? shift.value() : Tensor(), epsilon);
  return make_result<GroupNormalize>(std::move(made.result), {x, scale, shift}, layout,
                                     std::move(made.normalized), std::move(made.inverse_deviation), epsilon);
}

}  // namespace descent
