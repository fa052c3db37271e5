#include "figure_labels.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <sstream>

namespace descent::program {
namespace {

constexpr double sample_width = 2.6, sample_gap = 0.5, column_gap = 1.4;  // in units of the font's size

double entry_width(const LegendEntry& entry, double font) {
  return (sample_width + sample_gap + text_width(entry.text) + column_gap) * font;
}

}  // namespace

std::optional<std::vector<double>> spread_apart(const std::vector<double>& wanted, double height,
                                                double lowest, double highest, double farthest) {
  std::vector<std::size_t> order(wanted.size());
  // Of equal ones the first is on top, as in a legend.
  std::iota(order.rbegin(), order.rend(), std::size_t{0});
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return wanted[a] < wanted[b]; });
  if (static_cast<double>(wanted.size()) * height > highest - lowest + height) return std::nullopt;
  /// Texts that touch each other, with the mean of where their first one should be.
  struct Cluster {
    std::size_t begin, count;
    double sum;
    double bottom() const { return sum / static_cast<double>(count); }
  };
  std::vector<Cluster> clusters;
  const auto clamped = [&](const Cluster& c) {
    const double top = highest - static_cast<double>(c.count - 1) * height;
    return std::clamp(c.bottom(), lowest, std::max(lowest, top));
  };
  for (std::size_t i = 0; i < order.size(); ++i) {
    clusters.push_back({i, 1, wanted[order[i]]});
    while (clusters.size() > 1) {
      const Cluster last = clusters.back();
      Cluster& before = clusters[clusters.size() - 2];
      if (clamped(before) + static_cast<double>(before.count) * height <= clamped(last)) break;
      before.sum += last.sum - static_cast<double>(last.count * before.count) * height;
      before.count += last.count;
      clusters.pop_back();
    }
  }
  std::vector<double> found(wanted.size());
  for (const Cluster& cluster : clusters)
    for (std::size_t i = 0; i < cluster.count; ++i) {
      const std::size_t index = order[cluster.begin + i];
      found[index] = clamped(cluster) + static_cast<double>(i) * height;
      if (std::abs(found[index] - wanted[index]) > farthest) return std::nullopt;
    }
  return found;
}

std::vector<std::string> lines_of(const std::string& text, double width) {
  std::istringstream words(text);
  std::vector<std::string> lines;
  for (std::string word; words >> word;) {
    word = shortened_in_the_middle(word, width);
    if (lines.empty() || text_width(lines.back() + " " + word) > width)
      lines.push_back(word);
    else
      lines.back() += " " + word;
  }
  return lines;
}

LegendGrid legend_grid(const std::vector<LegendEntry>& entries, double room, double font) {
  LegendGrid grid;
  if (entries.empty()) return grid;
  for (const LegendEntry& entry : entries)
    grid.column_width = std::max(grid.column_width, entry_width(entry, font));
  grid.columns = std::clamp<std::size_t>(
      static_cast<std::size_t>((room + column_gap * font) / grid.column_width), 1, entries.size());
  grid.rows = (entries.size() + grid.columns - 1) / grid.columns;
  return grid;
}

double legend_sample_width(double font) {
  return (sample_width + sample_gap) * font;
}

void PageWriter::text(const std::string& text, double x, double y, const std::string& where,
                      const std::string& color, double scale, bool upright) {
  if (text.empty()) return;
  commands_ += fmt::format(
      "set label {} {} at screen {:.5f}, screen {:.5f} {}{} tc rgb '{}' font sprintf(',%g', {:.4g}*FS) "
      "front\n",
      ++labels_, gnuplot_text(text), across(x), up(y), where, upright ? " rotate by 90" : "", color,
      font_ * scale);
}

void PageWriter::line(double x0, double y0, double x1, double y1, const std::string& style) {
  commands_ += fmt::format(
      "set arrow {} from screen {:.5f}, screen {:.5f} to screen {:.5f}, screen {:.5f} nohead {} front\n",
      ++arrows_, across(x0), up(y0), across(x1), up(y1), style);
}

void PageWriter::point(double x, double y, int shape, const std::string& color, bool hollow) {
  const auto add = [&](int number, double size, const std::string& rgb) {
    commands_ +=
        fmt::format("set label {} '' at screen {:.5f}, screen {:.5f} point pt {} {} {} lc rgb '{}' front\n",
                    ++labels_, across(x), up(y), number, gnuplot_size(size), gnuplot_width(curve_width), rgb);
  };
  add(hollow ? shape - 1 : shape, hollow ? hollow_size : point_size, color);
}

void PageWriter::entry(const LegendEntry& entry, double x, double y, double room) {
  const double length = sample_width * font_;
  if (entry.line)
    line(x, y, x + length, y,
         fmt::format("lc rgb '{}' dt {} {}", entry.color, entry.dash, gnuplot_width(curve_width)));
  if (entry.point > 0) point(x + length / 2, y, entry.point, entry.color, entry.hollow);
  text(shortened_in_the_middle(entry.text, room / font_ - sample_width - sample_gap),
       x + legend_sample_width(font_), y, "left", text_color);
}

}  // namespace descent::program
