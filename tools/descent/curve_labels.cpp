#include "curve_labels.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "descent/analysis/frozen_experiment.hpp"
#include "descent/base/text.hpp"
#include "metric_text.hpp"
#include "statistics_columns.hpp"

namespace descent::program {
namespace {

using Texts = std::vector<std::string>;  // of one path, for each curve

/// An option that the curves are told apart by.
struct Told {
  std::string path;
  Texts texts;
};

std::string parent_of(const std::string& path) {
  const std::size_t dot = path.rfind('.');
  return dot == std::string::npos ? std::string() : path.substr(0, dot);
}

bool differs(const Texts& texts) {
  return std::any_of(texts.begin(), texts.end(),
                     [&](const std::string& text) { return text != texts.front(); });
}

// Whether what `path` belongs to is another thing in some curves: a plugin, or a whole experiment.
bool governs(const Told& told, const std::string& path) {
  if (told.path == path) return false;
  if (told.path == "name") return true;
  return names_plugin(told.path) && analysis::lies_below(path, parent_of(told.path));
}

std::vector<Told> told_apart_by(const ShownOptions& options) {
  std::vector<Told> all, kept;
  for (std::size_t i = 0; i < options.paths.size(); ++i) {
    Told told{options.paths[i], {}};
    for (const std::vector<std::string>& curve : options.texts) told.texts.push_back(curve[i]);
    if (differs(told.texts)) all.push_back(std::move(told));
  }
  for (const Told& told : all) {
    // Curves with the same plugins above this option, one group for each.
    std::set<std::pair<Texts, std::string>> seen;
    std::set<Texts> groups;
    for (std::size_t curve = 0; curve < told.texts.size(); ++curve) {
      Texts above;
      for (const Told& other : all)
        if (governs(other, told.path)) above.push_back(other.texts[curve]);
      seen.insert({above, told.texts[curve]});
      groups.insert(above);
    }
    if (seen.size() > groups.size()) kept.push_back(told);
  }
  return kept;
}

// `optimizer.generator.learning_rate` and that of the discriminator, always alike, are one.
std::vector<Told> without_repetitions(const std::vector<Told>& all) {
  std::vector<Told> kept;
  for (const Told& told : all) {
    const std::string last = told.path.substr(told.path.rfind('.') + 1);
    const auto same = std::find_if(kept.begin(), kept.end(), [&](const Told& other) {
      return other.texts == told.texts && other.path.substr(other.path.rfind('.') + 1) == last;
    });
    if (same == kept.end())
      kept.push_back(told);
    else
      same->path = last;
  }
  return kept;
}

std::string part_of_label(const Told& told, const std::string& text, const std::vector<std::string>& paths,
                          std::size_t plugins) {
  if (told.path == "name") return text;
  if (names_plugin(told.path)) {
    const std::string parent = parent_of(told.path);
    const std::string role = parent.substr(parent.rfind('.') + 1);
    return plugins == 1 || role == text || role.empty() ? text : words_of(role) + " " + text;
  }
  std::string key = short_path(told.path, paths);
  std::replace(key.begin(), key.end(), '.', ' ');
  return words_of(key) + " " + text;
}

// `sgd`, `momentum=0.9`; commas between brackets part nothing.
std::vector<std::string> parts_of(const std::string& text) {
  std::vector<std::string> parts(1);
  int depth = 0;
  for (const char c : text) {
    depth += c == '[' || c == '{' ? 1 : c == ']' || c == '}' ? -1 : 0;
    if (c == ',' && depth == 0)
      parts.emplace_back();
    else
      parts.back() += c;
  }
  return parts;
}

// Leaves out what all of these have in common.
void drop_common(std::vector<std::vector<std::string>*> all) {
  const std::vector<std::string> first = *all.front();
  for (const std::string& part : first) {
    const auto has = [&](const auto* parts) {
      return std::find(parts->begin(), parts->end(), part) != parts->end();
    };
    if (all.size() > 1 && std::all_of(all.begin(), all.end(), has))
      for (auto* parts : all) std::erase(*parts, part);
  }
}

}  // namespace

std::vector<std::string> labels_of_optimizers(const std::vector<std::string>& optimizers) {
  std::vector<std::vector<std::string>> all;
  for (const std::string& optimizer : optimizers) all.push_back(parts_of(without_plugin_paths(optimizer)));
  std::vector<std::vector<std::string>*> every;
  for (std::vector<std::string>& parts : all) every.push_back(&parts);
  if (!every.empty()) drop_common(every);
  std::map<std::string, std::vector<std::vector<std::string>*>> by_head;
  for (std::vector<std::string>& parts : all)
    if (!parts.empty() && parts.front().find('=') == std::string::npos)
      by_head[parts.front()].push_back(&parts);
  for (auto& [head, same] : by_head) {
    if (same.size() == 1) {
      same.front()->resize(1);
      continue;
    }
    drop_common(same);
    for (std::vector<std::string>* parts : same) parts->insert(parts->begin(), head);
  }
  std::vector<std::string> labels;
  for (std::size_t i = 0; i < all.size(); ++i) {
    std::vector<std::string> words;
    for (const std::string& part : all[i]) {
      const std::size_t equals = part.find('=');
      words.push_back(equals == std::string::npos
                          ? part
                          : words_of(part.substr(0, equals)) + " " + part.substr(equals + 1));
    }
    labels.push_back(words.empty() ? without_plugin_paths(optimizers[i]) : join(words));
  }
  return labels;
}

std::vector<std::string> labels_of(const ShownOptions& all) {
  const ShownOptions options = joined_chains(all);
  std::vector<Told> told = without_repetitions(told_apart_by(options));
  std::stable_partition(told.begin(), told.end(), [](const Told& one) { return one.path != "seed"; });
  std::vector<std::string> paths;
  std::size_t plugins = 0;
  for (const Told& one : told) {
    paths.push_back(one.path);
    plugins += names_plugin(one.path) ? 1 : 0;
  }
  std::vector<std::string> labels;
  for (std::size_t curve = 0; curve < options.texts.size(); ++curve) {
    std::vector<std::string> parts;
    for (const Told& one : told)
      if (!one.texts[curve].empty()) parts.push_back(part_of_label(one, one.texts[curve], paths, plugins));
    labels.push_back(join(parts));
  }
  return labels;
}

}  // namespace descent::program
