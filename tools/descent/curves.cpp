#include "curves.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "descent/analysis/statistics.hpp"
#include "descent/base/error.hpp"

namespace descent::program {
namespace {

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

std::vector<double> running_mean(const std::vector<double>& values, std::size_t rows) {
  std::vector<double> means = values;
  for (std::size_t row = 0; row < values.size(); ++row) {
    if (!std::isfinite(values[row])) continue;
    const std::size_t begin = row - std::min(row, (rows - 1) / 2);
    const std::size_t end = std::min(values.size(), row + rows / 2 + 1);
    double sum = 0, count = 0;
    for (std::size_t i = begin; i < end; ++i)
      if (std::isfinite(values[i])) sum += values[i], ++count;
    means[row] = sum / count;
  }
  return means;
}

Curve single_curve(const RunCurve& run, const std::string& name) {
  Curve curve;
  curve.name = name;
  curve.steps = run.steps;
  curve.middle = run.values;
  curve.diverged = run.diverged;
  return curve;
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
  curve.name = name;
  const auto shortest = std::min_element(last.begin(), last.end());
  curve.diverged = runs[static_cast<std::size_t>(shortest - last.begin())]->diverged;
  if (runs.size() == 1) curve.lower.clear(), curve.upper.clear();
  return curve;
}

std::optional<std::size_t> last_finite_row(const Curve& curve) {
  for (std::size_t row = curve.middle.size(); row-- > 0;)
    if (std::isfinite(curve.middle[row])) return row;
  return std::nullopt;
}

}  // namespace descent::program
