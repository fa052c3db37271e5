#include "label_words.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include "descent/base/error.hpp"

namespace descent {

namespace {

std::optional<double> number_of(const std::string& label) {
  double number = 0;
  const char* end = label.data() + label.size();
  const auto [read, problem] = std::from_chars(label.data(), end, number);
  if (read != end || problem != std::errc() || label.empty()) return std::nullopt;
  return number;
}

}  // namespace

LabelWords::LabelWords(const std::vector<std::string>& training, const std::vector<std::string>& test,
                       const std::string& column) {
  constexpr double most_classes = 1 << 24;
  bool all_numbers = true;
  double largest = 0;
  std::string wrong;
  for (const auto* labels : {&training, &test})
    for (const std::string& label : *labels) {
      words_.push_back(label);
      const auto number = number_of(label);
      all_numbers &= number.has_value();
      if (!number) continue;
      if (!(*number >= 0 && *number < most_classes && *number == std::floor(*number)) && wrong.empty())
        wrong = label;
      largest = std::max(largest, *number);
    }
  if (all_numbers) {
    if (!wrong.empty())
      throw Error("the label '" + wrong + "' in the column '" + column +
                  "' is no class: they are whole numbers from 0, or words; numbers that are to be predicted "
                  "are 'targets'");
    words_.clear();
    classes_ = static_cast<std::int64_t>(largest) + 1;
    return;
  }
  std::sort(words_.begin(), words_.end());
  words_.erase(std::unique(words_.begin(), words_.end()), words_.end());
  classes_ = std::ssize(words_);
}

std::vector<Scalar> LabelWords::indices(const std::vector<std::string>& labels) const {
  std::vector<Scalar> all;
  all.reserve(labels.size());
  for (const std::string& label : labels)
    all.push_back(static_cast<Scalar>(
        words_.empty()
            ? *number_of(label)
            : static_cast<double>(std::lower_bound(words_.begin(), words_.end(), label) - words_.begin())));
  return all;
}

}  // namespace descent
