#include "descent/conformance/gradients.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "descent/base/random.hpp"

namespace descent::conformance {

namespace {

constexpr bool in_double = sizeof(Scalar) == sizeof(double);
using Numbers = std::vector<double>;

double norm(const Numbers& numbers) {
  double squares = 0;
  for (const double number : numbers) squares += number * number;
  return std::sqrt(squares);
}

double dot(const Numbers& a, const Numbers& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

struct Slope {
  double value = 0;
  double rounding = 0;  // how far the rounding of the values may put it off
};

// The derivative along a direction in one leaf, by central differences.
Slope slope_along(const std::function<Variable()>& number, const Variable& leaf, const Numbers& direction,
                  double step) {
  Tensor memory = leaf.value();
  const Tensor before = memory.clone();
  double values[2];
  for (const int side : {1, -1}) {
    for (std::int64_t i = 0; i < memory.size(); ++i)
      memory.data()[i] = static_cast<Scalar>(static_cast<double>(before.data()[i]) +
                                             side * step * direction[static_cast<std::size_t>(i)]);
    memory.mark_written();
    values[side == 1 ? 0 : 1] = number().item();
  }
  memory.copy_from(before);
  memory.mark_written();
  const double precision = in_double ? 1e-15 : 1e-6;
  return {(values[0] - values[1]) / (2 * step),
          10 * precision * std::max(std::abs(values[0]), std::abs(values[1])) / step};
}

// Element by element.
std::string compare_elements(const std::function<Variable()>& number, const Variable& leaf,
                             const Numbers& gradient, double largest) {
  constexpr double tolerance = 1e-5;
  constexpr std::size_t most_elements = 40;
  const std::size_t stride = std::max<std::size_t>(1, gradient.size() / most_elements);
  Numbers direction(gradient.size());
  for (std::size_t i = 0; i < gradient.size(); i += stride) {
    direction[i] = 1;
    const Slope slope = slope_along(number, leaf, direction, 1e-6);
    direction[i] = 0;
    const double scale = std::max({largest, std::abs(slope.value), 1e-8});
    if (!(std::abs(gradient[i] - slope.value) <= tolerance * scale + slope.rounding))
      return fmt::format("element {}: the gradient is {:.9g}, but the values differ by {:.9g}", i,
                         gradient[i], slope.value);
  }
  return "";
}

// Along the gradient, and along a direction that has nothing to do with it.
std::string compare_directions(const std::function<Variable()>& number, const Variable& leaf,
                               const Numbers& gradient, double largest) {
  constexpr double tolerance = 2e-2, step = 1e-2;
  Tensor random = Tensor::empty(leaf.shape());
  RandomStream(stream_key(1, "conformance/direction")).normal(random.data(), random.size());
  for (Numbers direction : {gradient, random.to_doubles()}) {
    const double length = norm(direction);
    if (length == 0) continue;
    for (double& element : direction) element /= length;
    const Slope slope = slope_along(number, leaf, direction, step);
    const double taken = dot(gradient, direction);
    const double scale = std::max({norm(gradient), std::abs(slope.value), 1e-2 * largest});
    if (!(std::abs(taken - slope.value) <= tolerance * scale + slope.rounding))
      return fmt::format("along a direction: the gradient gives {:.6g}, but the values differ by {:.6g}",
                         taken, slope.value);
  }
  return "";
}

}  // namespace

std::string gradient_mismatch(const std::function<Variable()>& number, std::span<const Variable> leaves) {
  std::vector<Numbers> gradients;
  double largest = 0;
  for (const Variable& gradient : grad(number(), leaves)) {
    gradients.push_back(gradient.value().to_doubles());
    for (const double element : gradients.back()) largest = std::max(largest, std::abs(element));
  }
  for (std::size_t leaf = 0; leaf < leaves.size(); ++leaf) {
    const std::string text = in_double ? compare_elements(number, leaves[leaf], gradients[leaf], largest)
                                       : compare_directions(number, leaves[leaf], gradients[leaf], largest);
    if (!text.empty()) return fmt::format("parameter {} of {}, {}", leaf + 1, leaves.size(), text);
  }
  return "";
}

}  // namespace descent::conformance
