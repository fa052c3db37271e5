#include "descent/config/renamed_words.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>

#include "descent/base/text.hpp"

namespace descent {

static constexpr std::array words{
    RenamedWord{"initialiser", "initializer"},        // key of networks and layers, manual page
    RenamedWord{"initialisers", "initializer"},       // the same page
    RenamedWord{"centralise", "centralize"},          // optimizer
    RenamedWord{"initialisation", "initialization"},  // check of models
    RenamedWord{"likelihood", "", "loss 'elbo'",
                "the likelihood is the model's: write model: {plugin: vae, likelihood: bernoulli}, or "
                "{gaussian: STDDEV} "
                "instead of the word"},
    RenamedWord{"stddev", "", "loss 'elbo'",
                "the standard deviation goes into the model's likelihood: write model: {plugin: vae, "
                "likelihood: {gaussian: "
                "STDDEV}}"},
};

std::span<const RenamedWord> renamed_words() {
  return words;
}

std::optional<std::string> renamed_hint(const std::string& owner, const std::string& word,
                                        const std::vector<std::string>& known) {
  for (const RenamedWord& renamed : words) {
    if (word != renamed.word) continue;
    if (std::find(known.begin(), known.end(), renamed.now) != known.end())
      return fmt::format("'{}' is now called '{}'", word, renamed.now);
    if (*renamed.instead != '\0' && owner == renamed.owner)
      return fmt::format("{} no longer has '{}'; {}", owner, word, renamed.instead);
  }
  return std::nullopt;
}

Diagnostic unknown_word(const SourceLocation& location, const std::string& owner, const std::string& message,
                        const std::string& word, const std::vector<std::string>& known, const char* code) {
  if (const auto hint = renamed_hint(owner, word, known)) return {location, *hint, codes::renamed, word};
  return {location, message + suggestion(word, known), code, word};
}

}  // namespace descent
