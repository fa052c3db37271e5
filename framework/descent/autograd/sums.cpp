#include <fmt/format.h>

#include "descent/autograd/broadcasting.hpp"
#include "descent/autograd/ops.hpp"
#include "descent/base/error.hpp"

namespace descent {

namespace {

Variable sum_along(const Variable& x, const BroadcastPlan& plan, const Shape& shape);
Variable repeat_along(const Variable& x, const BroadcastPlan& plan, const Shape& shape);

class Sum final : public Node {
 public:
  explicit Sum(const BroadcastPlan& plan) : repeats_(plan) {}
  const char* name() const override { return "sum"; }
  void backward(const Variable& gradient, Gradients& into) const override {
    const Shape& shape = inputs[0].shape();
    if (into.recording()) return into.add(0, repeat_along(gradient, repeats_, shape));
    auto [target, accumulate] = into.target(0);
    kernels::broadcast(gradient.value(), repeats_, target, accumulate);
  }

 private:
  BroadcastPlan repeats_;
};

class Broadcast final : public Node {
 public:
  explicit Broadcast(const BroadcastPlan& plan) : repeats_(plan) {}
  const char* name() const override { return "broadcast_to"; }
  void backward(const Variable& gradient, Gradients& into) const override {
    const Shape& shape = inputs[0].shape();
    if (into.recording()) return into.add(0, sum_along(gradient, repeats_, shape));
    auto [target, accumulate] = into.target(0);
    kernels::sum_broadcast(gradient.value(), repeats_, target, accumulate);
  }

 private:
  BroadcastPlan repeats_;
};

Variable sum_along(const Variable& x, const BroadcastPlan& plan, const Shape& shape) {
  Tensor out = Tensor::empty(shape);
  kernels::sum_broadcast(x.value(), plan, out, false);
  return make_result<Sum>(std::move(out), {x}, plan);
}

Variable repeat_along(const Variable& x, const BroadcastPlan& plan, const Shape& shape) {
  Tensor out = Tensor::empty(shape);
  kernels::broadcast(x.value(), plan, out, false);
  return make_result<Broadcast>(std::move(out), {x}, plan);
}

void need_batch(const char* op, const Variable& x) {
  if (x.shape().rank() == 0)
    throw Error(
        fmt::format("op '{}': it needs a batch, (batch, …), but got a single number of shape ()", op));
}

}  // namespace

Variable sum(const Variable& x) {
  return sum_along(x, {1, 1, x.value().size()}, {});
}

Variable mean(const Variable& x) {
  if (x.value().size() == 0)
    throw Error(fmt::format("op 'mean': the shape {} has no elements to take the mean of", x.shape().text()));
  return sum(x) * (1.0 / static_cast<double>(x.value().size()));
}

Variable sum_features(const Variable& x) {
  need_batch("sum_features", x);
  return sum_along(x, {1, x.value().rows(), x.value().columns()}, {x.value().rows()});
}

Variable sum_batch(const Variable& x) {
  need_batch("sum_batch", x);
  return sum_along(x, {x.value().rows(), x.value().columns(), 1}, x.shape().row());
}

Variable sum_to(const Variable& x, const Shape& shape) {
  if (x.shape() == shape) return x;
  const auto plan = broadcast_plan(shape, x.shape());
  if (!plan) shapes_do_not_fit("sum_to", x.shape(), shape, "the second must broadcast to the first");
  return sum_along(x, *plan, shape);
}

Variable broadcast_to(const Variable& x, const Shape& shape) {
  if (x.shape() == shape) return x;
  const auto plan = broadcast_plan(x.shape(), shape);
  if (!plan) shapes_do_not_fit("broadcast_to", x.shape(), shape, "the first must broadcast to the second");
  return repeat_along(x, *plan, shape);
}

}  // namespace descent
