#pragma once

#include <string>
#include <vector>

namespace descent::program {

/// The options of what is shown, a run, a group or a setting: by which tables and legends tell them apart.
struct ShownOptions {
  std::vector<std::string> paths;
  /// For each of them a text for each path; empty: it has no such option.
  std::vector<std::vector<std::string>> texts;
};

/// The same with plugins by their names, never by their paths, and with chains beside single plugins under common paths:
/// `optimizer.plugin` is `sgd` or `[clip_norm, adam]`, and `optimizer.learning_rate` is whichever rule's has one. Options that
/// several rules of one chain have stay apart.
ShownOptions joined_chains(const ShownOptions& all);

/// What a table calls each of these paths: as much of its end as tells it from the others; of a plugin what it is for.
std::vector<std::string> headings_of(const std::vector<std::string>& paths);

/// `adam` for `/home/me/build/adam.so` and for `plugins.so#adam`.
std::string plugin_name(const std::string& text);

/// Every word of a text that is the path of a plugin, as its name.
std::string without_plugin_paths(const std::string& text);

/// Whether an option says which plugin is used.
bool names_plugin(const std::string& path);

}  // namespace descent::program
