#include "metric_text.hpp"

#include <algorithm>
#include <array>
#include <cctype>
#include <string_view>
#include <vector>

#include "descent/base/text.hpp"

namespace descent::program {
namespace {

std::vector<std::string> split(const std::string& text, std::string_view at) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (at.find(c) != std::string::npos)
      parts.emplace_back();
    else
      parts.back() += c;
  }
  return parts;
}

bool is_one_of(const std::string& word, std::initializer_list<std::string_view> words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

// A column that says nothing without the metric that it belongs to.
bool is_general(const std::string& column) {
  return is_one_of(column,
                   {"value", "mean", "std", "stddev", "standard_error", "minimum", "maximum", "median"});
}

std::string text_of_measured(const std::string& metric, const std::string& column) {
  if (column == "value" || column == metric) return words_of(metric);
  return is_general(column) ? words_of(metric) + " " + words_of(column) : words_of(column);
}

// What a player's objective, a loss's term or a schedule is called: `generator objective`.
std::string text_of_training(const std::string& column) {
  std::vector<std::string> words = split(column, "/.");
  if (words.size() > 1 && words.front() == "optimizer") words.erase(words.begin());
  return words_of(join(words, " "));
}

}  // namespace

std::string words_of(const std::string& name) {
  std::vector<std::string> words = split(name, "_ ");
  for (std::string& word : words)
    if (is_one_of(word, {"elbo", "kl", "iwae", "fid", "kid", "mmd", "nll", "auc", "psnr", "ssim", "js", "tc",
                         "vae", "gan"}))
      std::transform(word.begin(), word.end(), word.begin(), [](unsigned char c) { return std::toupper(c); });
  for (std::size_t i = 0; i + 1 < words.size(); ++i)
    if (words[i] == "negative" && words[i + 1] == "ELBO") {
      words[i] = "−ELBO";
      words.erase(words.begin() + static_cast<std::ptrdiff_t>(i) + 1);
    }
  return join(words, " ");
}

std::string metric_text(const std::string& name) {
  const std::size_t slash = name.find('/');
  if (slash == std::string::npos || name.find(' ') != std::string::npos) return name;
  const std::string set = name.substr(0, slash), column = name.substr(slash + 1);
  const std::size_t dot = set.find('.');
  if (dot == std::string::npos) return text_of_training(column) + " (" + set + ")";
  return text_of_measured(set.substr(dot + 1), column) + " (" + set.substr(0, dot) + ")";
}

std::string metric_axis_text(const std::string& name, const std::string& unit, const std::string& direction) {
  std::string text = metric_text(name);
  // What it took to reach a target says its unit; the names of metrics have no spaces.
  if (!unit.empty() && unit != "1" && name.find(' ') == std::string::npos) text += " [" + unit + "]";
  if (!direction.empty()) text += ", " + direction + " is better";
  return text;
}

}  // namespace descent::program
