#include "descent/data/number_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "descent/base/error.hpp"

namespace descent::data {

namespace {

bool is_bad(const Field& field, Scalar value) {
  if (!std::isfinite(value)) return true;
  return field.classes > 0 &&
         !(value >= 0 && value < static_cast<Scalar>(field.classes) && value == std::floor(value));
}

// Without a way out of the loop, so that it is done on many at a time.
bool all_finite(std::span<const Scalar> values) {
  bool finite = true;
  for (const Scalar value : values) finite &= std::abs(value) <= std::numeric_limits<Scalar>::max();
  return finite;
}

}  // namespace

std::string BadNumber::text() const {
  if (std::isfinite(value))
    return fmt::format("holds {}, which is none of {} classes (from 0)", value, field->classes);
  return fmt::format("holds {}; every number must be finite", value);
}

std::optional<BadNumber> find_bad_number(const Batch& batch) {
  for (const Field& field : batch.fields()) {
    const auto values = batch[field.name].value().values();
    if (field.classes == 0 && all_finite(values)) continue;
    const auto bad = std::find_if(values.begin(), values.end(), [&](Scalar v) { return is_bad(field, v); });
    if (bad != values.end()) return BadNumber{&field, (bad - values.begin()) / field.shape.size(), *bad};
  }
  return std::nullopt;
}

std::string example_text(const Field& field, Split split, std::int64_t index) {
  return fmt::format("'{}' of {} example {}", field.name,
                     split == Split::train ? "training" : split_name(split), index);
}

void check_numbers(const Batch& batch, Split split, std::span<const std::int64_t> indices) {
  if (const auto bad = find_bad_number(batch))
    throw Error(fmt::format(
        "{} {}", example_text(*bad->field, split, indices[static_cast<std::size_t>(bad->row)]), bad->text()));
}

}  // namespace descent::data
