#pragma once

#include <optional>
#include <string>
#include <vector>

#include "figure.hpp"

namespace descent::program {

/// Where texts of one height lie that should be near `wanted`, without overlaps between `lowest` and `highest`: in the order
/// of `wanted`, whatever that is. Nothing where one would be more than `farthest` from where it should be.
std::optional<std::vector<double>> spread_apart(const std::vector<double>& wanted, double height,
                                                double lowest, double highest, double farthest);

/// Lines of words of at most `width` (in units of the font's size).
std::vector<std::string> lines_of(const std::string& text, double width);

/// Where a legend's entries lie: in columns of one width, row by row.
struct LegendGrid {
  std::size_t columns = 1, rows = 0;
  double column_width = 0;  ///< in points
};
/// Of these texts, in a room of that width; both in points.
LegendGrid legend_grid(const std::vector<LegendEntry>& entries, double room, double font);

/// How far a text of the legend begins behind its sample's begin.
double legend_sample_width(double font);

/// Writes gnuplot's commands, with coordinates of a page of `width` and `height` points, whose origin is its lower left corner.
class PageWriter {
 public:
  PageWriter(double width, double height, double font) : width_(width), height_(height), font_(font) {}

  /// `where`: left, center, right.
  void text(const std::string& text, double x, double y, const std::string& where, const std::string& color,
            double scale = 1, bool upright = false);
  void line(double x0, double y0, double x1, double y1, const std::string& style);
  void point(double x, double y, int shape, const std::string& color, bool hollow);
  /// The sample and the text of an entry that begins there.
  void entry(const LegendEntry& entry, double x, double y, double room);
  /// A length as a share of the page.
  double across(double x) const { return x / width_; }
  double up(double y) const { return y / height_; }

  const std::string& commands() const { return commands_; }

 private:
  double width_, height_, font_;
  std::size_t labels_ = 0, arrows_ = 0;
  std::string commands_;
};

}  // namespace descent::program
