#pragma once

#include <cstdint>
#include <string>

#include "array_file.hpp"

namespace descent {

/// The largest class index of an array of one label for each row. Throws Error that names field, row and value where one is
/// no whole number from 0, or, with `classes` other than 0, is not below that.
std::int64_t largest_label(const StoredArray& array, const std::string& field, std::int64_t classes);

}  // namespace descent
