#include "figure_options.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>

#include "command_line.hpp"
#include "descent/base/error.hpp"
#include "descent/base/text.hpp"

namespace descent::program {
namespace {

std::optional<double> number_of(const std::string& text) {
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(number)) return std::nullopt;
  return number;
}

struct Unit {
  const char* name;
  double points;
};
constexpr std::array units = {Unit{"cm", points_per_centimeter}, Unit{"mm", points_per_centimeter / 10},
                              Unit{"in", points_per_inch}, Unit{"pt", 1}, Unit{"px", points_per_inch / 96}};

}  // namespace

void add_figure_options(Command& command, FigureOptions& options, bool has_curves) {
  command.option("--title TEXT", options.title, "the title; '' leaves it out");
  command.option("--xlabel TEXT", options.x_labels,
                 "what the horizontal axis says; of several panels once for each, or for all");
  command.option("--ylabel TEXT", options.y_labels, "what the vertical axis says, likewise");
  if (has_curves)
    command.option("--label OLD=NEW", options.labels,
                   "call the curve OLD of the legend NEW; may be given several times");
  command.option("--xlim FROM:TO", options.x_limits,
                 "the ends of the horizontal axis; either may be left out");
  command.option("--ylim FROM:TO", options.y_limits, "the ends of the vertical axis, likewise");
  command.option("--size WxH", options.size,
                 "the picture's size: 8x6cm, 80x60mm, 3.3x2.5in, 240x180pt, or 640x480px (96 to an inch)");
  command.option("--font-size POINTS", options.font_size, "of the picture's text (default: 8)",
                 {.positive = true});
}

bool any_said(const FigureOptions& options) {
  return !(options.title.empty() && options.x_labels.empty() && options.y_labels.empty() &&
           options.labels.empty() && options.x_limits.empty() && options.y_limits.empty() &&
           options.size.empty() && options.font_size == figure_font_size);
}

Limits limits_of(const std::string& text, const std::string& option) {
  if (text.empty()) return {};
  const std::size_t colon = text.find(':');
  const std::string lower = text.substr(0, colon),
                    upper = colon == std::string::npos ? "" : text.substr(colon + 1);
  const Limits limits{number_of(lower), number_of(upper)};
  const bool wrong =
      colon == std::string::npos || (!lower.empty() && !limits.lower) || (!upper.empty() && !limits.upper);
  if (wrong || (!limits.lower && !limits.upper))
    throw Error(fmt::format("{} '{}': two numbers are expected, or one: 0:100, 0:, :100", option, text));
  if (limits.lower && limits.upper && *limits.lower >= *limits.upper)
    throw Error(fmt::format("{} '{}': the first number must be below the second", option, text));
  return limits;
}

FigureSize size_of(const std::string& text) {
  constexpr double least = 40, greatest = 14400;  // half an inch; what PDF allows
  const std::size_t cross = text.find('x');
  for (const Unit& unit : units) {
    if (cross == std::string::npos || !text.ends_with(unit.name)) continue;
    const std::size_t end = text.size() - 2;
    std::string first = text.substr(0, cross);
    if (first.ends_with(unit.name)) first.resize(first.size() - 2);  // 8cmx6cm
    const auto width = number_of(first), height = number_of(text.substr(cross + 1, end - cross - 1));
    if (!width || !height) continue;
    const FigureSize size{*width * unit.points, *height * unit.points};
    if (std::min(size.width, size.height) < least || std::max(size.width, size.height) > greatest)
      throw Error(fmt::format(
          "--size '{}': a picture has at least 1.5 and at most 500 cm of width and height", text));
    return size;
  }
  throw Error(
      fmt::format("--size '{}': width and height with a unit are expected: 8x6cm, 80x60mm, 3.3x2.5in, "
                  "240x180pt or 640x480px",
                  text));
}

std::vector<std::string> renamed(std::vector<std::string> texts, const std::vector<std::string>& labels) {
  const std::vector<std::string> before = texts;
  for (const std::string& label : labels) {
    bool found = false;
    // Either text may have a `=` in it.
    for (std::size_t at = label.find('='); at != std::string::npos && !found; at = label.find('=', at + 1))
      for (std::size_t i = 0; i < before.size(); ++i)
        if (label.substr(0, at) == before[i]) texts[i] = label.substr(at + 1), found = true;
    if (found) continue;
    if (label.find('=') == std::string::npos)
      throw Error(fmt::format("--label '{}': OLD=NEW is expected", label));
    throw Error(fmt::format("--label '{}': no curve is called '{}'{}", label,
                            label.substr(0, label.find('=')), "; there are: '" + join(before, "', '") + "'"));
  }
  return texts;
}

}  // namespace descent::program
