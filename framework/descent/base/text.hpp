#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "descent/base/api.hpp"

namespace descent {

/// The candidate that a user most likely meant by `word`: the least edit distance (a swap of neighbors
/// counts once), if that is at most a third of the word's length, and at least one; else one that `word` is the
/// beginning of, or the first letters of its words: `lr` for `learning_rate`.
DESCENT_API std::optional<std::string> nearest(std::string_view word,
                                               const std::vector<std::string>& candidates);

/// `; did you mean 'learning_rate'?`, or, where nothing is near, `; there are: a, b, c`; empty without
/// candidates.
DESCENT_API std::string suggestion(std::string_view word, const std::vector<std::string>& candidates);

/// `1 run`, `3 runs`; `plural` where that is not the word with an s.
DESCENT_API std::string counted(std::int64_t count, std::string_view word, std::string_view plural = "");

/// `a, b, c`
DESCENT_API std::string join(const std::vector<std::string>& words, std::string_view separator = ", ");

/// Whether h5py, netCDF and shells all take the name without quoting: letters, digits and `_`, and, but for
/// the first character, any of `. - + : @`.
DESCENT_API bool is_log_name(std::string_view name);
/// Whether it is one such name, or several with slashes between them.
DESCENT_API bool is_log_path(std::string_view path);

/// Whether `pattern` with `*` (any run of characters, dots too) and `?` matches all of `text`.
DESCENT_API bool matches(std::string_view pattern, std::string_view text);

/// The shortest decimal that reads back as the same double, always with a dot or an exponent that YAML 1.1
/// takes for a number: `1.0e-3`, `0.5`, `2.0`, `.nan`, `.inf`.
DESCENT_API std::string number_text(double number);

}  // namespace descent
