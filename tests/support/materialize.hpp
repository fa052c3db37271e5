#pragma once

#include <cstdint>

#include "descent/nn/parameter.hpp"

namespace descent::testing {

/// Does for tests what a host does: gives every registered parameter memory, its first values and its
/// variable.
void materialize(const Registrar& registrar, std::uint64_t seed = 1);

/// The variables of all parameters, as leaves for a gradient check.
std::vector<Variable> variables(const Registrar& registrar);

}  // namespace descent::testing
