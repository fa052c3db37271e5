#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "descent/config/diagnostics.hpp"
#include "descent/config/value.hpp"

namespace descent::sweep {

/// `{min, max, scale: linear | log}`: numbers between two ends. They are whole where both ends are, which settle_range()
/// sees to for options that take nothing else; the others are rounded to six digits, so that they can be read and typed.
struct AxisRange {
  Value minimum, maximum;
  bool logarithmic = false;
  /// How many values a grid takes of it; nothing: the method draws.
  std::optional<std::int64_t> points = {};
  SourceLocation points_location = {};

  bool is_whole() const { return minimum.is(Value::Kind::integer) && maximum.is(Value::Kind::integer); }
  /// The number at `share` in [0, 1] of the way, measured on the scale; the ends are exact.
  DESCENT_API Value at(double share) const;
  /// The number that a uniform `share` in [0, 1) draws: at(share), but for whole numbers. These are equally likely, or, on
  /// the scale log, k has a probability proportional to log((k + 1/2) / (k - 1/2)), nearly 1/k: what rounding a number
  /// that is log-uniform from min - 1/2 to max + 1/2 gives.
  DESCENT_API Value drawn(double share) const;

 private:
  Value whole_at(double number) const;
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
///
/// A range has no `choices` yet, but its `points`: settle_range() makes them.
DESCENT_API Axis read_axis(const std::string& path, const Value& value, Points points,
                           Diagnostics& diagnostics);

/// Whether a value within a choice is an axis, and no map of options.
bool looks_like_axis(const Value& value);

/// Writes the ends of a range as whole numbers or as others, and makes the values that a grid takes of it. Adds a problem
/// where there are fewer whole numbers between the ends.
void settle_range(Axis& axis, bool whole, Diagnostics& diagnostics);

/// Whether both ends of a range have no fraction, however they are written: `10`, `10.0`, `1e1`.
bool has_whole_ends(const AxisRange& range);

}  // namespace descent::sweep
