#include "curve_figure.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "descent/base/error.hpp"

namespace descent::program {
namespace {

// A column of a paper has no more dots; more points would only make the file large.
constexpr std::size_t most_points = 800;
constexpr std::size_t marks_of_a_curve = 6;

void add_point(std::string& text, double step, std::initializer_list<double> values) {
  fmt::format_to(std::back_inserter(text), "{}", step);
  for (const double value : values) {
    if (std::isfinite(value))
      fmt::format_to(std::back_inserter(text), " {:.7g}", value);
    else
      text += " NaN";  // gnuplot leaves a gap
  }
  text += "\n";
}

/// Rows `begin` to `end` - 1 of a curve.
struct Piece {
  std::size_t begin, end;
};

std::vector<Piece> pieces_of(std::size_t rows, std::size_t most) {
  const std::size_t count = std::min(rows, most);
  std::vector<Piece> pieces;
  for (std::size_t i = 0; i < count; ++i) pieces.push_back({i * rows / count, (i + 1) * rows / count});
  return pieces;
}

// The least and the greatest of each piece, in their order.
std::string line_data(const Curve& curve) {
  std::string text;
  const auto add = [&](std::size_t row) {
    add_point(text, static_cast<double>(curve.steps[row]), {curve.middle[row]});
  };
  for (const Piece& piece : pieces_of(
           curve.steps.size(), curve.steps.size() > most_points ? most_points / 2 : curve.steps.size())) {
    std::size_t least = piece.begin, greatest = piece.begin;
    bool gap = false;
    for (std::size_t row = piece.begin; row < piece.end; ++row) {
      gap = gap || !std::isfinite(curve.middle[row]);
      if (!std::isfinite(curve.middle[row])) continue;
      if (!(curve.middle[row] >= curve.middle[least])) least = row;
      if (!(curve.middle[row] <= curve.middle[greatest])) greatest = row;
    }
    add(std::min(least, greatest));
    if (least != greatest) add(std::max(least, greatest));
    if (gap && std::isfinite(curve.middle[least]))
      add_point(text, static_cast<double>(curve.steps[least]), {NAN});
  }
  return text;
}

// Of each piece the mean of the means, and the whole of the band.
std::string band_data(const Curve& curve) {
  std::string text;
  for (const Piece& piece : pieces_of(curve.steps.size(), most_points)) {
    double sum = 0, lower = curve.lower[piece.begin], upper = curve.upper[piece.begin];
    for (std::size_t row = piece.begin; row < piece.end; ++row) {
      sum += curve.middle[row];
      lower = std::min(lower, curve.lower[row]);
      upper = std::max(upper, curve.upper[row]);
    }
    const std::size_t middle = (piece.begin + piece.end) / 2;
    add_point(text, static_cast<double>(curve.steps[middle]),
              {sum / static_cast<double>(piece.end - piece.begin), lower, upper});
  }
  return text;
}

bool has_band(const Curve& curve) {
  return !curve.lower.empty();
}

std::vector<BandPoint> band_of(const Curve& curve) {
  std::vector<BandPoint> band;
  for (std::size_t i = 0; has_band(curve) && i < curve.steps.size(); ++i)
    band.push_back({static_cast<double>(curve.steps[i]), curve.lower[i], curve.upper[i]});
  return band;
}

// Rows at equal distances along the axis, which are others for each of the curves as far as there are enough.
std::vector<std::size_t> marked_rows(const Curve& curve, const FigureAxis& x, std::size_t index,
                                     std::size_t curves) {
  std::vector<std::size_t> rows;
  const std::size_t marks = std::clamp<std::size_t>(curve.steps.size() / curves, 2, marks_of_a_curve);
  if (curve.steps.size() <= marks || curves == 1) {
    const std::size_t distance = std::max<std::size_t>(1, curve.steps.size() / marks);
    for (std::size_t row = 0; row < curve.steps.size(); row += distance) rows.push_back(row);
    return rows;
  }
  for (std::size_t mark = 0; mark < marks; ++mark) {
    const double begin =
        static_cast<double>(mark) + (static_cast<double>(index) + 0.5) / static_cast<double>(curves);
    const double wanted = x.at(begin / static_cast<double>(marks));
    const auto found =
        std::lower_bound(curve.steps.begin(), curve.steps.end(), wanted,
                         [](std::int64_t step, double at) { return static_cast<double>(step) < at; });
    if (found == curve.steps.end()) break;
    const auto row = static_cast<std::size_t>(found - curve.steps.begin());
    if (rows.empty() || rows.back() != row) rows.push_back(row);
  }
  return rows;
}

/// Makes one panel.
class Builder {
 public:
  Builder(const CurvePanel& drawn, std::size_t number, const CurveAxes& axes, bool picture)
      : drawn_(drawn), number_(number), picture_(picture), limits_(axes) {
    panel_.x = FigureAxis('x', axes.log_x);
    panel_.y = FigureAxis('y', axes.log_y);
    panel_.x_label = "step";
    panel_.y_label = drawn.label;
    for (const Curve& curve : drawn.curves) include(curve);
    if (panel_.y.is_empty())
      throw Error(axes.log_y ? "no value is above zero: a logarithmic axis shows none of them"
                             : "no value is finite: there is nothing to draw");
    if (panel_.x.is_empty()) throw Error("no step is above zero: a logarithmic axis shows none of them");
    // A first step of 1 or 10 is the beginning.
    if (panel_.x.lower() > 0 && panel_.x.lower() <= 0.1 * panel_.x.upper()) panel_.x.include(0);
    panel_.x.pad(0, 0);
    panel_.y.pad(0.04, 0.04);
    // Where points and labels lie depends on the ends that are asked for.
    panel_.x.limit(axes.x);
    panel_.y.limit(axes.y);
  }

