#pragma once

#include <algorithm>

#include "descent/autograd/ops.hpp"
#include "descent/autograd/values.hpp"

namespace descent {

/// `change` of each of the values; undefined ones stay so.
template <class Change>
Values each_of(const Values& values, const Change& change) {
  Values result;
  for (const Variable& value : values) result.append(value.defined() ? change(value) : Variable());
  return result;
}

/// Rows `begin` up to `end` of each.
inline Values rows_of(const Values& values, std::int64_t begin, std::int64_t end) {
  return each_of(values, [&](const Variable& value) { return slice_batch(value, begin, end); });
}

/// Each row `count` times in a row.
inline Values repeated(const Values& values, std::int64_t count) {
  return each_of(values, [&](const Variable& value) { return repeat_rows(value, count); });
}

}  // namespace descent
