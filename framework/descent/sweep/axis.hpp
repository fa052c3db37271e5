#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "descent/config/diagnostics.hpp"
#include "descent/config/value.hpp"

namespace descent::sweep {

/// `{min, max, scale: linear | log}`: numbers between two ends. Where both ends are written as whole numbers,
/// all of them are; the others are rounded to six digits, so that they can be read and typed.
struct AxisRange {
  Value minimum, maximum;
  bool logarithmic = false;

  bool is_whole() const { return minimum.is(Value::Kind::integer) && maximum.is(Value::Kind::integer); }
  /// The number at `share` in [0, 1] of the way, measured on the scale; the ends are exact.
  DESCENT_API Value at(double share) const;
};

struct Axis;

/// One value of an axis. A whole section may have axes of its own: they stand at the end of this one's path,
/// and are no part of `value`.
struct AxisChoice {
  Value value;
  std::vector<Axis> axes;
};

/// What varies: a value of the experiment, or a whole section of it.
struct Axis {
  std::string path;  ///< from the top: `optimizer.learning_rate`
  SourceLocation location;
  /// The values it can take; those of a range with `points` too. Empty: any of `range`.
  std::vector<AxisChoice> choices;
  std::optional<AxisRange> range;
  /// Something about it, or about an axis within its choices, is wrong: what is right of it is here, so that
  /// mistakes elsewhere are found all the same. It may have no value at all.
  bool is_wrong = false;

  bool has_values() const { return range || !choices.empty(); }
  /// How many settings a grid makes of it alone, axes within its choices included.
  DESCENT_API std::size_t size() const;
};

/// Whether ranges say how many points they have (`grid`), or must not (the methods that draw).
enum class Points { required, refused };

/// Reads what stands under a path of `sweep.axes`: `{choice: [...]}` or `{min, max, scale, points}`. For
/// anything else adds problems, and the axis is wrong.
DESCENT_API Axis read_axis(const std::string& path, const Value& value, Points points,
                           Diagnostics& diagnostics);

}  // namespace descent::sweep
