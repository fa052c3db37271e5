#include "descent/kernels/likelihoods.hpp"

#include <cmath>
#include <limits>

#include "descent/kernels/detail/elementwise.hpp"

namespace descent::kernels {

void bce_with_logits(const Tensor& logits, const Tensor& targets, Tensor& out) {
  in_pieces(out.size(), [&](std::int64_t begin, std::int64_t count, Scalar* e) {
    const Scalar *x = logits.data() + begin, *t = targets.data() + begin;
    UnalignedView(e, count) = (-ConstUnalignedView(x, count).abs()).exp();
    put_each(out.data() + begin, count, false, [=](std::int64_t i) {
      return (x[i] > 0 ? x[i] : Scalar(0)) - x[i] * t[i] + log1p_of_unit(e[i]);
    });
  });
}

void bce_with_logits_gradient(const Tensor& gradient, const Tensor& logits, const Tensor& targets,
                              Tensor& out, bool accumulate) {
  put_all(out, accumulate,
          [&](auto part) { return part(gradient) * (logistic_function(part(logits)) - part(targets)); });
}

void log_softmax(const Tensor& logits, Tensor& out) {
  const std::int64_t classes = out.columns();
  share_rows(out.rows(), classes, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row) {
      const ConstUnalignedView x(logits.data() + row * classes, classes);
      const Scalar greatest = x.maxCoeff();
      UnalignedView(out.data() + row * classes, classes) =
          x - greatest - std::log((x - greatest).exp().sum());
    }
  });
}

void log_softmax_gradient(const Tensor& gradient, const Tensor& result, Tensor& out, bool accumulate) {
  const std::int64_t classes = result.columns();
  for (std::int64_t row = 0; row < result.rows(); ++row) {
    const ConstUnalignedView g(gradient.data() + row * classes, classes),
        y(result.data() + row * classes, classes);
    put(UnalignedView(out.data() + row * classes, classes), accumulate, g - y.exp() * g.sum());
  }
}

void log_sum_exp(const Tensor& logits, Tensor& out) {
  const std::int64_t count = logits.size() / std::max<std::int64_t>(out.size(), 1);
  for (std::int64_t row = 0; row < out.size(); ++row) {
    const ConstUnalignedView x(logits.data() + row * count, count);
    const Scalar greatest = x.maxCoeff();
    // The difference of two infinities would be NaN.
    out.data()[row] = std::isinf(greatest) ? greatest : greatest + std::log((x - greatest).exp().sum());
  }
}

void log_sum_exp_gradient(const Tensor& gradient, const Tensor& logits, const Tensor& result, Tensor& out,
                          bool accumulate) {
  const std::int64_t count = logits.size() / std::max<std::int64_t>(result.size(), 1);
  for (std::int64_t row = 0; row < result.size(); ++row) {
    const Scalar y = std::max(result.data()[row], std::numeric_limits<Scalar>::lowest());
    put(UnalignedView(out.data() + row * count, count), accumulate,
        gradient.data()[row] * (ConstUnalignedView(logits.data() + row * count, count) - y).exp());
  }
}

}  // namespace descent::kernels
