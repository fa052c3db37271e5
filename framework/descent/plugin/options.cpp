#include "descent/plugin/options.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "descent/base/text.hpp"
#include "descent/config/renamed_words.hpp"
#include "descent/plugin/option_checks.hpp"

namespace descent {

const char* option_type_name(OptionType type) {
  switch (type) {
    case OptionType::number:
      return "number";
    case OptionType::integer:
      return "whole number";
    case OptionType::flag:
      return "true or false";
    case OptionType::text:
      return "text";
    case OptionType::choice:
      return "choice";
    case OptionType::numbers:
      return "list of numbers";
    case OptionType::integers:
      return "list of whole numbers";
    case OptionType::matrix:
      return "rows of numbers";
    case OptionType::vectors:
      return "lists of numbers";
    case OptionType::texts:
      return "list of texts";
    case OptionType::map:
      return "map of names to texts";
    case OptionType::schedule:
      return "number or schedule";
    case OptionType::size:
      return "whole number or output";
    case OptionType::extents:
      return "whole number or [height, width]";
    case OptionType::padding:
      return "padding";
    case OptionType::network:
      return "network";
    case OptionType::layers:
      return "layers";
    case OptionType::likelihood:
      return "likelihood";
    case OptionType::prior:
      return "prior";
    case OptionType::path:
      return "path";
    case OptionType::run:
      return "run directory";
  }
  return "";
}

static void assert_numeric(const Option& option) {
  const auto has_no_order = [](OptionType type) {
    return type == OptionType::flag || type == OptionType::text || type == OptionType::choice ||
           type == OptionType::texts || type == OptionType::map || type == OptionType::size ||
           type == OptionType::network || type == OptionType::layers || type == OptionType::likelihood ||
           type == OptionType::prior || type == OptionType::padding || type == OptionType::path ||
           type == OptionType::run;
  };
  DESCENT_ASSERT(!has_no_order(option.type), "only options of numbers have limits");
}

OptionDetails& OptionDetails::at_least(double low) {
  assert_numeric(option_);
  option_.minimum = low;
  option_.minimum_excluded = false;
  return *this;
}

OptionDetails& OptionDetails::of_any_size() {
  option_.of_any_size = true;
  return *this;
}
OptionDetails& OptionDetails::at_most(double high) {
  assert_numeric(option_);
  option_.maximum = high;
  option_.maximum_excluded = false;
  return *this;
}

OptionDetails& OptionDetails::above(double low) {
  at_least(low);
  option_.minimum_excluded = true;
  return *this;
}

OptionDetails& OptionDetails::below(double high) {
  at_most(high);
  option_.maximum_excluded = true;
  return *this;
}

OptionDetails& OptionDetails::doc(std::string text) {
  option_.doc = std::move(text);
  return *this;
}

OptionDetails& OptionDetails::unit(std::string text) {
  option_.unit = std::move(text);
  return *this;
}

OptionDetails& OptionDetails::example(Value value) {
  option_.example = std::move(value);
  return *this;
}

OptionDetails& OptionDetails::contrast(Value value) {
  option_.contrast = std::move(value);
  return *this;
}

OptionDetails& OptionDetails::trial(Value value) {
  option_.trial = std::move(value);
  return *this;
}

OptionDetails& OptionDetails::depends_on_file() {
  option_.depends_on_file = true;
  return *this;
}

OptionDetails& OptionDetails::main() {
  option_.main = true;
  return *this;
}

OptionDetails& OptionDetails::required() {
  option_.required = true;
  return *this;
}

OptionDetails& OptionDetails::reads(std::vector<std::string> patterns) {
  DESCENT_ASSERT(option_.type == OptionType::path, "only a path reads files");
  option_.reads = std::move(patterns);
  return *this;
}

OptionDetails& OptionDetails::reads_folder_of(std::vector<std::string> patterns) {
  option_.reads_folder = true;
  return reads(std::move(patterns));
}

OptionTable::OptionTable() = default;
OptionTable::~OptionTable() = default;

Option& OptionTable::add(Option option) {
  if (option.name == "plugin" || option.name == "name")
    throw Error(fmt::format("an option may not be called '{}': that key is the host's", option.name));
  for (const Option& other : options_)
    if (other.name == option.name) throw Error(fmt::format("option '{}' is declared twice", option.name));
  options_.push_back(std::move(option));
  return options_.back();
}

std::vector<std::string> OptionTable::names() const {
  std::vector<std::string> names;
  for (const Option& option : options_) names.push_back(option.name);
  return names;
}

// Paths in an experiment are relative to the file that says them; those of the command line, which have no
// line, to the current folder.
static Value located(const Option& option, const Value& value) {
  const bool is_path = option.type == OptionType::path || option.type == OptionType::run;
  if (!is_path || !value.is(Value::Kind::text) || value.text().empty()) return value;
  std::filesystem::path folder;
  if (value.location().line > 0) folder = std::filesystem::path(value.location().file).parent_path();
  return Value::of(std::filesystem::absolute(folder / value.text()).lexically_normal().string())
      .at(value.location());
}

// Whoever says how many units a network has hidden means its usual activation.
static Value with_activation(const Option& option, Value network) {
  const Value* default_value = option.default_value.find("activation");
  if (default_value != nullptr && network.find("hidden") != nullptr && network.find("activation") == nullptr)
    network.set("activation", Value(*default_value).at(network.location()));
  return network;
}

// A value as it is meant: what it leaves to its default said.
static Value completed(const Option& option, const Value& value) {
  return option.type == OptionType::network ? with_activation(option, value) : located(option, value);
}

const Option* OptionTable::main_option() const {
  const auto found =
      std::find_if(options_.begin(), options_.end(), [](const Option& option) { return option.main; });
  return found == options_.end() ? nullptr : &*found;
}

namespace {

// Reads one section into one object.
class Reader {
 public:
  Reader(const std::string& owner, void* object, const OptionReading& reading)
      : owner_(owner), object_(object), reading_(reading) {}

