#include "descent/analysis/frozen_experiment.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "descent/base/text.hpp"
#include "descent/experiment/yaml.hpp"
#include "descent/runlog/experiment_file.hpp"
#include "descent/runlog/run_files.hpp"

namespace descent::analysis {

namespace {

bool is_text(const Value* value) {
  return value != nullptr && value->is(Value::Kind::text);
}

// How an entry of a list is addressed: by its name, else by its plugin, else by its number.
std::string entry_name(const Value& entry, std::size_t index) {
  for (const char* key : {"name", "plugin"})
    if (is_text(entry.find(key))) return entry.find(key)->text();
  return std::to_string(index + 1);
}

// A rule may stand twice in a chain: what shares its name is told apart by its place, as its slots are.
std::vector<std::string> entry_names(const Value& list) {
  std::vector<std::string> names, all;
  for (std::size_t i = 0; i < list.items().size(); ++i) names.push_back(entry_name(list.items()[i], i));
  for (std::size_t i = 0; i < names.size(); ++i)
    all.push_back(std::count(names.begin(), names.end(), names[i]) == 1
                      ? names[i]
                      : fmt::format("{}_{}", i + 1, names[i]));
  return all;
}

bool names_plugins(const Value& list) {
  return !list.items().empty() && std::all_of(list.items().begin(), list.items().end(),
                                              [](const Value& item) { return is_text(item.find("plugin")); });
}

}  // namespace

std::string option_text(const Value& value) {
  if (value.is(Value::Kind::text)) return value.text();
  if (value.is(Value::Kind::number)) return fmt::format("{}", value.number());
  if (value.is(Value::Kind::list)) {
    std::vector<std::string> items;
    for (const Value& item : value.items()) items.push_back(option_text(item));
    return fmt::format("[{}]", join(items));
  }
  std::string text = experiment::to_yaml(value);
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

void flatten(const std::string& path, const Value& value, std::vector<OptionValue>& options) {
  if (value.is(Value::Kind::map)) {
    for (const Value::Entry& entry : value.entries()) {
      // The name of an entry is its plugin's if nothing else was said.
      const bool says_nothing =
          entry.key == "name" && is_text(value.find("plugin")) && entry.value == *value.find("plugin");
      if (!says_nothing) flatten(path + "." + entry.key, entry.value, options);
    }
  } else if (value.is(Value::Kind::list) && names_plugins(value)) {
    const std::vector<std::string> names = entry_names(value);
    for (std::size_t i = 0; i < names.size(); ++i) flatten(path + "." + names[i], value.items()[i], options);
  } else {
    options.push_back({path, value, option_text(value)});
  }
}

namespace {

std::vector<FrozenExperiment::Section> parse_sections(const std::string& text, const std::string& name) {
  Diagnostics diagnostics;
  const Value whole = experiment::parse_yaml(text, name, diagnostics);
  diagnostics.throw_if_any();
  if (!whole.is(Value::Kind::map)) throw Error(fmt::format("'{}' is no experiment", name));
  std::vector<FrozenExperiment::Section> sections;
  for (const Value::Entry& entry : whole.entries()) {
    ExperimentSection section{entry.key, entry.value, {}};
    flatten(entry.key, entry.value, section.options);
    sections.push_back(std::make_shared<ExperimentSection>(std::move(section)));
  }
  return sections;
}

// The end of the section that begins at `begin`: the next line that is not indented.
std::size_t section_end(std::string_view text, std::size_t begin) {
  for (std::size_t at = text.find('\n', begin); at != std::string::npos; at = text.find('\n', at + 1)) {
    if (at + 1 == text.size()) return text.size();
    const char first = text[at + 1];
    if (first != ' ' && first != '\n' && first != '#') return at + 1;
  }
  return text.size();
}

}  // namespace

const ExperimentSection* FrozenExperiment::section(std::string_view key) const {
  for (const Section& section : sections_)
    if (section->key == key) return section.get();
  return nullptr;
}

const OptionValue* FrozenExperiment::option(std::string_view path) const {
  const ExperimentSection* owner = section(path.substr(0, path.find('.')));
  if (owner == nullptr) return nullptr;
  for (const OptionValue& option : owner->options)
    if (option.path == path) return &option;
  return nullptr;
}

std::string FrozenExperiment::text(std::string_view path) const {
  const OptionValue* found = option(path);
  return found == nullptr ? "" : found->text;
}

FrozenExperiment ExperimentReader::read(const std::filesystem::path& run) {
  return parse(runlog::read_resolved_experiment(run), (run / runlog::files::experiment).string());
}

// A frozen experiment has its sections at the beginnings of lines, each YAML by itself.
FrozenExperiment ExperimentReader::parse(const std::string& text, const std::string& name) {
  std::vector<FrozenExperiment::Section> sections;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = section_end(text, begin);
    const std::string_view part = std::string_view(text).substr(begin, end - begin);
    auto known = known_.find(part);
    if (known == known_.end()) {
      std::vector<FrozenExperiment::Section> parsed = parse_sections(std::string(part), name);
      if (parsed.size() != 1) throw Error(fmt::format("'{}' is no resolved experiment", name));
      known = known_.emplace(part, std::move(parsed.front())).first;
    }
    sections.push_back(known->second);
    begin = end;
  }
  return FrozenExperiment(std::move(sections));
}

std::vector<std::string> differing_options(const std::vector<FrozenExperiment>& experiments) {
  std::vector<std::string> keys;
  std::map<std::string, std::set<const ExperimentSection*>> variants;  // null: absent
  for (const FrozenExperiment& experiment : experiments)
    for (const auto& section : experiment.sections()) {
      if (variants[section->key].empty()) keys.push_back(section->key);
      variants[section->key].insert(section.get());
    }
  for (const FrozenExperiment& experiment : experiments)
    for (auto& [key, objects] : variants)
      if (experiment.section(key) == nullptr) objects.insert(nullptr);

  std::vector<std::string> differing;
  for (const std::string& key : keys) {
    const auto& objects = variants[key];
    if (objects.size() < 2) continue;
    std::vector<std::string> paths;
    struct Seen {
      std::string first;
      std::size_t count = 0;
      bool differs = false;
    };
    std::map<std::string, Seen> seen;
    for (const ExperimentSection* section : objects) {
      if (section == nullptr) continue;
      for (const OptionValue& option : section->options) {
        Seen& one = seen[option.path];
        if (one.count++ == 0) {
          one.first = option.text;
          paths.push_back(option.path);
        }
        one.differs |= option.text != one.first;
      }
    }
    for (const std::string& path : paths)
      if (seen[path].differs || seen[path].count < objects.size()) differing.push_back(path);
  }
  return differing;
}

bool lies_below(std::string_view path, std::string_view prefix) {
  return path.starts_with(prefix) && (path.size() == prefix.size() || path[prefix.size()] == '.');
}

}  // namespace descent::analysis
