#include "support/gradient_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "descent/autograd/ops.hpp"
#include "descent/base/random.hpp"

namespace descent::testing {

namespace {

using Numbers = std::vector<std::vector<double>>;  // one list for each leaf

Numbers numbers_of(std::span<const Variable> variables) {
  Numbers result;
  for (const Variable& variable : variables) result.push_back(variable.value().to_doubles());
  return result;
}

double dot(const Tensor& a, const Tensor& b) {
  double total = 0;
  for (std::int64_t i = 0; i < a.size(); ++i)
    total += static_cast<double>(a.data()[i]) * static_cast<double>(b.data()[i]);
  return total;
}

double largest(const std::vector<double>& numbers) {
  double result = 0;
  for (const double number : numbers) result = std::max(result, std::abs(number));
  return result;
}

// What differs most between two gradients, if it differs by more than the tolerance.
std::string compare(const char* what, const Numbers& expected, const Numbers& found, double tolerance) {
  double overall = 0;
  for (const auto& leaf : expected) overall = std::max(overall, largest(leaf));
  std::string worst;
  double worst_error = tolerance;
  for (std::size_t leaf = 0; leaf < expected.size(); ++leaf) {
    const double scale = std::max({largest(expected[leaf]), 1e-3 * overall, 1e-8});
    for (std::size_t i = 0; i < expected[leaf].size(); ++i) {
      if (std::isnan(expected[leaf][i])) continue;  // this element was not moved
      const double error = std::abs(found[leaf][i] - expected[leaf][i]) / scale;
      if (error <= worst_error) continue;
      worst = fmt::format("{}: leaf {}, element {}: {} instead of {} (relative error {:.2e})", what, leaf, i,
                          found[leaf][i], expected[leaf][i], error);
      worst_error = std::isnan(error) ? INFINITY : error;
    }
  }
  return worst;
}

// Central differences of a number; NaN for elements that are not moved.
Numbers differences(const std::function<double()>& value, std::span<const Variable> leaves,
                    const GradientCheck& check) {
  Numbers result;
  for (const Variable& leaf : leaves) {
    Tensor memory = leaf.value();
    std::vector<double> of_leaf(static_cast<std::size_t>(memory.size()), NAN);
    const std::int64_t stride = std::max<std::int64_t>(1, memory.size() / check.most_elements);
    for (std::int64_t i = 0; i < memory.size(); i += stride) {
      const Scalar before = memory.data()[i];
      const double step = check.step * std::max(1.0, std::abs(static_cast<double>(before)));
      memory.data()[i] = static_cast<Scalar>(static_cast<double>(before) + step);
      memory.mark_written();
      const double above = value();
      memory.data()[i] = static_cast<Scalar>(static_cast<double>(before) - step);
      memory.mark_written();
      const double below = value();
      memory.data()[i] = before;
      memory.mark_written();
      of_leaf[static_cast<std::size_t>(i)] = (above - below) / (2 * step);
    }
    result.push_back(std::move(of_leaf));
  }
  return result;
}

// The functional that a gradient check differentiates: random weights times the function's elements.
class Functional {
 public:
  Functional(const std::function<Variable()>& function, std::span<const Variable> leaves)
      : function_(function),
        leaves_(leaves),
        weights_(random_tensor(function().shape(), -1, 1, "output weights")) {
    for (std::size_t i = 0; i < leaves.size(); ++i)
      directions_.push_back(random_tensor(leaves[i].shape(), -1, 1, fmt::format("direction {}", i)));
  }

  double value() const {
    NoGrad guard;
    return dot(function_().value(), weights_);
  }

  Variables gradients(bool create_graph) const {
    const Variable weights = weights_;
    return grad(function_(), leaves_,
                {.create_graph = create_graph, .output_gradients = std::span(&weights, 1)});
  }

  double gradient_along_directions() const {
    double total = 0;
    const auto taken = gradients(false);
    for (std::size_t i = 0; i < taken.size(); ++i) total += dot(taken[i].value(), directions_[i]);
    return total;
  }

  // The gradients of gradient_along_directions(), taken through the gradients' own graph.
  Variables second_gradients() const {
    Variable total = Variable::scalar(0);
    const auto taken = gradients(true);
    for (std::size_t i = 0; i < taken.size(); ++i) total = total + sum(taken[i] * Variable(directions_[i]));
    return grad(total, leaves_);
  }

 private:
  const std::function<Variable()>& function_;
  std::span<const Variable> leaves_;
  Tensor weights_;
  std::vector<Tensor> directions_;
};

}  // namespace

std::string gradient_mismatch(const std::function<Variable()>& function, std::span<const Variable> leaves,
                              const GradientCheck& check) {
  const Functional functional(function, leaves);
  const Numbers plain = numbers_of(functional.gradients(false));
  const Numbers recorded = numbers_of(functional.gradients(true));
  const double agreement = differences_are_checked ? 1e-11 : 2e-4;
  if (std::string text = compare("gradients with and without a graph", recorded, plain, agreement);
      !text.empty())
    return text;
  if (differences_are_checked) {
    const Numbers expected = differences([&] { return functional.value(); }, leaves, check);
    if (std::string text = compare("first order", expected, plain, check.tolerance); !text.empty())
      return text;
  }
  if (!check.second_order) return "";
  const Numbers second = numbers_of(functional.second_gradients());
  if (!differences_are_checked) return "";
  const Numbers expected = differences([&] { return functional.gradient_along_directions(); }, leaves, check);
  return compare("second order", expected, second, check.tolerance);
}

std::string gradient_mismatch(const std::function<Variable(std::span<const Variable>)>& function,
                              const std::vector<Tensor>& points, const GradientCheck& check) {
  std::vector<Variable> leaves;
  for (const Tensor& point : points) leaves.push_back(Variable::leaf(point.clone()));
  return gradient_mismatch([&] { return function(leaves); }, leaves, check);
}

Tensor random_tensor(const Shape& shape, double low, double high, const std::string& name) {
  Tensor result = Tensor::empty(shape);
  RandomStream(stream_key(1, name)).uniform(result.data(), result.size());
  for (Scalar& value : result.values())
    value = static_cast<Scalar>(low + (high - low) * static_cast<double>(value));
  return result;
}

Tensor random_tensor_away_from_zero(const Shape& shape, const std::string& name) {
  Tensor result = random_tensor(shape, 0.2, 1.5, name);
  const Tensor signs = random_tensor(shape, -1, 1, name + ", signs");
  for (std::int64_t i = 0; i < result.size(); ++i)
    if (signs.data()[i] < 0) result.data()[i] = -result.data()[i];
  return result;
}

}  // namespace descent::testing
