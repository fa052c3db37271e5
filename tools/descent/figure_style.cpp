#include "figure_style.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <set>
#include <string_view>
#include <vector>

#include "gnuplot.hpp"

namespace descent::program {
namespace {

// Each character of UTF-8 text, as a piece of it.
std::vector<std::string> characters(const std::string& text) {
  std::vector<std::string> found;
  for (const char c : text) {
    const bool continues = (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
    if (continues && !found.empty())
      found.back() += c;
    else
      found.emplace_back(1, c);
  }
  return found;
}

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
  if (superscripts.find(character) != superscripts.npos) return letter_width;
  return character.size() <= 2 ? letter_width : sign_width;
}

using Characters = std::vector<std::string>;

// How many characters all texts have in common at their begin, or with `at_end` at their end.
std::size_t common(const std::vector<Characters>& texts, bool at_end) {
  std::size_t count = 0;
  const auto same = [&](const Characters& text) {
    const Characters& first = texts.front();
    if (count >= text.size() || count >= first.size()) return false;
    return at_end ? text[text.size() - 1 - count] == first[first.size() - 1 - count]
                  : text[count] == first[count];
  };
  while (std::all_of(texts.begin(), texts.end(), same)) ++count;
  return count;
}

// Without what all have in common, but for a few characters of it.
std::vector<std::string> without_common_ends(const std::vector<std::string>& texts) {
  constexpr std::size_t context = 12;
  std::vector<Characters> all;
  for (const std::string& text : texts) all.push_back(characters(text));
  const std::size_t front = common(all, false), back = common(all, true);
  std::vector<std::string> shorter;
  for (const Characters& text : all) {
    const bool overlap = front + back > text.size();
    const std::size_t begin = front > context ? front - context : 0;
    const std::size_t end = text.size() - (back > context && !overlap ? back - context : 0);
    std::string kept = begin > 0 ? "…" : "";
    for (std::size_t i = begin; i < end; ++i) kept += text[i];
    shorter.push_back(kept + (end < text.size() ? "…" : ""));
  }
  return shorter;
}

bool all_differ(const std::vector<std::string>& texts) {
  return std::set<std::string>(texts.begin(), texts.end()).size() == texts.size();
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
  for (const std::string& character : characters(text)) width += character_width(character);
  return width;
}

std::string shortened_in_the_middle(const std::string& text, double width) {
  if (text_width(text) <= width) return text;
  const std::vector<std::string> all = characters(text);
  std::size_t front = 0, back = 0;
  double used = text_width("…");
  while (front + back < all.size()) {
    const std::string& next = front <= back ? all[front] : all[all.size() - 1 - back];
    used += character_width(next);
    if (used > width) break;
    ++(front <= back ? front : back);
  }
  std::string shorter;
  for (std::size_t i = 0; i < front; ++i) shorter += all[i];
  shorter += "…";
  for (std::size_t i = all.size() - back; i < all.size(); ++i) shorter += all[i];
  return shorter;
}

std::vector<std::string> shortened_apart(const std::vector<std::string>& texts, double width) {
  const auto shortened = [&](const std::vector<std::string>& all) {
    std::vector<std::string> shorter;
    for (const std::string& text : all) shorter.push_back(shortened_in_the_middle(text, width));
    return shorter;
  };
  std::vector<std::string> found = shortened(texts);
  if (all_differ(found) || !all_differ(texts)) return found;
  found = shortened(without_common_ends(texts));
  if (all_differ(found)) return found;
  constexpr double number_width = 3.5;
  for (std::size_t i = 0; i < texts.size(); ++i)
    found[i] = fmt::format("{} ({})", shortened_in_the_middle(texts[i], width - number_width), i + 1);
  return found;
}

}  // namespace descent::program
