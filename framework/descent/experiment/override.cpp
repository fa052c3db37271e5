#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "descent/base/text.hpp"
#include "descent/base/utf8.hpp"
#include "descent/config/renamed_words.hpp"
#include "descent/config/scalar_grammar.hpp"
#include "descent/experiment/merge.hpp"
#include "descent/experiment/sections.hpp"
#include "descent/experiment/yaml.hpp"

namespace descent::experiment {

// The end of the quoted part that begins at `start`; throws Error when there is none.
static std::size_t end_of_quote(const std::string& text, std::size_t start) {
  const std::size_t end = text.find(text[start], start + 1);
  if (end == std::string::npos)
    throw Error(fmt::format("the quote {} in '{}' is not closed", text[start], text));
  return end;
}

std::vector<std::string> split_path(const std::string& path) {
  std::vector<std::string> parts(1);
  bool was_quoted = false;
  const auto check_part = [&] {
    if (parts.back().empty() && !was_quoted)
      throw Error(
          fmt::format("the path '{}' has an empty part; write keys with dots between, such as "
                      "trainer.batch_size",
                      path));
  };
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (path[i] == '"' || path[i] == '\'') {
      const std::size_t end = end_of_quote(path, i);
      parts.back() += path.substr(i + 1, end - i - 1);
      was_quoted = true;
      i = end;
    } else if (path[i] == '.') {
      check_part();
      parts.emplace_back();
      was_quoted = false;
    } else {
      parts.back() += path[i];
    }
  }
  check_part();
  return parts;
}

// The keys of a metric's `at` have dots of their own: all that follows is one key, `elbo.beta`.
static std::vector<std::string> with_key_of_at(std::vector<std::string> path) {
  if (path.front() != "metrics") return path;
  const auto at = std::find(path.begin() + 1, path.end(), "at");
  if (path.end() - at < 3) return path;
  const std::string key = join(std::vector<std::string>(at + 1, path.end()), ".");
  path.erase(at + 1, path.end());
  path.push_back(key);
  return path;
}

// The `=` between path and value; quoted ones belong to the path.
static std::size_t find_equals(const std::string& assignment) {
  for (std::size_t i = 0; i < assignment.size(); ++i) {
    if (assignment[i] == '=') return i;
    if (assignment[i] == '"' || assignment[i] == '\'') i = end_of_quote(assignment, i);
  }
  return std::string::npos;
}

std::string override_key(const std::string& assignment) {
  return assignment.substr(0, find_equals(assignment));
}

// What an entry of a list is called: its `name`, or its plugin.
static std::optional<std::string> entry_name(const Value& entry) {
  if (entry.is(Value::Kind::text)) return entry.text();
  for (const char* key : {"name", "plugin"})
    if (const Value* name = entry.find(key); name != nullptr && name->is(Value::Kind::text))
      return name->text();
  return std::nullopt;
}

// `turns: [{discriminator: 1}, …]`: the one entry whose only key is `key`.
static Value* single_pair(Value& list, const std::string& key) {
  Value* found = nullptr;
  for (Value& entry : list.items()) {
    if (!entry.is(Value::Kind::map) || entry.entries().size() != 1 || entry.entries()[0].key != key) continue;
    if (found != nullptr) return nullptr;
    found = &entry;
  }
  return found;
}

static std::vector<Value*> entries_called(Value& list, const std::string& name) {
  std::vector<Value*> found;
  for (Value& entry : list.items())
    if (entry_name(entry) == name) found.push_back(&entry);
  return found;
}

// Counted from 1; null: there is none.
static Value* entry_at(Value& list, std::int64_t number) {
  if (number < 1 || number > static_cast<std::int64_t>(list.items().size())) return nullptr;
  return &list.items()[static_cast<std::size_t>(number - 1)];
}

namespace {

/// One override on its way down an experiment.
class Walk {
 public:
  enum class Old { merged, replaced };
  Walk(std::vector<std::string> path, Value value, Old old, Registry* registry, Diagnostics& diagnostics)
      : path_(std::move(path)),
        value_(std::move(value)),
        old_(old),
        registry_(registry),
        diagnostics_(diagnostics) {}

