#include "progress_display.hpp"
#include "output.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <cmath>

namespace descent::program {
namespace {

constexpr double longest_interval = 300;  // seconds
constexpr double shortest_interval = 1;

std::string bar(double fraction, bool unicode) {
  constexpr int cells = 20;
  const int full = static_cast<int>(std::clamp(fraction, 0.0, 1.0) * cells);
  std::string text;
  for (int cell = 0; cell < cells; ++cell)
    text += unicode ? (cell < full ? "━" : "╌") : (cell < full ? "#" : ".");
  return text;
}

std::string rate_text(double steps_per_second) {
  if (steps_per_second < 1) return fmt::format("{:.1f} s/step", 1 / steps_per_second);
  return fmt::format("{:.{}f} steps/s", steps_per_second, steps_per_second < 10 ? 1 : 0);
}

std::string line_text(const run::Progress& progress, double rate, bool with_bar, bool unicode) {
  const double fraction = progress.total_steps > 0
                              ? static_cast<double>(progress.step) / static_cast<double>(progress.total_steps)
                              : 0;
  const std::string total = std::to_string(progress.total_steps);
  std::string line = with_bar ? bar(fraction, unicode) + " " : "step ";
  line += fmt::format("{:>{}}/{}", progress.step, total.size(), total);
  if (rate > 0) {
    line += "  " + rate_text(rate);
    const double left = static_cast<double>(progress.total_steps - progress.step) / rate;
    if (left > 0) line += "  " + duration_text(left) + " left";
  }
  for (const auto& [name, value] : progress.objectives) line += fmt::format("  {} {:.4g}", name, value);
  return line;
}

}  // namespace

std::string duration_text(double seconds) {
  const auto whole = static_cast<std::int64_t>(std::llround(seconds));
  if (seconds < 10) return fmt::format("{:.1f} s", seconds);
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{}:{:02}", whole / 60, whole % 60);
  return fmt::format("{}:{:02}:{:02}", whole / 3600, whole / 60 % 60, whole % 60);
}

void ProgressDisplay::show(const run::Progress& progress) {
  rate_ = rate_ == 0 ? progress.steps_per_second : rate_ + 0.1 * (progress.steps_per_second - rate_);
  if (terminal_.interactive) {
    // One column short: a full line would make some terminals wrap.
    live_ = shortened(line_text(progress, rate_, true, terminal_.unicode),
                      static_cast<std::size_t>(terminal_.width() - 1));
    draw(live_);
  } else if (due(progress)) {
    print(terminal_.stream, "{}\n", line_text(progress, rate_, false, false));
    flush(terminal_.stream);
  }
}

bool ProgressDisplay::due(const run::Progress& progress) {
  const std::int64_t tenths = progress.total_steps > 0 ? progress.step * 10 / progress.total_steps : 0;
  const double waited = progress.seconds - printed_at_;
  const bool ended = progress.step >= progress.total_steps && tenths_ < 10;
  const bool next_tenth = tenths > tenths_ && waited >= shortest_interval;
  if (!ended && !next_tenth && waited < interval_) return false;
  if (!next_tenth) interval_ = std::min(2 * interval_, longest_interval);
  tenths_ = tenths;
  printed_at_ = progress.seconds;
  return true;
}

void ProgressDisplay::say(const std::string& line) {
  if (!live_.empty()) put_raw(terminal_.stream, "\r\x1b[K");
  print(terminal_.stream, "{}\n", line);
  if (!live_.empty()) draw(live_);
  flush(terminal_.stream);
}

void ProgressDisplay::finish() {
  if (!live_.empty()) print(terminal_.stream, "\n");
  live_.clear();
  flush(terminal_.stream);
}

void ProgressDisplay::draw(const std::string& line) {
  put_raw(terminal_.stream, "\r");
  put(terminal_.stream, line);
  put_raw(terminal_.stream, "\x1b[K");
  flush(terminal_.stream);
}

}  // namespace descent::program
