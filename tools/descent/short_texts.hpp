#pragma once

#include <functional>
#include <string>
#include <vector>

namespace descent::program {

/// How wide a text is.
using TextMeasure = std::function<double(const std::string&)>;

/// The text with its middle replaced by `gap`, where it is wider than `width`.
std::string without_middle(const std::string& text, double width, const TextMeasure& measure,
                           const std::string& gap = "…");

/// All texts shortened to `width`, so that different ones stay different: what all of them begin and end with goes first, and
/// where that is not enough they are numbered.
std::vector<std::string> shortened_apart(const std::vector<std::string>& texts, double width,
                                         const TextMeasure& measure, const std::string& gap = "…");

}  // namespace descent::program
