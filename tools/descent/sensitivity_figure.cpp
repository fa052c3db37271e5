#include "sensitivity_figure.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

#include "curve_figure.hpp"
#include "curve_labels.hpp"
#include "descent/base/error.hpp"

namespace descent::program {
namespace {

using Point = sweep::SensitivityCurve::Point;

constexpr double two_decades = 100;
constexpr double strip_row = 0.055;  // of the height, for the crosses of one optimizer

/// What is drawn of a setting.
struct Interval {
  double middle, lower, upper;
};

Interval interval_of(const analysis::Statistics& statistics, bool mean) {
  if (!mean) return {statistics.median, statistics.lower_quartile, statistics.upper_quartile};
  const double spread = statistics.standard_deviation.value_or(0);
  return {statistics.mean, statistics.mean - spread, statistics.mean + spread};
}

bool has_value(const Point& point) {
  return !point.is_lost();
}
bool is_lost(const Point& point) {
  return point.is_lost();
}
bool is_partly_wrong(const Point& point) {
  return !point.is_lost() && point.setting.went_wrong() > 0;
}

template <class Test>
bool any(const sweep::SensitivityCurve& curve, Test&& test) {
  return std::any_of(curve.points.begin(), curve.points.end(), test);
}

/// Makes one panel.
class Builder {
 public:
  Builder(const SensitivityPanel& drawn, std::size_t number, const std::vector<std::string>& optimizers,
          bool picture)
      : drawn_(drawn), number_(number), optimizers_(optimizers), picture_(picture) {
    panel_.x = FigureAxis('x', drawn.log_x);
    panel_.y = FigureAxis('y', is_log_y());
    panel_.x_label = drawn.x_label;
    panel_.y_label = drawn.y_label;
    for (const sweep::SensitivityCurve& curve : drawn.curves)
      for (const Point& point : curve.points) include(point);
    if (std::none_of(drawn.curves.begin(), drawn.curves.end(),
                     [](const auto& curve) { return any(curve, has_value); }))
      throw Error(
          fmt::format("no run that is done has a value of {}: there is nothing to draw", drawn.y_label));
    if (panel_.x.is_empty() || panel_.y.is_empty())
      throw Error("no value is above zero: a logarithmic axis shows none of them");
    panel_.x.pad(0.04, 0.04);
    panel_.y.pad(0.04, 0.04);
    panel_.x.limit(drawn.x);
    panel_.y.limit(drawn.y);
    add_strip();
  }

  bool bands_can_be_told_apart() const {
    std::vector<std::vector<BandPoint>> bands;
    for (const sweep::SensitivityCurve& curve : drawn_.curves) {
      bands.emplace_back();
      for (const Point& point : curve.points) {
        if (point.is_lost()) continue;
        const Interval interval = interval_of(point.setting.statistics, drawn_.mean);
        bands.back().push_back({point.x, interval.lower, interval.upper});
      }
    }
    return can_be_told_apart(bands, panel_.x);
  }

  Panel panel(bool bands) {
    for (std::size_t i = 0; i < drawn_.curves.size(); ++i) add_data(i);
    // Bands first: none lies upon another's line.
    for (std::size_t i = 0; picture_ && i < drawn_.curves.size(); ++i) add_band(i, bands);
    for (std::size_t i = 0; i < drawn_.curves.size(); ++i) picture_ ? add_curve(i) : add_terminal_curve(i);
    return std::move(panel_);
  }

 private:
  bool is_log_y() const {
    if (drawn_.log_y) return true;
    double least = INFINITY, greatest = 0;
    for (const sweep::SensitivityCurve& curve : drawn_.curves)
      for (const Point& point : curve.points) {
        if (point.is_lost()) continue;
        const Interval interval = interval_of(point.setting.statistics, drawn_.mean);
        least = std::min(least, interval.middle);
        greatest = std::max(greatest, interval.middle);
      }
    return least > 0 && greatest > two_decades * least;
  }

