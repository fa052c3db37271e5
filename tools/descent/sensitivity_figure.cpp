#include "sensitivity_figure.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "descent/base/error.hpp"
#include "descent/base/text.hpp"
#include "figure_axis.hpp"
#include "terminal.hpp"

namespace descent::program {
namespace {

using Point = sweep::SensitivityCurve::Point;

constexpr double two_decades = 100;
constexpr double strip_row = 0.045;  // of the height, for the crosses of one optimizer

/// What is drawn of a setting.
struct Interval {
  double middle, lower, upper;
};

Interval interval_of(const analysis::Statistics& statistics, bool mean) {
  if (!mean) return {statistics.median, statistics.lower_quartile, statistics.upper_quartile};
  const double spread = statistics.standard_deviation.value_or(0);
  return {statistics.mean, statistics.mean - spread, statistics.mean + spread};
}

/// Makes gnuplot's commands of one figure.
class Figure {
 public:
  Figure(const std::vector<sweep::SensitivityCurve>& curves, const SensitivityFigure& figure, bool picture,
         bool unicode)
      : curves_(curves),
        figure_(figure),
        picture_(picture),
        unicode_(unicode),
        x_('x', figure.log_x),
        y_('y', is_log_y()) {
    for (const sweep::SensitivityCurve& curve : curves)
      for (const Point& point : curve.points) include(point);
    if (!any_value())
      throw Error(
          fmt::format("no run that is done has a value of {}: there is nothing to draw", figure.y_label));
    if (x_.is_empty() || y_.is_empty())
      throw Error("no value is above zero: a logarithmic axis shows none of them");
    x_.pad(0.04, 0.04);
    lost_curves_ = static_cast<std::size_t>(
        std::count_if(curves.begin(), curves.end(), [](const sweep::SensitivityCurve& curve) {
          return std::any_of(curve.points.begin(), curve.points.end(),
                             [](const Point& p) { return p.is_lost(); });
        }));
    y_.pad(0.04, 0.04);
    const double strip = lost_curves_ == 0 ? 0 : strip_row * static_cast<double>(lost_curves_ + 1);
    edge_ = figure.lower_is_better ? y_.upper() : y_.lower();
    y_.pad(figure.lower_is_better ? 0 : strip, figure.lower_is_better ? strip : 0);
  }

  std::string commands() {
    std::string text = frame();
    for (std::size_t i = 0; i < curves_.size(); ++i) text += data_of(i);
    std::vector<std::string> parts;
    // Bands first: none lies upon another's line.
    for (std::size_t i = 0; i < curves_.size(); ++i) add_band(i, parts);
    for (std::size_t i = 0; i < curves_.size(); ++i) add_curve(i, parts);
    add_legend(parts);
    return text + fmt::format("plot {}\n", join(parts, ", \\\n  "));
  }

  double legend_lines() const { return static_cast<double>(curves_.size() + 2); }

 private:
  bool any_value() const {
    for (std::size_t i = 0; i < curves_.size(); ++i)
      if (has(i, [](const Point& point) { return !point.is_lost(); })) return true;
    return false;
  }

  bool is_log_y() const {
    if (figure_.log_y) return true;
    double least = INFINITY, greatest = 0;
    for (const sweep::SensitivityCurve& curve : curves_)
      for (const Point& point : curve.points) {
        if (point.is_lost()) continue;
        const Interval interval = interval_of(point.setting.statistics, figure_.mean);
        least = std::min(least, interval.middle);
        greatest = std::max(greatest, interval.middle);
      }
    return least > 0 && greatest > two_decades * least;
  }

  void include(const Point& point) {
    x_.include(point.x);
    if (point.is_lost()) return;
    const Interval interval = interval_of(point.setting.statistics, figure_.mean);
    y_.include(interval.middle);
    if (!picture_) return;
    y_.include(interval.upper);
    // A deviation below zero would take a logarithmic axis down with it.
    if (!y_.is_logarithmic() || interval.lower > interval.middle / two_decades) y_.include(interval.lower);
  }

  std::string frame() const {
    std::string text = x_.commands(unicode_) + y_.commands(unicode_);
    text += fmt::format("set xlabel {}\n", gnuplot_text(figure_.x_label));
    if (!picture_)
      return text + fmt::format("set title {}\nset key below vertical maxcols 1 Left reverse\n",
                                gnuplot_text(figure_.y_label));
    text += fmt::format("set ylabel {}\n", gnuplot_text(figure_.y_label));
    text += fmt::format(
        "set tmargin 4.2\n"
        "set label 1 {} at graph 0, graph 1 left offset 0, 2.1 font ',14'\n"
        "set label 2 {} at graph 0, graph 1 left offset 0, 0.9 tc rgb '#555555'\n",
        gnuplot_text(figure_.title), gnuplot_text(figure_.subtitle));
    text +=
        "set border 3 lc rgb '#555555'\nset tics nomirror out tc rgb '#222222'\n"
        "set grid xtics ytics lt 1 lw 0.6 lc rgb '#e4e4e4'\n"
        "set key outside right top vertical Left reverse spacing 1.25 samplen 2.2 width 1\n";
    if (lost_curves_ > 0)
      text += fmt::format(
          "set arrow 1 from graph 0, first {0} to graph 1, first {0} nohead lc rgb '#999999' dt 3\n", edge_);
    return text;
  }

