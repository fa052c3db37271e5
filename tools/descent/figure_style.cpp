#include "figure_style.hpp"

#include <fmt/core.h>

#include <array>
#include <string_view>

#include "gnuplot.hpp"
#include "short_texts.hpp"

namespace descent::program {
namespace {

// Of DejaVu Sans, in hundredths of the font's size, from the space on.
constexpr std::array ascii_widths = {
    32, 40, 46, 84, 64, 95, 78, 27, 39,  39, 50, 84, 32, 36, 32, 34, 64, 64, 64, 64, 64, 64, 64, 64,
    64, 64, 34, 34, 84, 84, 84, 53, 100, 68, 69, 70, 77, 63, 58, 77, 75, 29, 29, 66, 56, 86, 75, 79,
    60, 79, 69, 63, 61, 73, 68, 99, 69,  61, 69, 39, 34, 39, 84, 50, 50, 61, 63, 55, 63, 62, 35, 63,
    63, 28, 28, 58, 28, 97, 63, 61, 63,  63, 41, 52, 39, 63, 59, 82, 59, 59, 52, 64, 34, 64, 84};

double character_width(const std::string& character) {
  constexpr double letter_width = 0.66, sign_width = 1;
  const auto first = static_cast<unsigned char>(character.front());
  const std::size_t index = first - std::size_t{' '};
  if (character.size() == 1 && first >= ' ' && index < ascii_widths.size())
    return ascii_widths.at(index) / 100.0;
  constexpr std::string_view superscripts = "⁰¹²³⁴⁵⁶⁷⁸⁹⁻₁₂";
  if (superscripts.find(character) != std::string::npos) return letter_width;
  return character.size() <= 2 ? letter_width : sign_width;
}

}  // namespace

std::string curve_color(std::size_t index) {
  constexpr std::array colors = {"#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9",
                                 "#E69F00", "#000000", "#882200", "#555555", "#000066"};
  return colors[index % colors.size()];
}

int curve_shape(std::size_t index) {
  constexpr std::array shapes = {7, 5, 9, 13, 11, 15};
  return shapes[index % shapes.size()];
}

std::string curve_dash(std::size_t index) {
  constexpr std::size_t colors = 10;
  constexpr std::array dashes = {"1", "(5,3)", "(2,2)", "(7,2,2,2)"};
  return dashes.at(index / colors % dashes.size());
}

std::string curve_line(std::size_t index) {
  return fmt::format("lc rgb '{}' dt {} {}", curve_color(index), curve_dash(index),
                     gnuplot_width(curve_width));
}

double text_width(const std::string& text) {
  double width = 0;
  for (std::size_t begin = 0, end = 0; begin < text.size(); begin = end) {
    for (end = begin + 1; end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U;)
      ++end;
    width += character_width(text.substr(begin, end - begin));
  }
  return width;
}

std::string shortened_in_the_middle(const std::string& text, double width) {
  return without_middle(text, width, text_width);
}

}  // namespace descent::program