  void include(const Point& point) {
    panel_.x.include(point.x);
    if (point.is_lost()) return;
    const Interval interval = interval_of(point.setting.statistics, drawn_.mean);
    panel_.y.include(interval.middle);
    if (!picture_) return;
    panel_.y.include(interval.upper);
    // A deviation below zero would take a logarithmic axis down with it.
    if (!panel_.y.is_logarithmic() || interval.lower > interval.middle / two_decades)
      panel_.y.include(interval.lower);
  }

  // Room for crosses at the worse end, apart from what has a value.
  void add_strip() {
    lost_curves_ = static_cast<std::size_t>(std::count_if(
        drawn_.curves.begin(), drawn_.curves.end(), [](const auto& curve) { return any(curve, is_lost); }));
    if (lost_curves_ == 0) return;
    const double edge = drawn_.lower_is_better ? panel_.y.upper() : panel_.y.lower();
    const double strip = strip_row * static_cast<double>(lost_curves_ + 1);
    panel_.y.pad(drawn_.lower_is_better ? 0 : strip, drawn_.lower_is_better ? strip : 0);
    if (picture_)
      panel_.decoration = fmt::format(
          "set arrow 1000 from graph 0, first {0} to graph 1, first {0} nohead lc rgb '#999999' dt 3 {1}\n",
          edge, gnuplot_width(thin_width));
  }

  std::string block(const char* name, std::size_t i) const {
    return fmt::format("${}{}_{}", name, number_, i);
  }

  void add_data(std::size_t index) {
    const sweep::SensitivityCurve& curve = drawn_.curves[index];
    std::string values, partly, lost;
    for (const Point& point : curve.points) {
      if (point.is_lost()) {
        values += fmt::format("{} NaN NaN NaN\n", point.x);  // the line has a gap
        lost += fmt::format("{} {}\n", point.x, lost_height(index));
        continue;
      }
      const Interval interval = interval_of(point.setting.statistics, drawn_.mean);
      values += fmt::format("{} {} {} {}\n", point.x, interval.middle,
                            std::max(interval.lower, panel_.y.lower()), interval.upper);
      if (is_partly_wrong(point)) partly += fmt::format("{} {}\n", point.x, interval.middle);
    }
    panel_.data +=
        fmt::format("{} << EOD\n{}EOD\n{} << EOD\n{}EOD\n{} << EOD\n{}EOD\n", block("curve", index), values,
                    block("partly", index), partly, block("lost", index), lost);
    for (auto point = curve.points.rbegin(); point != curve.points.rend(); ++point) {
      if (point->is_lost() || !drawn_.lines) continue;
      panel_.ends.push_back(
          {style_of(index), point->x, interval_of(point->setting.statistics, drawn_.mean).middle});
      break;
    }
  }

  // Crosses of several optimizers stand beside each other, not upon each other.
  double lost_height(std::size_t index) const {
    std::size_t row = 0;
    for (std::size_t i = 0; i < index; ++i) row += any(drawn_.curves[i], is_lost) ? 1 : 0;
    const double rows = static_cast<double>(lost_curves_ + 1);
    const double strip = strip_row * rows / (1 + strip_row * rows);  // of the whole height
    const double share = strip * (static_cast<double>(row) + 1) / rows;
    return panel_.y.at(drawn_.lower_is_better ? 1 - strip + share : strip - share);
  }

  std::size_t style_of(std::size_t index) const {
    const auto found = std::find(optimizers_.begin(), optimizers_.end(), drawn_.curves[index].optimizer);
    return static_cast<std::size_t>(found - optimizers_.begin());
  }

  void add_band(std::size_t index, bool bands) {
    if (!any(drawn_.curves[index], has_value)) return;
    const std::string color = fmt::format("lc rgb '{}' notitle", curve_color(style_of(index)));
    if (!bands || !drawn_.lines) {
      panel_.parts.push_back(fmt::format("{} using 1:2:3:4 with yerrorbars pt 0 {} {}", block("curve", index),
                                         gnuplot_width(thin_width), color));
      return;
    }
    panel_.parts.push_back(fmt::format("{} using 1:3:4 with filledcurves fs transparent solid {} noborder {}",
                                       block("curve", index), band_opacity, color));
    for (const int column : {3, 4})
      panel_.parts.push_back(fmt::format("{} using 1:{} with lines {} {}", block("curve", index), column,
                                         gnuplot_width(frame_width / 2), color));
  }

