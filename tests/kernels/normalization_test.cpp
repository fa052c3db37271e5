#include "descent/kernels/normalization.hpp"

#include <catch2/catch.hpp>
#include <cmath>

#include "support/gradient_check.hpp"

using namespace descent;
using testing::random_tensor;

namespace {

constexpr double normalization_epsilon = 1e-3;
constexpr double normalization_precision = sizeof(Scalar) == 4 ? 5e-5 : 1e-12;

// The definition, element by element in double, of x (batch, inner, channels).
struct Definition {
  std::int64_t batch, channels, inner;
  std::vector<double> x, scale, shift;

  std::size_t at(std::int64_t b, std::int64_t c, std::int64_t i) const {
    return static_cast<std::size_t>((b * inner + i) * channels + c);
  }
  template <class Function>
  double mean(std::int64_t channel, Function function) const {
    double sum = 0;
    for (std::int64_t b = 0; b < batch; ++b)
      for (std::int64_t i = 0; i < inner; ++i) sum += function(at(b, channel, i));
    return sum / static_cast<double>(batch * inner);
  }
  double mean(std::int64_t channel) const {
    return mean(channel, [&](std::size_t i) { return x[i]; });
  }
  double variance(std::int64_t channel) const {
    const double center = mean(channel);
    return mean(channel, [&](std::size_t i) { return (x[i] - center) * (x[i] - center); });
  }
};

}  // namespace

TEST_CASE("batch normalization and its gradient are those of the definition") {
  for (const Shape& shape : {Shape{64, 37}, Shape{4, 3, 5, 7}, Shape{1, 2, 33}}) {
    CAPTURE(shape.text());
    const std::int64_t channels = shape[shape.rank() - 1];
    const Tensor x = random_tensor(shape, -2, 3, "x"), scale = random_tensor({channels}, 0.5, 2, "scale"),
                 shift = random_tensor({channels}, -1, 1, "shift"), g = random_tensor(shape, -1, 1, "g");
    const Definition d{shape[0],       channels,           shape.size() / (shape[0] * channels),
                       x.to_doubles(), scale.to_doubles(), shift.to_doubles()};
    const auto made = kernels::batch_normalize(x, scale, shift, normalization_epsilon);
    const auto means = kernels::batch_gradient_means(g, made.normalized);
    Tensor gradient = Tensor::full(shape, 2);
    kernels::batch_normalize_gradient(g, made.normalized, means, scale, made.inverse_deviation, gradient,
                                      true);
    const std::vector<double> upstream = g.to_doubles(), result = made.result.to_doubles(),
                              normalized = made.normalized.to_doubles(), of_x = gradient.to_doubles();
    double worst = 0;
    const auto compare = [&](double found, double expected) {
      worst = std::max(worst, std::abs(found - expected));
    };
    for (std::int64_t c = 0; c < channels; ++c) {
      const auto place = static_cast<std::size_t>(c);
      const double mean = d.mean(c), variance = d.variance(c),
                   inverse = 1 / std::sqrt(variance + normalization_epsilon);
      compare(made.mean.to_doubles()[place], mean);
      compare(made.variance.to_doubles()[place], variance);
      compare(made.inverse_deviation.to_doubles()[place], inverse);
      const auto exact = [&](std::size_t i) { return (d.x[i] - mean) * inverse; };
      const double of_shift = d.mean(c, [&](std::size_t i) { return upstream[i]; });
      const double of_scale = d.mean(c, [&](std::size_t i) { return upstream[i] * exact(i); });
      compare(means.gradient.to_doubles()[place], of_shift);
      compare(means.correlation.to_doubles()[place], of_scale);
      for (std::int64_t b = 0; b < d.batch; ++b) {
        for (std::int64_t k = 0; k < d.inner; ++k) {
          const std::size_t i = d.at(b, c, k);
          compare(normalized[i], exact(i));
          compare(result[i], exact(i) * d.scale[place] + d.shift[place]);
          compare(of_x[i], 2 + d.scale[place] * inverse * (upstream[i] - of_shift - exact(i) * of_scale));
        }
      }
    }
    CHECK(worst < normalization_precision);
  }
}