  void read(const Option& option, const Value& value) const {
    Diagnostics found;
    check_option(option, value, owner_, found);
    if (found.empty()) {
      option.assign(object_, completed(option, value), {reading_.layers, found});
      if (option.type == OptionType::schedule && found.empty())
        check_schedule(option, *option.schedule(object_), value, owner_, found);
    }
    reading_.diagnostics.append(found);
  }

 private:
  const std::string& owner_;
  void* object_;
  const OptionReading& reading_;
};

}  // namespace

// Where the command line has put the plugin in place of one that had the option, which a file gives.
static std::string note_on_replaced_plugin(const Value& section, const Value::Entry& option) {
  const Value* plugin = section.find("plugin");
  const bool is_replaced = plugin != nullptr && plugin->location().line == 0 &&
                           !plugin->location().file.empty() && option.key_location.line > 0;
  if (!is_replaced) return "";
  return fmt::format(
      " ({} names the plugin and keeps the options of the one before it: take this one out with '{}: null', "
      "or "
      "replace the whole map)",
      plugin->location().text(), option.key);
}

void OptionTable::read(const Value& section, const std::string& owner, std::span<const HostKey> host_keys,
                       void* object, const OptionReading& reading) const {
  Diagnostics& diagnostics = reading.diagnostics;
  const Reader reader(owner, object, reading);
  const auto is_host_key = [&](const std::string& key) {
    return key == "plugin" || std::any_of(host_keys.begin(), host_keys.end(),
                                          [&](const HostKey& host) { return key == host.name; });
  };
  const std::vector<Value::Entry> none;
  for (const Value::Entry& entry : section.is(Value::Kind::map) ? section.entries() : none) {
    if (is_host_key(entry.key)) continue;
    const auto option = std::find_if(options_.begin(), options_.end(),
                                     [&](const Option& candidate) { return candidate.name == entry.key; });
    if (option != options_.end()) {
      reader.read(*option, entry.value);
      continue;
    }
    std::vector<std::string> known = names();
    for (const HostKey& key : host_keys) known.emplace_back(key.name);
    const std::string message =
        fmt::format("{} has no option '{}'{}", owner, entry.key, known.empty() ? "; it has none" : "");
    Diagnostic unknown = unknown_word(entry.key_location, owner, message, entry.key, known);
    unknown.message += note_on_replaced_plugin(section, entry);
    diagnostics.add(std::move(unknown));
  }
  for (const Option& option : options_) {
    if (is_host_key(option.name)) {
      diagnostics.add(
          section.location(),
          fmt::format("{} declares an option '{}', but that key is the host's own here", owner, option.name));
    } else if (section.find(option.name) == nullptr) {
      if (option.required)
        diagnostics.add({section.location(),
                         fmt::format("{} needs '{}': {}", owner, option.name, expectation(option)),
                         codes::missing, option.name});
      else
        reader.read(option, Value(option.default_value).at(section.location()));
    }
  }
}

Value OptionTable::resolved(const Value& section, void* object) const {
  Value result = section;
  if (!section.is(Value::Kind::map)) {
    result = Value::map().at(section.location());
    if (section.is(Value::Kind::text)) result.set("plugin", section);
  }
  for (const Option& option : options_) {
    const Value* given = result.find(option.name);
    if (given == nullptr && option.required) continue;
    if (option.network) {
      result.set(option.name, option.network(object)->resolved());
      continue;
    }
    const Value value = given != nullptr ? *given : Value(option.default_value).at(section.location());
    result.set(option.name, completed(option, value));
  }
  return result;
}

}  // namespace descent
