#include "short_texts.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <map>
#include <set>

namespace descent::program {
namespace {

using Characters = std::vector<std::string>;

// Each character of UTF-8 text, as a piece of it.
Characters characters(const std::string& text) {
  Characters found;
  for (const char c : text) {
    const bool continues = (static_cast<unsigned char>(c) & 0xC0U) == 0x80U;
    if (continues && !found.empty())
      found.back() += c;
    else
      found.emplace_back(1, c);
  }
  return found;
}

// How many characters all texts have in common at their begin, or with `at_end` at their end.
std::size_t common(const std::vector<Characters>& texts, bool at_end) {
  std::size_t count = 0;
  const Characters& first = texts.front();
  const auto same = [&](const Characters& text) {
    if (count >= text.size() || count >= first.size()) return false;
    return at_end ? text[text.size() - 1 - count] == first[first.size() - 1 - count]
                  : text[count] == first[count];
  };
  while (std::all_of(texts.begin(), texts.end(), same)) ++count;
  return count;
}

// Without what all have in common, but for a few characters of it.
std::vector<std::string> without_common_ends(const std::vector<std::string>& texts, const std::string& gap) {
  constexpr std::size_t context = 12;
  std::vector<Characters> all;
  for (const std::string& text : texts) all.push_back(characters(text));
  const std::size_t front = common(all, false), back = common(all, true);
  std::vector<std::string> shorter;
  for (const Characters& text : all) {
    const bool overlap = front + back > text.size();
    const std::size_t begin = front > context ? front - context : 0;
    const std::size_t end = text.size() - (back > context && !overlap ? back - context : 0);
    std::string kept = begin > 0 ? gap : "";
    for (std::size_t i = begin; i < end; ++i) kept += text[i];
    shorter.push_back(kept + (end < text.size() ? gap : ""));
  }
  return shorter;
}

bool all_differ(const std::vector<std::string>& texts) {
  return std::set<std::string>(texts.begin(), texts.end()).size() == texts.size();
}

// Of texts that differ.
std::vector<std::string> shortened(const std::vector<std::string>& texts, double width,
                                   const TextMeasure& measure, const std::string& gap) {
  const auto cut = [&](const std::vector<std::string>& all) {
    std::vector<std::string> shorter;
    for (const std::string& text : all) shorter.push_back(without_middle(text, width, measure, gap));
    return shorter;
  };
  std::vector<std::string> found = cut(texts);
  if (all_differ(found)) return found;
  found = cut(without_common_ends(texts, gap));
  if (all_differ(found)) return found;
  for (std::size_t i = 0; i < texts.size(); ++i) {
    const std::string number = fmt::format(" ({})", i + 1);
    found[i] = without_middle(texts[i], width - measure(number), measure, gap) + number;
  }
  return found;
}

}  // namespace

std::string without_middle(const std::string& text, double width, const TextMeasure& measure,
                           const std::string& gap) {
  if (measure(text) <= width) return text;
  const Characters all = characters(text);
  std::size_t front = 0, back = 0;
  double used = measure(gap);
  while (front + back < all.size()) {
    const std::string& next = front <= back ? all[front] : all[all.size() - 1 - back];
    used += measure(next);
    if (used > width) break;
    ++(front <= back ? front : back);
  }
  std::string shorter;
  for (std::size_t i = 0; i < front; ++i) shorter += all[i];
  shorter += gap;
  for (std::size_t i = all.size() - back; i < all.size(); ++i) shorter += all[i];
  return shorter;
}

std::vector<std::string> shortened_apart(const std::vector<std::string>& texts, double width,
                                         const TextMeasure& measure, const std::string& gap) {
  std::vector<std::string> different;
  for (const std::string& text : texts)
    if (std::find(different.begin(), different.end(), text) == different.end()) different.push_back(text);
  const std::vector<std::string> shorter = shortened(different, width, measure, gap);
  std::map<std::string, std::string> found;
  for (std::size_t i = 0; i < different.size(); ++i) found[different[i]] = shorter[i];
  std::vector<std::string> all;
  for (const std::string& text : texts) all.push_back(found[text]);
  return all;
}

}  // namespace descent::program
