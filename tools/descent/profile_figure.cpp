#include "profile_figure.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "curve_labels.hpp"
#include "descent/base/error.hpp"
#include "statistics_columns.hpp"

namespace descent::program {
namespace {

constexpr double least_end = 4;  // the factor to which AlgoPerf's score looks

double last_factor(const sweep::PerformanceProfiles& profiles, const Limits& factors) {
  double last = 0;
  for (const sweep::PerformanceProfile& profile : profiles.profiles)
    if (!profile.ratios.empty()) last = std::max(last, profile.ratios.back());
  if (last == 0) throw Error("no optimizer has solved a problem: there is nothing to draw");
  return std::max({least_end, last * 1.1, factors.upper.value_or(1)});
}

// A step at each factor at which one more problem is solved.
std::string staircase(const sweep::PerformanceProfile& profile, std::size_t diagnostics, double end) {
  double share = profile.within(1, diagnostics);
  std::string text = fmt::format("1 {}\n", share);
  for (const double ratio : profile.ratios) {
    if (profile.within(ratio, diagnostics) == share) continue;
    text += fmt::format("{} {}\n", ratio, share);
    share = profile.within(ratio, diagnostics);
    text += fmt::format("{} {}\n", ratio, share);
  }
  return text + fmt::format("{} {}\n", end, share);
}

std::vector<FigureAxis::Tick> doublings(double end) {
  std::vector<FigureAxis::Tick> ticks;
  for (double tick = 1; tick <= end * 1.0001; tick *= 2) ticks.push_back({tick, fmt::format("{:g}", tick)});
  return ticks;
}

}  // namespace

Figure profile_figure(const sweep::PerformanceProfiles& profiles, sweep::Effort effort,
                      const std::string& sweep, const Limits& factors, const Limits& shares, bool picture) {
  const double end = last_factor(profiles, factors);
  Figure figure;
  figure.title =
      fmt::format("{}: performance profiles on {}", sweep, counted_text(profiles.diagnostics, "problem"));
  figure.subtitle = "beside each name its score: the mean share up to a factor of 4";
  Panel panel;
  panel.x = FigureAxis('x', true);
  panel.x.include(1);
  panel.x.include(end);
  panel.x.set_ticks(doublings(end));
  panel.y.include(0);
  panel.y.include(1.03);
  panel.x.limit(factors);
  panel.y.limit(shares);
  panel.x_label = fmt::format("times the fastest optimizer's {} to the target",
                              effort == sweep::Effort::steps ? "steps" : "seconds of training");
  panel.y_label = "share of problems solved";
  std::vector<std::string> names;
  for (const sweep::PerformanceProfile& profile : profiles.profiles) names.push_back(profile.optimizer);
  names = labels_of_optimizers(names);
  for (std::size_t i = 0; i < profiles.profiles.size(); ++i) {
    const sweep::PerformanceProfile& profile = profiles.profiles[i];
    panel.data += fmt::format("$profile{} << EOD\n{}EOD\n", i, staircase(profile, profiles.diagnostics, end));
    const std::string style = picture ? curve_line(i) : fmt::format("lt {}", i + 1);
    panel.parts.push_back(fmt::format("$profile{} using 1:2 with lines {} notitle", i, style));
    // Steps lie upon each other: their ends are no place for points, but the steps are.
    if (picture)
      panel.parts.push_back(
          fmt::format("$profile{} using 1:2 every 2::1 with points pt {} {} lc rgb '{}' notitle", i,
                      curve_shape(i), gnuplot_size(point_size), curve_color(i)));
    panel.ends.push_back({i, panel.x.upper(), profile.within(panel.x.upper(), profiles.diagnostics)});
    figure.curves.push_back(
        entry_of_curve(i, fmt::format("{}: {:.2f}", names[i], profile.score(profiles.diagnostics))));
  }
  figure.panels.push_back(std::move(panel));
  return figure;
}

}  // namespace descent::program
