#include "figure_axis.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <vector>

#include "descent/base/text.hpp"

namespace descent::program {
namespace {

constexpr double most_labels = 9;

std::string superscript(int number) {
  constexpr std::array digits = {"⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"};
  std::string text = number < 0 ? "⁻" : "";
  for (const char digit : std::to_string(std::abs(number)))
    text += digits.at(static_cast<std::size_t>(digit - '0'));
  return text;
}

// `plain`: numbers near 1 are written out.
std::string power_text(int exponent, bool plain, bool unicode) {
  if (plain || exponent == 0) return fmt::format("{:g}", std::pow(10.0, exponent));
  return unicode ? "10" + superscript(exponent) : fmt::format("1e{}", exponent);
}

}  // namespace

void FigureAxis::include(double number) {
  if (!std::isfinite(number) || (logarithmic_ && number <= 0)) return;
  if (is_empty()) {
    lower_ = upper_ = number;
  } else {
    lower_ = std::min(lower_, number);
    upper_ = std::max(upper_, number);
  }
}

double FigureAxis::at(double share) const {
  return logarithmic_ ? lower_ * std::pow(upper_ / lower_, share) : lower_ + share * (upper_ - lower_);
}

void FigureAxis::pad(double below, double above) {
  // One number alone has no length.
  if (lower_ == upper_) {
    if (logarithmic_) {
      lower_ /= 2, upper_ *= 2;
    } else {
      const double half = lower_ == 0 ? 1 : std::abs(lower_) / 2;
      lower_ -= half, upper_ += half;
    }
  }
  const double lower = at(-below), upper = at(1 + above);
  lower_ = lower;
  upper_ = upper;
}

std::string FigureAxis::ticks(bool unicode) const {
  const int first = static_cast<int>(std::ceil(std::log10(lower_) - 1e-9));
  const int last = static_cast<int>(std::floor(std::log10(upper_) + 1e-9));
  const bool decades = last - first >= 1;
  const bool plain = first >= -3 && last <= 3;
  const int step = std::max(1, static_cast<int>(std::ceil((last - first + 1) / most_labels)));
  std::vector<std::string> ticks;
  for (int exponent = first - 1; exponent <= last; ++exponent) {
    for (int digit = 1; digit < 10; ++digit) {
      const double number = digit * std::pow(10.0, exponent);
      if (number < lower_ * (1 - 1e-9) || number > upper_ * (1 + 1e-9)) continue;
      const bool shown = decades ? digit == 1 && (exponent - first) % step == 0
                                 : digit == 1 || digit == 2 || digit == 5 || last < first;
      const std::string label = !shown       ? ""
                                : digit == 1 ? power_text(exponent, plain, unicode)
                                             : fmt::format("{:g}", number);
      ticks.push_back(fmt::format("'{}' {} {}", label, number, shown ? 0 : 1));
    }
  }
  return fmt::format("set {}tics ({})\n", name_, join(ticks, ", "));
}

std::string FigureAxis::commands(bool unicode) const {
  std::string text = fmt::format("set {}range [{}:{}]\n", name_, lower_, upper_);
  if (!logarithmic_) return text + fmt::format("set format {} '%g'\n", name_);
  return fmt::format("set logscale {}\n", name_) + text + ticks(unicode);
}

std::string curve_color(std::size_t index) {
  constexpr std::array colors = {"#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#333333"};
  return colors[index % colors.size()];
}

int curve_shape(std::size_t index) {
  constexpr std::array shapes = {7, 5, 9, 13, 11, 15};
  return shapes[index % shapes.size()];
}

}  // namespace descent::program
