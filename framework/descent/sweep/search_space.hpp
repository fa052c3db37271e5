#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "descent/sweep/plan.hpp"

/// What the methods tpe and cmaes search: the axes of a sweep as coordinates. Internal.
namespace descent::sweep {

/// A coordinate for each axis of a SearchSpace. Of a range, the share in [0, 1] of the way from its least to its
/// greatest number, measured on its scale; of choices, the place of the one that was made. NaN: the axis stands within
/// a choice that was not made.
using SearchPoint = std::vector<double>;

/// One axis, or those of a `zip` that move together.
struct SearchAxis {
  std::vector<const Axis*> tied;
  std::size_t choices = 0;  ///< 0: a range
  /// The axis within whose choices this one stands, and in which of them.
  std::optional<std::size_t> outer;
  std::size_t outer_choice = 0;

  const Axis& front() const { return *tied.front(); }
};

/// Outer axes come before inner ones. Points into the SweepSpec, which must live as long.
class DESCENT_API SearchSpace {
 public:
  explicit SearchSpace(const SweepSpec& spec);

  const std::vector<SearchAxis>& axes() const { return axes_; }
  /// Whether an axis counts, by the coordinates of those before it.
  bool is_reached(std::size_t axis, const SearchPoint& point) const;
  /// The values of a point, in the order in which grids and draws have them.
  std::vector<Setting> settings_of(const SearchPoint& point) const;
  /// The shares between which every number is the one that `share` gives: of a range of whole numbers those that are
  /// rounded to one and the same; otherwise `share` twice.
  std::pair<double, double> cell(std::size_t axis, double share) const;
  /// Whether a point has a coordinate of the right kind wherever it needs one, and nowhere else.
  bool is_valid(const SearchPoint& point) const;

 private:
  struct Node {
    std::size_t axis = 0;
    /// By tied axis and choice.
    std::vector<std::vector<std::vector<Node>>> inner;
  };
  Node add(const std::vector<const Axis*>& tied, std::optional<std::size_t> outer, std::size_t outer_choice);
  void collect(const Node& node, const SearchPoint& point, std::vector<Setting>& settings) const;

  std::vector<SearchAxis> axes_;
  std::vector<Node> roots_;
};

/// The same text for the same settings: `path=value` lines.
std::string settings_key(const std::vector<Setting>& settings);

}  // namespace descent::sweep
