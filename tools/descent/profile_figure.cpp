#include "profile_figure.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "descent/base/error.hpp"
#include "descent/base/text.hpp"
#include "figure_axis.hpp"
#include "statistics_columns.hpp"
#include "terminal.hpp"

namespace descent::program {
namespace {

constexpr double least_end = 4;  // the factor to which AlgoPerf's score looks

double last_factor(const sweep::PerformanceProfiles& profiles) {
  double last = 0;
  for (const sweep::PerformanceProfile& profile : profiles.profiles)
    if (!profile.ratios.empty()) last = std::max(last, profile.ratios.back());
  if (last == 0) throw Error("no optimizer has solved a problem: there is nothing to draw");
  return std::max(least_end, last * 1.1);
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

std::string frame(const std::string& title, const std::string& factor, double end) {
  std::string ticks;
  for (double tick = 1; tick <= end * 1.0001; tick *= 2)
    ticks += fmt::format("{}'{:g}' {}", ticks.empty() ? "" : ", ", tick, tick);
  return fmt::format(
             "set logscale x\nset xrange [1:{}]\nset xtics ({})\nset yrange [0:1.03]\nset ytics 0.2\n", end,
             ticks) +
         fmt::format("set xlabel {}\nset title {}\n", gnuplot_text(factor), gnuplot_text(title));
}

}  // namespace

Drawing draw_profiles(const sweep::PerformanceProfiles& profiles, sweep::Effort effort,
                      const std::string& sweep, const std::filesystem::path& file) {
  const bool picture = !file.empty();
  const double end = last_factor(profiles);
  const std::string title =
      fmt::format("{}: share of {} solved", sweep, counted_text(profiles.diagnostics, "problem"));
  std::string commands = frame(title,
                               fmt::format("times the fastest optimizer's {} to the target",
                                           effort == sweep::Effort::steps ? "steps" : "seconds of training"),
                               end);
  if (picture)
    commands +=
        "set ylabel 'share of problems solved'\nset border 3 lc rgb '#555555'\n"
        "set tics nomirror out tc rgb '#222222'\nset grid xtics ytics lt 1 lw 0.6 lc rgb '#e4e4e4'\n"
        "set key outside right top vertical Left reverse spacing 1.25 samplen 2.2 width 1 "
        "title 'score (mean up to 4x)' left\n";
  else
    commands += "set key below vertical maxcols 1 Left reverse\n";
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < profiles.profiles.size(); ++i) {
    const sweep::PerformanceProfile& profile = profiles.profiles[i];
    commands += fmt::format("$profile{} << EOD\n{}EOD\n", i, staircase(profile, profiles.diagnostics, end));
    const std::string style =
        picture ? fmt::format("lw 2.5 lc rgb '{}'", curve_color(i)) : fmt::format("lt {}", i + 1);
    const std::string name = fmt::format("{}{}: {:.2f}", picture ? "" : " ", profile.optimizer,
                                         profile.score(profiles.diagnostics));
    parts.push_back(fmt::format("$profile{} using 1:2 with lines {} title {}", i, style, gnuplot_text(name)));
  }
  commands += fmt::format("plot {}\n", join(parts, ", "));
  Drawing drawing{file, 900, 520, commands};
  if (picture) return drawing;
  const Terminal terminal = terminal_of(stdout);
  drawing.width = terminal.width();
  drawing.height = std::clamp(terminal.width() / 4, 16, 36) + static_cast<int>(parts.size());
  return drawing;
}

}  // namespace descent::program
