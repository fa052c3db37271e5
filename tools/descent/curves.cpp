#include "curves.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "descent/analysis/statistics.hpp"
#include "descent/base/error.hpp"

namespace descent::program {
namespace {

// A picture is not wider; more points would only make its file large.
constexpr std::size_t most_points = 2000;

void add_point(std::string& text, double step, std::initializer_list<double> values) {
  fmt::format_to(std::back_inserter(text), "{}", step);
  for (const double value : values) {
    if (std::isfinite(value))
      fmt::format_to(std::back_inserter(text), " {}", value);
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

void require_something_to_draw(const std::vector<Curve>& curves, const Axes& axes) {
  for (const Curve& curve : curves)
    for (const double value : curve.middle)
      if (std::isfinite(value) && (value > 0 || !axes.log_y)) return;
  throw Error(axes.log_y ? "no value is above zero: a logarithmic axis shows none of them"
                         : "no value is finite: there is nothing to draw");
}

// Says why a group's band ends before its longest run does, if it does.
void note_end(const std::vector<const RunCurve*>& runs, const std::vector<std::int64_t>& last,
              const std::string& name, std::int64_t end, std::vector<std::string>& notes) {
  const auto shortest = std::min_element(last.begin(), last.end());
  const std::int64_t longest = *std::max_element(last.begin(), last.end());
  if (end == longest) return;
  if (end < 0) {
    notes.push_back(
        fmt::format("{} is not drawn: there is no step at which all of its {} runs have a finite value", name,
                    runs.size()));
    return;
  }
  const auto same = std::count(last.begin(), last.end(), *shortest) - 1;
  notes.push_back(fmt::format("{} ends at step {}, of {}: {}{} has its last finite value at step {}", name,
                              end, longest,
                              runs[static_cast<std::size_t>(shortest - last.begin())]->run.string(),
                              same == 0 ? std::string() : fmt::format(" (and {} more)", same), *shortest));
}

}  // namespace

Curve single_curve(const RunCurve& run, const std::string& name) {
  return {name, run.steps, run.values, {}, {}, 1};
}

Curve band_curve(const std::vector<const RunCurve*>& runs, const std::string& name, Band band,
                 std::vector<std::string>& notes) {
  std::map<std::int64_t, std::vector<double>> at_step;
  std::vector<std::int64_t> last;  // step with a finite value, of each run
  for (const RunCurve* run : runs) {
    last.push_back(-1);
    for (std::size_t i = 0; i < run->steps.size(); ++i) {
      if (!std::isfinite(run->values[i])) continue;
      at_step[run->steps[i]].push_back(run->values[i]);
      last.back() = run->steps[i];
    }
  }
  Curve curve;
  curve.runs = runs.size();
  for (const auto& [step, values] : at_step) {
    if (values.size() != runs.size()) continue;
    const analysis::Statistics statistics = analysis::statistics_of(values);
    const double spread = statistics.standard_deviation.value_or(0);
    const bool extremes = band == Band::extremes;
    curve.steps.push_back(step);
    curve.middle.push_back(statistics.mean);
    curve.lower.push_back(extremes ? statistics.minimum : statistics.mean - spread);
    curve.upper.push_back(extremes ? statistics.maximum : statistics.mean + spread);
  }
  note_end(runs, last, name, curve.steps.empty() ? -1 : curve.steps.back(), notes);
  const char* width = band == Band::extremes ? "least to greatest" : "± one standard deviation";
  curve.name = runs.size() == 1 ? fmt::format("{}: 1 run", name)
                                : fmt::format("{}: mean of {} runs, {}", name, runs.size(), width);
  return curve;
}

std::string plot_commands(const std::vector<Curve>& curves, const Axes& axes, bool with_bands) {
  require_something_to_draw(curves, axes);
  std::string commands;
  for (std::size_t i = 0; i < curves.size(); ++i)
    commands += fmt::format("$curve{} << EOD\n{}EOD\n", i,
                            curves[i].lower.empty() ? line_data(curves[i]) : band_data(curves[i]));
  commands += fmt::format("set xlabel 'step'\n{} {}\nset key below vertical maxcols 1 Left reverse\n",
                          with_bands ? "set ylabel" : "set title", gnuplot_text(axes.label));
  if (with_bands) commands += "set grid lt 1 lw 0.5 lc rgb '#d8d8d8'\n";
  if (axes.log_x) commands += "set logscale x\n";
  if (axes.log_y) commands += "set logscale y\nset format y '%g'\n";
  commands += "plot ";
  for (std::size_t i = 0; i < curves.size(); ++i) {
    const bool band = with_bands && !curves[i].lower.empty();
    if (i > 0) commands += ", ";
    if (band)
      commands += fmt::format(
          "$curve{} using 1:3:4 with filledcurves fs transparent solid 0.2 noborder lt {} notitle, ", i,
          i + 1);
    // One row makes no line.
    const char* style = curves[i].steps.size() == 1 ? "points pt 7" : "lines lw 1.5";
    commands += fmt::format(
        "$curve{} using 1:2 with {} lt {} title {}", i, style, i + 1,
        gnuplot_text((with_bands ? "" : " ") + curves[i].name));  // drawn with characters, they touch
  }
  return commands;
}

}  // namespace descent::program
