#include <fmt/format.h>

#include <cmath>

#include "descent/autograd/broadcasting.hpp"
#include "descent/autograd/ops.hpp"
#include "descent/base/error.hpp"

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
    const auto g = array(gradient.value()), x = array(logits.value()), t = array(targets.value());
    if (into.needs(0)) {
      auto [target, accumulate] = into.target(0);
      put(array(target), accumulate, g * (logistic_function(x) - t));
    }
    if (into.needs(1)) {
      auto [target, accumulate] = into.target(1);
      put(array(target), accumulate, -(g * x));
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
    const std::int64_t classes = value.columns();
    for (std::int64_t row = 0; row < value.rows(); ++row) {
      const ConstValues g(gradient.value().data() + row * classes, classes),
          y(value.data() + row * classes, classes);
      put(Values(target.data() + row * classes, classes), accumulate, g - y.exp() * g.sum());
    }
  }
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
  Tensor out = Tensor::zeros(shape);
  for (std::int64_t row = 0; row < out.rows(); ++row)
    out.data()[row * out.columns() + static_cast<std::int64_t>(index.data()[row])] = x.value().data()[row];
  return make_result<SourceLocation>(std::move(out), {x}, index);
}

}  // namespace

Variable bce_with_logits(const Variable& logits, const Variable& targets) {
  if (!(logits.shape() == targets.shape()))
    shapes_do_not_fit("bce_with_logits", logits.shape(), targets.shape(),
                      "logits and targets must have equal shapes");
  Tensor out = Tensor::empty(logits.shape());
  in_pieces(out.size(), [&](std::int64_t begin, std::int64_t count, Scalar* e) {
    const Scalar *x = logits.value().data() + begin, *t = targets.value().data() + begin;
    Values(e, count) = (-ConstValues(x, count).abs()).exp();
    put_each(out.data() + begin, count, false, [=](std::int64_t i) {
      return (x[i] > 0 ? x[i] : Scalar(0)) - x[i] * t[i] + log1p_of_unit(e[i]);
    });
  });
  return make_result<BceWithLogits>(std::move(out), {logits, targets});
}

Variable log_softmax(const Variable& logits) {
  if (logits.shape().rank() != 2 || logits.shape()[1] == 0)
    throw Error(
        fmt::format("op 'log_softmax': it needs (batch, classes), but got {}", logits.shape().text()));
  Tensor out = Tensor::empty(logits.shape());
  const std::int64_t classes = out.columns();
  for (std::int64_t row = 0; row < out.rows(); ++row) {
    const ConstValues x(logits.value().data() + row * classes, classes);
    const Scalar greatest = x.maxCoeff();
    Values(out.data() + row * classes, classes) = x - greatest - std::log((x - greatest).exp().sum());
  }
  return make_result<LogSoftmax>(std::move(out), {logits});
}

Variable pick(const Variable& x, const Tensor& index) {
  if (x.shape().rank() != 2 || !(index.shape() == Shape{x.shape()[0]}))
    shapes_do_not_fit("pick", x.shape(), index.shape(), "x must be (batch, classes) and the index (batch)");
  const std::int64_t classes = x.shape()[1];
  Tensor out = Tensor::empty(index.shape());
  for (std::int64_t row = 0; row < out.size(); ++row) {
    const auto wanted = static_cast<double>(index.data()[row]);
    if (!(wanted >= 0 && wanted < static_cast<double>(classes)) || wanted != std::floor(wanted))
      throw Error(fmt::format("op 'pick': index {} of row {} is not a whole number from 0 to {}", wanted, row,
                              classes - 1));
    out.data()[row] = x.value().data()[row * classes + static_cast<std::int64_t>(wanted)];
  }
  return make_result<Pick>(std::move(out), {x}, index);
}

}  // namespace descent
