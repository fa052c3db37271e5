#include "option_columns.hpp"

#include <algorithm>
#include <map>
#include <string_view>
#include <utility>

#include "descent/analysis/frozen_experiment.hpp"
#include "descent/base/text.hpp"
#include "statistics_columns.hpp"

namespace descent::program {
namespace {

std::string parent_of(const std::string& path) {
  const std::size_t dot = path.rfind('.');
  return dot == std::string::npos ? std::string() : path.substr(0, dot);
}

std::string last_of(const std::string& path) {
  return path.substr(path.rfind('.') + 1);
}

bool is_plugin_path(const std::string& text) {
  return text.find('/') != std::string::npos || text.find(".so") != std::string::npos;
}

// A plugin that was named by its path has its own name in the option beside it, unless an experiment gave it another one.
ShownOptions with_plugin_names(const ShownOptions& options) {
  ShownOptions named = options;
  for (std::vector<std::string>& texts : named.texts)
    for (std::size_t i = 0; i < texts.size(); ++i) {
      if (!names_plugin(named.paths[i])) {
        texts[i] = without_plugin_paths(texts[i]);
        continue;
      }
      if (!is_plugin_path(texts[i])) continue;
      texts[i] = plugin_name(texts[i]);
      const auto beside =
          std::find(named.paths.begin(), named.paths.end(), parent_of(named.paths[i]) + ".name");
      if (beside == named.paths.end()) continue;
      std::string& name = texts[static_cast<std::size_t>(beside - named.paths.begin())];
      if (!name.empty()) texts[i] = std::exchange(name, "");
    }
  return named;
}

// `optimizer.adam`, the entry of a chain, is called after its plugin.
std::vector<std::string> entries_of_chains(const ShownOptions& options) {
  std::vector<std::string> entries;
  for (std::size_t i = 0; i < options.paths.size(); ++i) {
    const std::string section = parent_of(options.paths[i]);
    if (!names_plugin(options.paths[i]) || parent_of(section).empty()) continue;
    const bool is_entry = std::all_of(options.texts.begin(), options.texts.end(), [&](const auto& texts) {
      return texts[i].empty() || texts[i] == last_of(section);
    });
    if (is_entry) entries.push_back(section);
  }
  return entries;
}

// The path without the entry of the chain that it belongs to.
std::string without_entry(const std::string& path, const std::vector<std::string>& entries) {
  for (const std::string& entry : entries)
    if (analysis::lies_below(path, entry) && path != entry)
      return parent_of(entry) + path.substr(entry.size());
  return path;
}

// The texts of several paths as one. Empty where two of them say something in one row, unless they name the rules of a chain.
std::vector<std::string> joined(const ShownOptions& options, const std::vector<std::size_t>& columns,
                                bool plugins) {
  std::vector<std::string> texts;
  for (const std::vector<std::string>& row : options.texts) {
    std::vector<std::string> said;
    for (const std::size_t column : columns)
      if (!row[column].empty()) said.push_back(row[column]);
    if (said.size() > 1 && !plugins) return {};
    texts.push_back(said.size() > 1 ? "[" + join(said) + "]" : said.empty() ? "" : said.front());
  }
  return texts;
}

}  // namespace

ShownOptions joined_chains(const ShownOptions& all) {
  const ShownOptions options = with_plugin_names(all);
  const std::vector<std::string> entries = entries_of_chains(options);
  std::vector<std::string> order;
  std::map<std::string, std::vector<std::size_t>> columns;
  for (std::size_t i = 0; i < options.paths.size(); ++i) {
    const std::string path = without_entry(options.paths[i], entries);
    if (columns[path].empty()) order.push_back(path);
    columns[path].push_back(i);
  }
  ShownOptions shown;
  shown.texts.resize(options.texts.size());
  const auto add = [&](const std::string& path, const std::vector<std::string>& texts) {
    shown.paths.push_back(path);
    for (std::size_t row = 0; row < texts.size(); ++row) shown.texts[row].push_back(texts[row]);
  };
  for (const std::string& path : order) {
    const std::vector<std::string> texts = joined(options, columns[path], names_plugin(path));
    if (!texts.empty() &&
        std::all_of(texts.begin(), texts.end(), [](const auto& text) { return text.empty(); }))
      continue;
    if (!texts.empty() || options.texts.empty()) {
      add(path, texts);
      continue;
    }
    for (const std::size_t column : columns[path])
      add(options.paths[column], joined(options, {column}, false));
  }
  return shown;
}

std::vector<std::string> headings_of(const std::vector<std::string>& paths) {
  std::vector<std::string> headings;
  for (const std::string& path : paths) {
    const std::string heading = short_path(path, paths);
    // `optimizer` says more than `plugin`.
    headings.push_back(heading == "plugin" ? parent_of(path) : heading);
  }
  return headings;
}

std::string plugin_name(const std::string& text) {
  if (!is_plugin_path(text)) return text;
  if (const std::size_t hash = text.rfind('#'); hash != std::string::npos) return text.substr(hash + 1);
  std::string name = text.substr(text.rfind('/') + 1);
  if (name.ends_with(".so")) name.resize(name.size() - 3);
  // optimizer_adam.so is what this tree's own are called, libadam.so what others are.
  for (const std::string_view begin :
       {"lib", "optimizer_", "model_", "layer_", "loss_", "dataset_", "metric_", "transform_"})
    if (name.starts_with(begin)) name.erase(0, begin.size());
  return name;
}

std::string without_plugin_paths(const std::string& text) {
  constexpr std::string_view ends = "=,[]{} ";
  std::string shorter, word;
  for (std::size_t i = 0; i <= text.size(); ++i) {
    if (i < text.size() && ends.find(text[i]) == std::string::npos) {
      word += text[i];
      continue;
    }
    shorter += word.find(".so") == std::string::npos ? word : plugin_name(word);
    word.clear();
    if (i < text.size()) shorter += text[i];
  }
  return shorter;
}

bool names_plugin(const std::string& path) {
  return path == "plugin" || path.ends_with(".plugin");
}

}  // namespace descent::program
