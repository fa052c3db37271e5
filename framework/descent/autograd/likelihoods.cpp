#include <fmt/format.h>

#include <limits>

#include "descent/autograd/broadcasting.hpp"
#include "descent/autograd/ops.hpp"
#include "descent/base/error.hpp"
#include "descent/kernels/arithmetic.hpp"
#include "descent/kernels/indices.hpp"
#include "descent/kernels/likelihoods.hpp"

namespace descent {

namespace {

class BceWithLogits final : public Node {
 public:
  const char* name() const override { return "bce_with_logits"; }
  void backward(const Variable& gradient, Gradients& into) const override {
    const Variable &logits = inputs[0], &targets = inputs[1];
    if (into.recording()) {
      if (into.needs(0)) into.add(0, gradient * (sigmoid(logits) - targets));
      if (into.needs(1)) into.add(1, -(gradient * logits));
      return;
    }
    if (into.needs(0)) {
      auto [target, accumulate] = into.target(0);
      kernels::bce_with_logits_gradient(gradient.value(), logits.value(), targets.value(), target,
                                        accumulate);
    }
    if (into.needs(1)) {
      auto [target, accumulate] = into.target(1);
      kernels::negated_product(gradient.value(), logits.value(), target, accumulate);
    }
  }
};

class LogSoftmax final : public Node {
 public:
  const char* name() const override { return "log_softmax"; }
  void backward(const Variable& gradient, Gradients& into) const override {
    if (into.recording()) {
      const Variable totals = reshape(sum_features(gradient), {value.rows(), 1});
      return into.add(0, gradient - exp(self()) * totals);
    }
    auto [target, accumulate] = into.target(0);
    kernels::log_softmax_gradient(gradient.value(), value, target, accumulate);
  }
};

class LogSumExp final : public Node {
 public:
  const char* name() const override { return "log_sum_exp"; }
  void backward(const Variable& gradient, Gradients& into) const override {
    if (into.recording()) {
      // Minus infinity of a row of minus infinities would give NaN.
      const Variable finite =
          clamp(self(), std::numeric_limits<Scalar>::lowest(), std::numeric_limits<Scalar>::infinity());
      const Variable weights = exp(inputs[0] - reshape(finite, column()));
      return into.add(0, weights * reshape(gradient, column()));
    }
    auto [target, accumulate] = into.target(0);
    kernels::log_sum_exp_gradient(gradient.value(), inputs[0].value(), value, target, accumulate);
  }

 private:
  // (…, 1), where x is (…, n).
  Shape column() const { return inputs[0].shape().with_last(1); }
};

Variable location(const Variable& x, const Tensor& index, const Shape& shape);

class Pick final : public Node {
 public:
  explicit Pick(Tensor index) : index_(std::move(index)) {}
  const char* name() const override { return "pick"; }
  void backward(const Variable& gradient, Gradients& into) const override {
    into.add(0, location(gradient, index_, inputs[0].shape()));
  }

 private:
  Tensor index_;
};

/// Pick's adjoint: row i holds its number at index[i], and zeros.
class SourceLocation final : public Node {
 public:
  explicit SourceLocation(Tensor index) : index_(std::move(index)) {}
  const char* name() const override { return "place"; }
  void backward(const Variable& gradient, Gradients& into) const override {
    into.add(0, pick(gradient, index_));
  }

 private:
  Tensor index_;
};

Variable location(const Variable& x, const Tensor& index, const Shape& shape) {
  Tensor out = Tensor::empty(shape);
  kernels::place(x.value(), index, out);
  return make_result<SourceLocation>(std::move(out), {x}, index);
}

}  // namespace

Variable bce_with_logits(const Variable& logits, const Variable& targets) {
  if (!(logits.shape() == targets.shape()))
    shapes_do_not_fit("bce_with_logits", logits.shape(), targets.shape(),
                      "logits and targets must have equal shapes");
  Tensor out = Tensor::empty(logits.shape());
  kernels::bce_with_logits(logits.value(), targets.value(), out);
  return make_result<BceWithLogits>(std::move(out), {logits, targets});
}

Variable log_softmax(const Variable& logits) {
  if (logits.shape().rank() != 2 || logits.shape()[1] == 0)
    throw Error(
        fmt::format("op 'log_softmax': it needs (batch, classes), but got {}", logits.shape().text()));
  Tensor out = Tensor::empty(logits.shape());
  kernels::log_softmax(logits.value(), out);
  return make_result<LogSoftmax>(std::move(out), {logits});
}

Variable log_sum_exp(const Variable& x) {
  const Shape& shape = x.shape();
  if (shape.rank() == 0 || shape[shape.rank() - 1] == 0)
    throw Error(fmt::format("op 'log_sum_exp': it needs (…, n) with n at least 1, but got {}", shape.text()));
  Tensor out = Tensor::empty(shape.without_last());
  kernels::log_sum_exp(x.value(), out);
  return make_result<LogSumExp>(std::move(out), {x});
}

Variable pick(const Variable& x, const Tensor& index) {
  if (x.shape().rank() != 2 || !(index.shape() == Shape{x.shape()[0]}))
    shapes_do_not_fit("pick", x.shape(), index.shape(), "x must be (batch, classes) and the index (batch)");
  const std::int64_t classes = x.shape()[1];
  if (const auto row = kernels::find_invalid_index(index, classes))
    throw Error(fmt::format("op 'pick': index {} of row {} is not a whole number from 0 to {}",
                            index.part(*row, {}).item(), *row, classes - 1));
  Tensor out = Tensor::empty(index.shape());
  kernels::pick(x.value(), index, out);
  return make_result<Pick>(std::move(out), {x}, index);
}

}  // namespace descent
