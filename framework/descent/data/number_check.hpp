#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "descent/plugin/data.hpp"

namespace descent::data {

/// A number in a batch that is none: not finite, or a class index that is no class.
struct BadNumber {
  const Field* field;
  std::int64_t row;  ///< of the batch
  Scalar value;

  /// `holds nan; every number must be finite`, to follow the name of the field and its example.
  DESCENT_API std::string text() const;
};
/// The first one of the first field that has any.
DESCENT_API std::optional<BadNumber> find_bad_number(const Batch& batch);

/// Throws Error where a batch that was read of these examples holds a bad number: `'x' of training example 7 holds nan`.
DESCENT_API void check_numbers(const Batch& batch, Split split, std::span<const std::int64_t> indices);

/// `'x' of training example 7`
DESCENT_API std::string example_text(const Field& field, Split split, std::int64_t index);

}  // namespace descent::data
