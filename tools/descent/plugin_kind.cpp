#include "plugin_kind.hpp"

#include <fmt/core.h>

#include "descent/config/renamed_words.hpp"

namespace descent::program {

PluginKind kind_of(const std::string& word, const std::vector<std::string>& others) {
  std::vector<std::string> names;
  for (const PluginKind kind : plugin_kinds()) {
    const std::string name = kind_name(kind);
    if (word == name || word == name + "s" || (name == "loss" && word == "losses")) return kind;
    names.push_back(name);
  }
  names.insert(names.end(), others.begin(), others.end());
  throw Error(unknown_word({}, "kinds of plugins", fmt::format("there is no kind of plugin '{}'", word), word,
                           names, codes::unknown_name));
}

}  // namespace descent::program
