#include "histogram_figure.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "descent/base/error.hpp"

namespace descent::program {
namespace {

// A column of a paper shows no finer ones.
constexpr std::size_t columns_of_cells = 120, rows_of_cells = 64;

// From white over the blue of the first curve to nearly black: as dark in gray as in color.
constexpr const char* palette =
    "set palette defined (0 '#ffffff', 0.15 '#d3e5f2', 0.4 '#6fb1d8', 0.7 '#0072B2', 1 '#00233a')\n";

// The snapshot whose step is nearest.
std::size_t nearest_snapshot(const std::vector<std::int64_t>& steps, double step) {
  const auto distance = [&](std::int64_t one) { return std::abs(static_cast<double>(one) - step); };
  const auto found = std::min_element(
      steps.begin(), steps.end(), [&](std::int64_t a, std::int64_t b) { return distance(a) < distance(b); });
  return static_cast<std::size_t>(found - steps.begin());
}

Panel panel_of(const HistogramSeries& series, std::size_t number, const Limits& x, const Limits& y) {
  if (series.steps.empty())
    throw Error(fmt::format("{} has no snapshot yet: there is nothing to draw", series.name));
  Panel panel;
  panel.x_label = "step";
  for (const std::int64_t step : series.steps) panel.x.include(static_cast<double>(step));
  for (const auto& [lower, upper] : series.limits) panel.y.include(lower), panel.y.include(upper);
  if (panel.y.is_empty())
    throw Error(fmt::format("{} holds no finite number: there is nothing to draw", series.name));
  panel.x.pad(0, 0);
  panel.y.pad(0, 0);
  panel.x.limit(x);
  panel.y.limit(y);
  const std::size_t columns = std::min(columns_of_cells, std::max<std::size_t>(series.steps.size(), 2));
  const auto center = [](const FigureAxis& axis, std::size_t i, std::size_t count) {
    return axis.at((static_cast<double>(i) + 0.5) / static_cast<double>(count));
  };
  double most = 0;
  panel.data = fmt::format("$cells{} << EOD\n", number);
  for (std::size_t column = 0; column < columns; ++column) {
    const double step = center(panel.x, column, columns);
    const std::size_t snapshot = nearest_snapshot(series.steps, step);
    const std::vector<double> shares = shares_in(series.counts[snapshot], series.limits[snapshot],
                                                 panel.y.lower(), panel.y.upper(), rows_of_cells);
    for (std::size_t row = 0; row < rows_of_cells; ++row) {
      most = std::max(most, shares[row]);
      panel.data +=
          fmt::format("{:.8g} {:.8g} {:.4g}\n", step, center(panel.y, row, rows_of_cells), shares[row]);
    }
  }
  panel.data += "EOD\n";
  panel.shades.include(0);
  panel.shades.include(most > 0 ? most : 1);
  panel.shades_label = "share of elements";
  panel.decoration = palette;
  panel.parts = {fmt::format("$cells{} using 1:2:3 with image notitle", number)};
  return panel;
}

}  // namespace

std::vector<double> shares_in(const std::vector<double>& counts, const std::pair<double, double>& limits,
                              double lower, double upper, std::size_t bins) {
  std::vector<double> shares(bins, 0);
  const double total = std::accumulate(counts.begin(), counts.end(), 0.0);
  if (total <= 0 || counts.empty()) return shares;
  const double from_width = (limits.second - limits.first) / static_cast<double>(counts.size());
  const double to_width = (upper - lower) / static_cast<double>(bins);
  for (std::size_t i = 0; i < counts.size(); ++i) {
    if (counts[i] == 0) continue;
    const double begin = limits.first + from_width * static_cast<double>(i), end = begin + from_width;
    if (from_width <= 0) {  // all elements are one number
      const double at = std::floor((begin - lower) / to_width);
      if (begin >= lower && begin <= upper)
        shares[std::min(bins - 1, static_cast<std::size_t>(std::max(at, 0.0)))] += counts[i] / total;
      continue;
    }
    const auto first = static_cast<std::size_t>(
        std::clamp(std::floor((begin - lower) / to_width), 0.0, static_cast<double>(bins)));
    for (std::size_t bin = first; bin < bins; ++bin) {
      const double left = lower + to_width * static_cast<double>(bin), right = left + to_width;
      const double common = std::min(end, right) - std::max(begin, left);
      if (common > 0) shares[bin] += counts[i] / total * common / from_width;
      if (right >= end) break;
    }
  }
  return shares;
}

Figure histogram_figure(const std::vector<HistogramSeries>& all, const Limits& x, const Limits& y) {
  Figure figure;
  for (std::size_t i = 0; i < all.size(); ++i) {
    figure.panels.push_back(panel_of(all[i], i, x, y));
    figure.panels.back().y_label = all[i].name;
  }
  return figure;
}

}  // namespace descent::program
