#include <fmt/format.h>

#include <algorithm>

#include "descent/analysis/frozen_experiment.hpp"
#include "descent/base/text.hpp"
#include "descent/experiment/merge.hpp"
#include "descent/sweep/plan.hpp"

namespace descent::sweep {

namespace {

struct Named {
  std::vector<std::string> path;
  std::string text;
};

const Value* plugin_of(const Value& value) {
  const Value* plugin = value.find("plugin");
  return plugin != nullptr && plugin->is(Value::Kind::text) ? plugin : nullptr;
}

void name_map(const std::vector<std::string>& path, const Value& value, std::vector<Named>& names);

// A plugin stands for its section: `optimizer=adam`, and not `optimizer.plugin=adam`.
void name_value(const std::vector<std::string>& path, const Value& value, std::vector<Named>& names) {
  if (value.is(Value::Kind::map)) {
    if (const Value* plugin = plugin_of(value)) names.push_back({path, plugin->text()});
    return name_map(path, value, names);
  }
  const bool chain = value.is(Value::Kind::list) && !value.items().empty() &&
                     std::all_of(value.items().begin(), value.items().end(), [](const Value& item) {
                       return plugin_of(item) != nullptr || item.is(Value::Kind::text);
                     });
  if (!chain) return names.push_back({path, analysis::option_text(value)});
  std::vector<std::string> rules;
  for (const Value& item : value.items())
    rules.push_back(item.is(Value::Kind::text) ? item.text() : plugin_of(item)->text());
  names.push_back({path, fmt::format("[{}]", join(rules, ","))});
  for (std::size_t i = 0; i < rules.size(); ++i) {
    std::vector<std::string> inner = path;
    inner.push_back(rules[i]);
    name_map(inner, value.items()[i], names);
  }
}

void name_map(const std::vector<std::string>& path, const Value& value, std::vector<Named>& names) {
  if (!value.is(Value::Kind::map)) return;
  for (const Value::Entry& entry : value.entries()) {
    if (entry.key == "plugin") continue;
    std::vector<std::string> inner = path;
    inner.push_back(entry.key);
    name_value(inner, entry.value, names);
  }
}

bool same_end(const std::vector<std::string>& a, const std::vector<std::string>& b, std::size_t parts) {
  return parts <= b.size() && std::equal(a.end() - static_cast<std::ptrdiff_t>(parts), a.end(),
                                         b.end() - static_cast<std::ptrdiff_t>(parts));
}

// As much of the path's end as no other path has.
std::string short_path(const std::vector<Named>& names, std::size_t index) {
  const std::vector<std::string>& path = names[index].path;
  std::size_t parts = 1;
  const auto is_ambiguous = [&] {
    for (std::size_t other = 0; other < names.size(); ++other)
      if (other != index && same_end(path, names[other].path, parts)) return true;
    return false;
  };
  while (parts < path.size() && is_ambiguous()) ++parts;
  return join({path.end() - static_cast<std::ptrdiff_t>(parts), path.end()}, ".");
}

std::string joined(const std::vector<Named>& names) {
  std::vector<std::string> parts;
  for (std::size_t i = 0; i < names.size(); ++i)
    parts.push_back(fmt::format("{}={}", short_path(names, i), names[i].text));
  // `[128,128]`: a space would have to be replaced.
  std::string text = join(parts, ",");
  for (std::size_t at = text.find(", "); at != std::string::npos; at = text.find(", ", at))
    text.erase(at + 1, 1);
  return text;
}

}  // namespace

std::string configuration_text(const std::vector<Setting>& settings) {
  std::vector<Named> names;
  for (const Setting& setting : settings)
    name_value(experiment::split_path(setting.path), setting.value, names);
  return joined(names);
}

std::string configuration_folder(const std::vector<Setting>& settings) {
  return experiment::folder_name(configuration_text(settings));
}

std::string optimizer_of(const std::vector<Setting>& settings) {
  std::vector<Named> names;
  for (const Setting& setting : settings) {
    const bool is_section = setting.value.is(Value::Kind::map) || setting.value.is(Value::Kind::text) ||
                            setting.value.is(Value::Kind::list);
    if (is_section && (setting.path == "optimizer" || setting.path.starts_with("optimizer.")))
      name_value(experiment::split_path(setting.path), setting.value, names);
  }
  const std::string text = joined(names);
  return text.starts_with("optimizer=") ? text.substr(text.find('=') + 1) : text;
}

}  // namespace descent::sweep
