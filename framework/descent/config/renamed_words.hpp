#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "descent/base/error.hpp"

namespace descent {

/// A key, plugin or other word of experiments and command lines that earlier versions knew.
struct RenamedWord {
  const char* word;
  /// What it is called now. The row counts wherever the old word is unknown and this one is known.
  const char* now = "";
  /// For a word that was removed: who had it, as messages say it (`model 'vae'`, `a network`), and what to
  /// use instead, as the end of a sentence.
  const char* owner = "";
  const char* instead = "";
};

/// All of them: the one place to add to when a word is renamed or removed.
DESCENT_API std::span<const RenamedWord> renamed_words();

/// What a user of the old word is told: `'initialiser' is now called 'initializer'`, or `a network no longer
/// has 'x'; use …`; nothing for any other word. `known` are the words that would be right here.
DESCENT_API std::optional<std::string> renamed_hint(const std::string& owner, const std::string& word,
                                                    const std::vector<std::string>& known);

/// The mistake of using a word that is not among `known`: code `renamed`, and renamed_hint(), for one that
/// earlier versions knew; otherwise `message` with the nearest word, and `code`. `owner` is who lacks it, as
/// messages say it.
DESCENT_API Diagnostic unknown_word(const SourceLocation& location, const std::string& owner,
                                    const std::string& message, const std::string& word,
                                    const std::vector<std::string>& known,
                                    const char* code = codes::unknown_key);

}  // namespace descent