  // Sets what the path from its `i`-th part on leads to.
  void set(Value& at, std::size_t i) {
    if (i == path_.size()) {
      const Value old = std::move(at);
      at = old_ == Old::merged ? merge(old, value_, {path_, registry_}) : value_;
      return;
    }
    if (at.is(Value::Kind::list)) return set_in_list(at, i);
    // The short form of a plugin: its name alone.
    if (at.is(Value::Kind::text)) {
      Value map = Value::map();
      map.set("plugin", at);
      at = map.at(at.location());
    }
    if (at.is(Value::Kind::null)) at = Value::map().at(value_.location());
    if (!at.is(Value::Kind::map))
      return problem(i, fmt::format("is {} and has no '{}'", at.description(), path_[i]));
    set_in_map(at, i);
  }

 private:
  void set_in_map(Value& map, std::size_t i) {
    const std::string& key = path_[i];
    if (Value* present = map.find(key)) {
      const bool taken_out = i + 1 == path_.size() && value_.is(Value::Kind::null);
      if (!taken_out) return set(*present, i + 1);
      std::erase_if(map.entries(), [&](const Value::Entry& entry) { return entry.key == key; });
      return;
    }
    const bool names_plugin = map.find("plugin") != nullptr;
    if (names_plugin && entry_name(map) == key) return set(map, i + 1);
    const bool last = i + 1 == path_.size();
    if (last) {
      // Nothing to take out.
      if (value_.is(Value::Kind::null)) return;
      const Value::Entry added{key, value_, value_.location()};
      // `optimizer.encoder=sgd` over one chain for all: chains by keys begin here.
      if (i == 1 && path_[0] == "optimizer" && names_plugin)
        map = merge(map, Value::map({added}).at(value_.location()), {{"optimizer"}, registry_});
      else
        map.entries().push_back(added);
      return;
    }
    // The keys of `optimizer` are names of the model; below them nothing can be added but whole chains.
    if (i == 1 && path_[0] == "optimizer" && !names_plugin) {
      std::vector<std::string> keys;
      for (const auto& entry : map.entries()) keys.push_back(entry.key);
      return unknown(i, "has no", keys);
    }
    map.entries().push_back({key, Value::map().at(value_.location()), value_.location()});
    set(map.entries().back().value, i + 1);
  }

  void set_in_list(Value& list, std::size_t i) {
    const std::string& name = path_[i];
    std::vector<std::string> names;
    for (const Value& entry : list.items())
      if (const auto own = entry_name(entry)) names.push_back(*own);
    const std::vector<Value*> found = entries_called(list, name);
    if (found.size() > 1)
      return problem(
          i, fmt::format("has {} entries called '{}'; give them a 'name', or say which by number, from 1",
                         found.size(), name));
    if (found.size() == 1) return set(*found.front(), i + 1);
    if (const auto number = whole_number(name)) {
      if (Value* entry = entry_at(list, *number)) return set(*entry, i + 1);
      return problem(
          i, fmt::format("has no entry {}; there are {}, counted from 1", *number, list.items().size()));
    }
    if (Value* pair = single_pair(list, name)) return set(*pair, i);
    unknown(i, "has no entry", names);
  }

  // What the path up to its `i`-th part leads to.
  std::string owner(std::size_t i) const {
    const std::vector<std::string> before(path_.begin(), path_.begin() + static_cast<long>(i));
    return before.empty() ? "the experiment" : fmt::format("'{}'", join(before, "."));
  }

  // `message` speaks of the owner().
  void problem(std::size_t i, const std::string& message) {
    diagnostics_.add(value_.location(), fmt::format("{} {}", owner(i), message));
  }

  void unknown(std::size_t i, const char* has_no, const std::vector<std::string>& known) {
    const std::string message = fmt::format("{} {} '{}'", owner(i), has_no, path_[i]);
    diagnostics_.add(
        unknown_word(value_.location(), owner(i), message, path_[i], known, codes::unknown_name));
  }

  std::vector<std::string> path_;
  Value value_;
  Old old_;
  Registry* registry_;
  Diagnostics& diagnostics_;
};

}  // namespace