  std::string data_of(std::size_t index) const {
    std::string text = fmt::format("$curve{} << EOD\n", index);
    for (const Point& point : curves_[index].points) {
      if (point.is_lost()) {
        text += fmt::format("{} NaN NaN NaN\n", point.x);  // the line has a gap
        continue;
      }
      const Interval interval = interval_of(point.setting.statistics, figure_.mean);
      text += fmt::format("{} {} {} {}\n", point.x, interval.middle, std::max(interval.lower, y_.lower()),
                          interval.upper);
    }
    text += fmt::format("EOD\n$partly{} << EOD\n", index);
    for (const Point& point : curves_[index].points)
      if (!point.is_lost() && point.setting.went_wrong() > 0)
        text += fmt::format("{} {}\n", point.x, interval_of(point.setting.statistics, figure_.mean).middle);
    text += fmt::format("EOD\n$lost{} << EOD\n", index);
    const double height = lost_height(index);
    for (const Point& point : curves_[index].points)
      if (point.is_lost()) text += fmt::format("{} {}\n", point.x, height);
    return text + "EOD\n";
  }

  // Crosses of several optimizers stand beside each other, not upon each other.
  double lost_height(std::size_t index) const {
    std::size_t row = 0;
    for (std::size_t i = 0; i < index; ++i)
      row += has(i, [](const Point& point) { return point.is_lost(); }) ? 1 : 0;
    const double rows = static_cast<double>(lost_curves_ + 1);
    const double strip = strip_row * rows / (1 + strip_row * rows);  // of the whole height
    const double share = strip * (static_cast<double>(row) + 1) / rows;
    return y_.at(figure_.lower_is_better ? 1 - strip + share : strip - share);
  }

  template <class Test>
  bool has(std::size_t index, Test&& test) const {
    return std::any_of(curves_[index].points.begin(), curves_[index].points.end(), test);
  }
  static bool is_partly_wrong(const Point& point) {
    return !point.is_lost() && point.setting.went_wrong() > 0;
  }

  void add_band(std::size_t index, std::vector<std::string>& parts) const {
    if (!picture_ || !has(index, [](const Point& point) { return !point.is_lost(); })) return;
    parts.push_back(fmt::format("$curve{} using {} lc rgb '{}' notitle", index,
                                figure_.lines ? "1:3:4 with filledcurves fs transparent solid 0.16 noborder"
                                              : "1:2:3:4 with yerrorbars pt 0 lw 1",
                                curve_color(index)));
  }

  void add_curve(std::size_t index, std::vector<std::string>& parts) const {
    const bool any_value = has(index, [](const Point& point) { return !point.is_lost(); });
    const bool partly = has(index, is_partly_wrong);
    const bool lost = has(index, [](const Point& point) { return point.is_lost(); });
    const std::string name = curves_[index].optimizer.empty() ? figure_.y_label : curves_[index].optimizer;
    if (!picture_) {
      const std::string title = gnuplot_text(" " + name);
      parts.push_back(any_value ? fmt::format("$curve{} using 1:2 with {} lt {} title {}", index,
                                              figure_.lines ? "linespoints" : "points", index + 1, title)
                                : fmt::format("NaN with lines lt {} title {}", index + 1, title));
      if (lost) parts.push_back(fmt::format("$lost{} using 1:2 with points pt 'x' notitle", index));
      return;
    }
    const std::string color = fmt::format("lc rgb '{}'", curve_color(index));
    const int shape = curve_shape(index);
    if (any_value && figure_.lines)
      parts.push_back(fmt::format("$curve{} using 1:2 with lines lw 2 {} notitle", index, color));
    if (any_value)
      parts.push_back(
          fmt::format("$curve{} using 1:2 with points pt {} ps 1 {} notitle", index, shape, color));
    if (partly) {
      parts.push_back(fmt::format("$partly{} using 1:2 with points pt {} ps 0.75 lc rgb '#ffffff' notitle",
                                  index, shape));
      parts.push_back(fmt::format("$partly{} using 1:2 with points pt {} ps 1.1 lw 1.6 {} notitle", index,
                                  shape - 1, color));
    }
    if (lost)
      parts.push_back(fmt::format("$lost{} using 1:2 with points pt 2 ps 1 lw 2 {} notitle", index, color));
    parts.push_back(fmt::format("NaN with {} lw 2 pt {} ps 1 {} title {}",
                                figure_.lines ? "linespoints" : "points", shape, color, gnuplot_text(name)));
  }

  void add_legend(std::vector<std::string>& parts) const {
    bool partly = false;
    for (std::size_t i = 0; i < curves_.size(); ++i) partly = partly || has(i, is_partly_wrong);
    const auto add = [&](const std::string& style, const std::string& text) {
      parts.push_back(fmt::format("NaN with points {} title {}", style, gnuplot_text(text)));
    };
    if (!picture_) {
      if (lost_curves_ > 0) add("pt 'x'", " all seeds diverged or failed");
      return;
    }
    if (partly) add("pt 6 ps 1.1 lw 1.6 lc rgb '#555555'", "some seeds diverged or failed");
    if (lost_curves_ > 0) add("pt 2 ps 1 lw 2 lc rgb '#555555'", "all seeds diverged or failed");
  }

  const std::vector<sweep::SensitivityCurve>& curves_;
  const SensitivityFigure& figure_;
  bool picture_, unicode_;
  FigureAxis x_, y_;
  std::size_t lost_curves_ = 0;
  double edge_ = 0;  // of what has a value
};

}  // namespace

Drawing draw_sensitivity(const std::vector<sweep::SensitivityCurve>& curves, const SensitivityFigure& figure,
                         const std::filesystem::path& file) {
  const Terminal terminal = terminal_of(stdout);
  const bool picture = !file.empty();
  Figure drawn(curves, figure, picture, picture || terminal.unicode);
  Drawing drawing{file, 960, 560, drawn.commands()};
  if (picture) return drawing;
  drawing.width = terminal.width();
  drawing.height = std::clamp(terminal.width() / 4, 16, 36) + static_cast<int>(drawn.legend_lines());
  return drawing;
}

}  // namespace descent::program
