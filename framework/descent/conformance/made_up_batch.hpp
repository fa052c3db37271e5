#pragma once

#include <string>

#include "descent/plugin/data.hpp"

namespace descent::conformance {

/// A batch of `size` examples of any fields: uniform in a field's range, normal where it has none, class
/// indices in turn. The same for the same name.
Batch made_up_batch(const Fields& fields, std::int64_t size, const std::string& name);

}  // namespace descent::conformance