  bool bands_can_be_told_apart() const {
    std::vector<std::vector<BandPoint>> bands;
    for (const Curve& curve : drawn_.curves)
      if (has_band(curve)) bands.push_back(band_of(curve));
    return can_be_told_apart(bands, panel_.x);
  }

  Panel panel(bool bands, std::size_t all_curves) {
    for (std::size_t i = 0; i < drawn_.curves.size(); ++i) add_data(i, all_curves);
    // Bands first: none lies upon another's line.
    for (std::size_t i = 0; picture_ && i < drawn_.curves.size(); ++i)
      if (has_band(drawn_.curves[i])) add_band(i, bands);
    for (std::size_t i = 0; i < drawn_.curves.size(); ++i) add_curve(i, all_curves);
    return std::move(panel_);
  }

 private:
  void include(const Curve& curve) {
    for (std::size_t i = 0; i < curve.steps.size(); ++i) {
      if (!std::isfinite(curve.middle[i])) continue;
      if (panel_.y.is_logarithmic() && curve.middle[i] <= 0) continue;
      const auto x = static_cast<double>(curve.steps[i]);
      panel_.x.include(x);
      const bool outside = x < limits_.x.lower.value_or(x) || x > limits_.x.upper.value_or(x);
      if (outside || (panel_.x.is_logarithmic() && x <= 0)) continue;
      panel_.y.include(curve.middle[i]);
      if (!picture_ || !has_band(curve)) continue;
      panel_.y.include(curve.upper[i]);
      // A deviation below zero would take a logarithmic axis down with it.
      constexpr double two_decades = 100;
      if (!panel_.y.is_logarithmic() || curve.lower[i] > curve.middle[i] / two_decades)
        panel_.y.include(curve.lower[i]);
    }
  }

  std::string block(const char* name, std::size_t i) const {
    return fmt::format("${}{}_{}", name, number_, i);
  }

  void add_data(std::size_t i, std::size_t all_curves) {
    const Curve& curve = drawn_.curves[i];
    panel_.data += fmt::format("{} << EOD\n{}EOD\n", block("curve", i),
                               has_band(curve) ? band_data(curve) : line_data(curve));
    std::string marks;
    for (const std::size_t row : marked_rows(curve, panel_.x, curve.style, all_curves))
      add_point(marks, static_cast<double>(curve.steps[row]),
                {curve.middle[row], has_band(curve) ? curve.lower[row] : NAN,
                 has_band(curve) ? curve.upper[row] : NAN});
    panel_.data += fmt::format("{} << EOD\n{}EOD\n", block("marks", i), marks);
    const auto last = last_finite_row(curve);
    if (!last) return;
    const auto x = static_cast<double>(curve.steps[*last]);
    panel_.ends.push_back({curve.style, x, curve.middle[*last]});
    if (curve.diverged)
      panel_.data += fmt::format("{} << EOD\n{} {}\nEOD\n", block("cross", i), x,
                                 std::clamp(curve.middle[*last], panel_.y.lower(), panel_.y.upper()));
  }

  void add_band(std::size_t i, bool bands) {
    const std::size_t style = drawn_.curves[i].style;
    if (!bands) {
      panel_.parts.push_back(fmt::format("{} using 1:2:3:4 with yerrorbars pt 0 {} lc rgb '{}' notitle",
                                         block("marks", i), gnuplot_width(thin_width), curve_color(style)));
      return;
    }
    panel_.parts.push_back(
        fmt::format("{} using 1:3:4 with filledcurves fs transparent solid {} noborder lc rgb '{}' notitle",
                    block("curve", i), band_opacity, curve_color(style)));
    for (const int column : {3, 4})
      panel_.parts.push_back(fmt::format("{} using 1:{} with lines {} lc rgb '{}' notitle", block("curve", i),
                                         column, gnuplot_width(frame_width / 2), curve_color(style)));
  }

