#pragma once

#include <string_view>

#include "descent/base/api.hpp"

namespace descent::analysis {

/// Whether `left` comes before `right` when numbers in texts count by their value: `seed=2` before `seed=10`, `rate=1e-4`
/// before `rate=0.001`, `shift=-2` before `shift=-1`. A number has a sign where a value begins, as after `=` or `[`, and
/// fractions and exponents as YAML writes them; `1.10.2` is three whole numbers. Texts that differ in how a number is
/// written alone are ordered by their characters.
DESCENT_API bool natural_less(std::string_view left, std::string_view right);

}  // namespace descent::analysis