  void add_terminal_curve(std::size_t index) {
    const std::size_t type = style_of(index) + 1;
    if (any(drawn_.curves[index], has_value))
      panel_.parts.push_back(fmt::format("{} using 1:2 with {} lt {} notitle", block("curve", index),
                                         drawn_.lines ? "lines" : "points", type));
    if (any(drawn_.curves[index], is_lost))
      panel_.parts.push_back(fmt::format("{} using 1:2 with points pt 'x' notitle", block("lost", index)));
  }

  void add_curve(std::size_t index) {
    const std::size_t style = style_of(index);
    const sweep::SensitivityCurve& curve = drawn_.curves[index];
    const auto points = [&](const char* name, int shape, double size, const std::string& color) {
      panel_.parts.push_back(fmt::format("{} using 1:2 with points pt {} {} {} lc rgb '{}' notitle",
                                         block(name, index), shape, gnuplot_size(size),
                                         gnuplot_width(curve_width * 0.8), color));
    };
    const int shape = curve_shape(style);
    if (any(curve, has_value) && drawn_.lines)
      panel_.parts.push_back(
          fmt::format("{} using 1:2 with lines {} notitle", block("curve", index), curve_line(style)));
    if (any(curve, has_value)) points("curve", shape, point_size, curve_color(style));
    if (any(curve, is_partly_wrong)) {
      points("partly", shape, point_size, "#ffffff");
      points("partly", shape - 1, hollow_size, curve_color(style));
    }
    if (any(curve, is_lost)) points("lost", 2, point_size, curve_color(style));
  }

  const SensitivityPanel& drawn_;
  std::size_t number_;
  const std::vector<std::string>& optimizers_;
  bool picture_;
  Panel panel_;
  std::size_t lost_curves_ = 0;
};

// In the order of the first panel, which begins with the best.
std::vector<std::string> optimizers_of(const std::vector<SensitivityPanel>& panels) {
  std::vector<std::string> optimizers;
  for (const SensitivityPanel& panel : panels)
    for (const sweep::SensitivityCurve& curve : panel.curves)
      if (std::find(optimizers.begin(), optimizers.end(), curve.optimizer) == optimizers.end())
        optimizers.push_back(curve.optimizer);
  return optimizers;
}

template <class Test>
bool any(const std::vector<SensitivityPanel>& panels, Test&& test) {
  return std::any_of(panels.begin(), panels.end(), [&](const SensitivityPanel& panel) {
    return std::any_of(panel.curves.begin(), panel.curves.end(),
                       [&](const auto& curve) { return any(curve, test); });
  });
}

}  // namespace

Figure sensitivity_figure(const std::vector<SensitivityPanel>& panels, bool picture) {
  const std::vector<std::string> optimizers = optimizers_of(panels);
  Figure figure;
  std::vector<Builder> builders;
  bool bands = true;
  for (std::size_t i = 0; i < panels.size(); ++i) {
    builders.emplace_back(panels[i], i, optimizers, picture);
    bands = bands && panels[i].lines && builders.back().bands_can_be_told_apart();
  }
  for (Builder& builder : builders) figure.panels.push_back(builder.panel(bands));
  const std::vector<std::string> names = labels_of_optimizers(optimizers);
  for (std::size_t i = 0; i < names.size(); ++i)
    figure.curves.push_back(
        entry_of_curve(i, names[i].empty() ? panels.front().y_label : names[i], panels.front().lines));
  if (any(panels, is_partly_wrong))
    figure.explanations.push_back(
        {"hollow: some seeds diverged or failed", subtitle_color, "1", false, 7, true});
  if (any(panels, is_lost))
    figure.explanations.push_back(
        {"cross: all seeds diverged or failed", subtitle_color, "1", false, 2, false});
  if (!picture) std::erase_if(figure.explanations, [](const LegendEntry& entry) { return entry.hollow; });
  const bool spread = any(panels, [](const Point& point) { return point.setting.statistics.count > 1; });
  if (spread) figure.subtitle = bands ? "band" : "bars";
  return figure;
}

}  // namespace descent::program