void apply_override(Value& experiment, const std::string& assignment, Diagnostics& diagnostics,
                    Registry* registry) {
  const SourceLocation location{"command line: " + assignment, 0, 0};
  if (const auto byte = utf8::first_invalid(assignment))
    return diagnostics.add({"command line", 0, 0},
                           fmt::format("the override '{}…' is not UTF-8", assignment.substr(0, *byte)));
  std::vector<std::string> path;
  std::size_t equals = 0;
  try {
    equals = find_equals(assignment);
    if (equals == std::string::npos) throw Error("an override is written key.path=value");
    path = with_key_of_at(split_path(assignment.substr(0, equals)));
  } catch (const Error& error) {
    return diagnostics.append(error.within(location));
  }
  const std::string key = assignment.substr(0, equals);
  if (assignment.find_first_not_of(' ', equals + 1) == std::string::npos)
    return diagnostics.add(
        {location,
         fmt::format("'{}' is given an empty value (is a variable of the shell not set?); "
                     "write {}=VALUE, {}=null to take it out, or {}='\"\"' for an empty text",
                     key, key, key, key),
         codes::missing, key});
  Diagnostics unreadable;
  Value value = parse_yaml_value(assignment.substr(equals + 1), location.file, unreadable);
  if (!unreadable.empty()) return diagnostics.append(unreadable);
  if (path.front() == "extends")
    return diagnostics.add(location, "'extends' stands in a file; name that file to run it");
  Walk(std::move(path), std::move(value), Walk::Old::merged, registry, diagnostics).set(experiment, 0);
}

void replace_value(Value& experiment, const std::string& path, const Value& value, Diagnostics& diagnostics) {
  Walk(with_key_of_at(split_path(path)), value, Walk::Old::replaced, nullptr, diagnostics).set(experiment, 0);
}

// What part `i` of a path leads to, and how many parts that takes: a plugin's name may be said, and the key of
// a single pair is looked up again in the pair.
static std::pair<Value*, std::size_t> step_into(Value& at, const std::string& part) {
  if (at.is(Value::Kind::list)) {
    if (const auto found = entries_called(at, part); found.size() == 1) return {found.front(), 1};
    if (const auto number = whole_number(part)) return {entry_at(at, *number), 1};
    return {single_pair(at, part), 0};
  }
  Value* present = at.find(part);
  if (present != nullptr && present->is(Value::Kind::null)) present = nullptr;
  if (present == nullptr && at.find("plugin") != nullptr && entry_name(at) == part) return {&at, 1};
  return {present, 1};
}

Value* find_value(Value& experiment, const std::string& path) {
  Value* at = &experiment;
  const std::vector<std::string> parts = with_key_of_at(split_path(path));
  for (std::size_t i = 0; at != nullptr && i < parts.size();) {
    const auto [next, taken] = step_into(*at, parts[i]);
    at = next;
    i += taken;
  }
  return at;
}

static void add_paths(const Value& value, const std::string& path, std::vector<std::string>& paths) {
  const auto below = [&](const std::string& key) {
    const std::string quoted =
        key.find_first_of(".*?\"' ") == std::string::npos ? key : fmt::format("\"{}\"", key);
    return path.empty() ? quoted : path + "." + quoted;
  };
  if (value.is(Value::Kind::map)) {
    for (const Value::Entry& entry : value.entries()) add_paths(entry.value, below(entry.key), paths);
    return;
  }
  paths.push_back(path);
  if (!value.is(Value::Kind::list)) return;
  for (const Value& item : value.items())
    if (const auto name = entry_name(item)) add_paths(item, below(*name), paths);
}

std::vector<std::string> paths_of(const Value& experiment) {
  std::vector<std::string> paths;
  if (experiment.is(Value::Kind::map)) add_paths(experiment, "", paths);
  return paths;
}

std::optional<Gap> find_gap(const Value& experiment, const std::string& path,
                            const std::filesystem::path& file) {
  Value copy = experiment;
  Value* at = &copy;
  const std::vector<std::string> parts = with_key_of_at(split_path(path));
  for (std::size_t i = 0; i < parts.size();) {
    const auto [next, taken] = step_into(*at, parts[i]);
    if (next == nullptr)
      return Gap{at == &copy ? SourceLocation{file.string(), 0, 0} : at->location(), parts[i]};
    at = next;
    i += taken;
  }
  return std::nullopt;
}

}  // namespace descent::experiment