  void add_curve(std::size_t i, std::size_t all_curves) {
    const Curve& curve = drawn_.curves[i];
    const bool one_row = curve.steps.size() == 1;
    if (!picture_) {
      panel_.parts.push_back(fmt::format("{} using 1:2 with {} lt {} notitle", block("curve", i),
                                         one_row ? "points" : "lines", curve.style + 1));
      if (curve.diverged && last_finite_row(curve))
        panel_.parts.push_back(fmt::format("{} using 1:2 with points pt 'x' notitle", block("cross", i)));
      return;
    }
    if (!one_row)
      panel_.parts.push_back(
          fmt::format("{} using 1:2 with lines {} notitle", block("curve", i), curve_line(curve.style)));
    if (one_row || all_curves > 1)
      panel_.parts.push_back(fmt::format("{} using 1:2 with points pt {} {} lc rgb '{}' notitle",
                                         block("marks", i), curve_shape(curve.style),
                                         gnuplot_size(point_size), curve_color(curve.style)));
    if (curve.diverged && last_finite_row(curve))
      panel_.parts.push_back(fmt::format("{} using 1:2 with points pt 2 {} {} lc rgb '{}' notitle",
                                         block("cross", i), gnuplot_size(cross_size),
                                         gnuplot_width(curve_width), curve_color(curve.style)));
  }

  const CurvePanel& drawn_;
  std::size_t number_;
  bool picture_;
  CurveAxes limits_;
  Panel panel_;
};

// `mean of 3 runs; band: least to greatest`
std::string subtitle_of(const std::vector<CurvePanel>& panels, bool bands, const std::string& spread) {
  std::size_t fewest = SIZE_MAX, most = 0;
  for (const CurvePanel& panel : panels)
    for (const Curve& curve : panel.curves)
      fewest = std::min(fewest, curve.runs), most = std::max(most, curve.runs);
  if (most <= 1) return "";
  const std::string count = fewest == most ? fmt::format("{}", most) : fmt::format("{} to {}", fewest, most);
  return fmt::format("mean of {} runs; {}: {}", count, bands ? "band" : "bars", spread);
}

}  // namespace

bool can_be_told_apart(const std::vector<std::vector<BandPoint>>& bands, const FigureAxis& x) {
  constexpr int places = 50;
  constexpr std::size_t most = 3;
  constexpr double small_part = 0.1;
  int crowded = 0;
  for (int place = 0; place <= places; ++place) {
    const double at = x.at(static_cast<double>(place) / places);
    std::vector<BandPoint> here;
    for (const std::vector<BandPoint>& band : bands) {
      const auto next = std::lower_bound(band.begin(), band.end(), at,
                                         [](const BandPoint& p, double where) { return p.x < where; });
      if (next != band.end() && (next != band.begin() || next->x == at)) here.push_back(*next);
    }
    std::size_t deepest = 0;
    for (const BandPoint& one : here)
      deepest = std::max<std::size_t>(
          deepest,
          static_cast<std::size_t>(std::count_if(here.begin(), here.end(), [&](const BandPoint& other) {
            return other.lower <= one.lower && one.lower <= other.upper && other.upper > other.lower;
          })));
    crowded += deepest > most ? 1 : 0;
  }
  return crowded <= small_part * places;
}

Figure curve_figure(const std::vector<CurvePanel>& panels, const std::vector<std::string>& names,
                    const CurveAxes& axes, const std::string& spread, bool picture) {
  Figure figure;
  std::vector<Builder> builders;
  bool bands = true, diverged = false;
  for (std::size_t i = 0; i < panels.size(); ++i) {
    builders.emplace_back(panels[i], i, axes, picture);
    bands = bands && builders.back().bands_can_be_told_apart();
    for (const Curve& curve : panels[i].curves)
      diverged = diverged || (curve.diverged && last_finite_row(curve));
  }
  for (Builder& builder : builders) figure.panels.push_back(builder.panel(bands, names.size()));
  for (std::size_t i = 0; i < names.size(); ++i)
    figure.curves.push_back(entry_of_curve(i, names[i], true, names.size() > 1));
  if (diverged) figure.explanations.push_back({"a run diverged here", subtitle_color, "1", false, 2});
  if (picture) figure.subtitle = subtitle_of(panels, bands, spread);
  return figure;
}

}  // namespace descent::program
