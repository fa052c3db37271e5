#pragma once

#include <cstdint>
#include <optional>

#include "descent/base/api.hpp"
#include "descent/config/value.hpp"

namespace descent {

enum class DurationUnit { steps, epochs, minutes };

/// A duration as an experiment writes it: `20000`, `20000 steps`, `20 epochs`, `10 minutes`.
struct WrittenDuration {
  std::int64_t count = 0;
  DurationUnit unit = DurationUnit::steps;
};

/// Nothing for a value that is no duration.
DESCENT_API std::optional<WrittenDuration> parse_duration(const Value& value);

}  // namespace descent
