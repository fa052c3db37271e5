#pragma once

#include <functional>
#include <span>
#include <string>
#include <vector>

#include "descent/autograd/variable.hpp"

namespace descent::testing {

struct GradientCheck {
  /// Check the gradient's own gradient, too.
  bool second_order = true;
  /// Relative to the largest element of a leaf's gradient (at least 1e-3 of the largest of all leaves).
  double tolerance = 1e-6;
  /// How far an element is moved, relative to its size, at least to 1.
  double step = 1e-5;
  /// Of each leaf at most this many elements are moved, spread evenly over it.
  std::int64_t most_elements = 400;
};

/// Whether numbers are precise enough for differences of values (the preset `double`). Elsewhere the checks
/// below only compare the two ways that gradients are taken, with and without a graph of their own.
inline constexpr bool differences_are_checked = sizeof(Scalar) == sizeof(double);

/// Compares the gradients of `function`, which computes a tensor of any shape from the leaves, with central
/// differences of its values, and the gradient of a random linear functional of these gradients with central
/// differences of theirs. The leaves' memory is rewritten and restored, so that `function` may be the loss of
/// a whole model and the leaves its parameters' variables. It must give the same value each time. Returns
/// what differs most, or nothing when all agree.
std::string gradient_mismatch(const std::function<Variable()>& function, std::span<const Variable> leaves,
                              const GradientCheck& check = {});

/// The same for a function of tensors, of which it gets copies as leaves.
std::string gradient_mismatch(const std::function<Variable(std::span<const Variable>)>& function,
                              const std::vector<Tensor>& points, const GradientCheck& check = {});

/// Numbers from U(low, high), the same for the same name.
Tensor random_tensor(const Shape& shape, double low, double high, const std::string& name = "points");

/// Numbers from U(0.2, 1.5) with random signs: away from the kink at 0 that relu and its like have.
Tensor random_tensor_away_from_zero(const Shape& shape, const std::string& name = "points");

}  // namespace descent::testing
