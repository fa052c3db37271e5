#pragma once

#include <functional>
#include <span>
#include <string>

#include "descent/autograd/variable.hpp"

namespace descent::conformance {

/// Compares the gradient of a number with central differences of its values: in double builds element by
/// element (at most 40 of each leaf) to 1e-5 of the largest, in float along the gradient of each leaf and a
/// random direction of it, to 2 % of the leaf's gradient. The leaves' memory is moved and restored; `number`
/// must give the same value for the same leaves. Returns what differs first, or nothing when all agree.
std::string gradient_mismatch(const std::function<Variable()>& number, std::span<const Variable> leaves);

}  // namespace descent::conformance
