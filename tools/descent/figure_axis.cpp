#include "figure_axis.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "descent/base/error.hpp"
#include "descent/base/text.hpp"
#include "gnuplot.hpp"

namespace descent::program {
namespace {

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

std::string with_minus(std::string text, bool unicode) {
  if (unicode && text.starts_with('-')) text.replace(0, 1, "−");
  return text;
}

// 1, 2, 2.5 or 5 times a power of ten: at most `most` of them fit into `length`.
double tick_distance(double length, double most) {
  const double least = length / most;
  const double power = std::pow(10.0, std::floor(std::log10(least)));
  for (const double digit : {1.0, 2.0, 2.5, 5.0})
    if (digit * power >= least * (1 - 1e-9)) return digit * power;
  return 10 * power;
}

int decimals_of(double distance) {
  int decimals = 0;
  for (double scaled = distance; decimals < 12 && std::abs(scaled - std::round(scaled)) > 1e-6 * scaled;
       scaled *= 10)
    ++decimals;
  return decimals;
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

double FigureAxis::share_of(double number) const {
  return logarithmic_ ? std::log(number / lower_) / std::log(upper_ / lower_)
                      : (number - lower_) / (upper_ - lower_);
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
  // Padding must not overflow.
  lower_ = std::isfinite(lower) && (!logarithmic_ || lower > 0) ? lower : lower_;
  upper_ = std::isfinite(upper) ? upper : upper_;
}

void FigureAxis::limit(const Limits& limits) {
  if (logarithmic_ && (limits.lower.value_or(1) <= 0 || limits.upper.value_or(1) <= 0))
    throw Error(fmt::format("--{}lim: a logarithmic axis shows numbers above zero alone", name_));
  lower_ = limits.lower.value_or(lower_);
  upper_ = limits.upper.value_or(upper_);
  if (!(lower_ < upper_))
    throw Error(
        fmt::format("--{}lim: the axis would go from {} to {}, and show nothing", name_, lower_, upper_));
}

std::vector<FigureAxis::Tick> FigureAxis::linear_ticks(bool unicode, double most) const {
  const double distance = tick_distance(upper_ - lower_, most);
  const double farthest = std::max(std::abs(lower_), std::abs(upper_));
  const bool scientific = farthest >= 1e6 || farthest < 1e-3;
  const int exponent = scientific ? static_cast<int>(std::floor(std::log10(farthest))) : 0;
  const double unit = std::pow(10.0, exponent);
  const int decimals = decimals_of(distance / unit);
  std::vector<Tick> ticks;
  for (double index = std::ceil(lower_ / distance - 1e-9); index * distance <= upper_ + 1e-9 * distance;
       ++index) {
    const double number = index * distance;
    std::string label = with_minus(fmt::format("{:.{}f}", number / unit, decimals), unicode);
    if (scientific) label += unicode ? "×10" + superscript(exponent) : fmt::format("e{}", exponent);
    ticks.push_back({number, index == 0 ? "0" : label});
  }
  return ticks;
}

std::vector<FigureAxis::Tick> FigureAxis::logarithmic_ticks(bool unicode, double most) const {
  const int first = static_cast<int>(std::ceil(std::log10(lower_) - 1e-9));
  const int last = static_cast<int>(std::floor(std::log10(upper_) + 1e-9));
  const bool decades = last - first >= 1;
  const bool plain = first >= -3 && last <= 3;
  const int step = std::max(1, static_cast<int>(std::ceil((last - first + 1) / most)));
  std::vector<Tick> ticks;
  for (int exponent = first - 1; exponent <= last; ++exponent) {
    for (int digit = 1; digit < 10; ++digit) {
      const double number = digit * std::pow(10.0, exponent);
      if (number < lower_ * (1 - 1e-9) || number > upper_ * (1 + 1e-9)) continue;
      const bool shown =
          decades ? digit == 1 && (exponent - first) % step == 0 : digit == 1 || digit == 2 || digit == 5;
      ticks.push_back({number, !shown       ? ""
                               : digit == 1 ? power_text(exponent, plain, unicode)
                                            : fmt::format("{:g}", number)});
    }
  }
  const auto labeled =
      std::count_if(ticks.begin(), ticks.end(), [](const Tick& tick) { return !tick.label.empty(); });
  // Less than a factor of two or so: no power of ten is in it.
  return labeled < 2 ? linear_ticks(unicode, most) : ticks;
}

std::vector<FigureAxis::Tick> FigureAxis::ticks(bool unicode, double most) const {
  if (!own_ticks_.empty()) return own_ticks_;
  return logarithmic_ ? logarithmic_ticks(unicode, most) : linear_ticks(unicode, most);
}

std::string FigureAxis::commands(bool unicode, double most, bool labels) const {
  std::vector<std::string> shown;
  for (const Tick& tick : ticks(unicode, most))
    shown.push_back(
        fmt::format("{} {} {}", gnuplot_text(labels ? tick.label : ""), tick.at, tick.label.empty() ? 1 : 0));
  return fmt::format("set {0}range [{1}:{2}]\n{3} logscale {0}\nset {0}tics ({4})\n", name_, lower_, upper_,
                     logarithmic_ ? "set" : "unset", join(shown, ", "));
}

}  // namespace descent::program
