#include "language_page.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "descent/base/error.hpp"
#include "descent/base/text.hpp"
#include "descent/nn/network.hpp"
#include "descent/plugin/schedule_forms.hpp"
#include "descent/plugin/transform.hpp"
#include "manual_page.hpp"
#include "output.hpp"

namespace descent::program {
namespace {

void print_text(const Terminal& terminal, const std::string& text) {
  for (const std::string& line : wrapped(text, static_cast<std::size_t>(terminal.width()) - 2))
    print(terminal.stream, "  {}\n", line);
}

void print_heading(const Terminal& terminal, const std::string& heading) {
  print(terminal.stream, "\n{}\n", terminal.bold(heading));
}

void print_example(const Terminal& terminal, const std::vector<std::string>& lines) {
  print_heading(terminal, "In an experiment");
  for (const std::string& line : lines) print(terminal.stream, "  {}\n", line);
}

void print_schedules(const Terminal& terminal) {
  print(terminal.stream, "{}\n", terminal.bold("schedules"));
  print_text(terminal, "A schedule is a number, or a map that names how the number depends on the step.");
  print(terminal.stream, "\n");
  Table table{{"name", "keys", "what"}, {}, {}, "  ", {}};
  for (const ScheduleRow& row : schedule_rows()) {
    std::vector<std::string> keys;
    for (const ScheduleKey& key : row.keys)
      keys.push_back(key.default_value ? fmt::format("[{}]", key.name) : key.name);
    table.rows.push_back({row.name, join(keys, " "), row.summary});
  }
  print(terminal, table);
  print_example(terminal, {"optimizer: {plugin: adam, learning_rate: {schedule: cosine, from: 1.0e-3, to: 0, "
                           "steps: 10000}}"});
  print(terminal.stream, "\n'descent plugins schedule NAME' shows the keys of one.\n");
}

void print_schedule(const Terminal& terminal, const std::string& name) {
  const auto rows = schedule_rows();
  const auto row =
      std::find_if(rows.begin(), rows.end(), [&](const ScheduleRow& r) { return r.name == name; });
  if (row == rows.end())
    throw Error(fmt::format("there is no schedule '{}'{}", name, suggestion(name, Schedule::form_names())));
  print(terminal.stream, "{}\n", terminal.bold(fmt::format("schedule '{}'", name)));
  print_text(terminal, row->summary);
  print_heading(terminal, "Keys");
  Table table{{"name", "type", "default"}, {}, {}, "  ", {}};
  for (const ScheduleKey& key : row->keys) {
    const std::string type = key.expectation();
    table.rows.push_back({key.name, type.substr(type.find(' ') + 1),
                          key.default_value ? fmt::format("{:g}", *key.default_value) : "required"});
    table.notes.push_back(key.meaning);
  }
  print(terminal, table);
  print_example(terminal, {fmt::format("learning_rate: {}", row->example)});
}

/// The initializers that `wanted` picks, each with its number.
void print_initializers(const Terminal& terminal, const auto& wanted) {
  Table table{{"name", "its number", "default", "what"}, {}, {}, "  ", {}};
  for (const NamedInitializer& part : initialize::all()) {
    if (!wanted(part)) continue;
    const std::string default_value = part.argument.empty() ? ""
                                      : part.default_value  ? fmt::format("{:g}", *part.default_value)
                                                            : "required";
    table.rows.push_back({part.name, part.argument, default_value, part.meaning});
  }
  print(terminal, table);
}

/// The layers that a registry finds, each with the option that its short form sets.
void print_layers(const Terminal& terminal, Registry& registry) {
  Table table{{"name", "main option", "what"}, {}, {}, "  ", {}};
  for (const PluginInfo& info : registry.plugins()) {
    if (info.kind != PluginKind::layer) continue;
    const LoadedPlugin& layer = registry.load(info.kind, info.library.string() + "#" + info.name);
    const Option* main = layer.options().main_option();
    table.rows.push_back({info.name, main == nullptr ? "" : main->name, layer.descriptor().summary});
  }
  print(terminal, table);
}

void print_network(const Terminal& terminal, Registry& registry) {
  print(terminal.stream, "{}\n", terminal.bold("networks"));
  print_text(terminal, "A network is a map: short, with 'hidden', or layer by layer, with 'layers'.");
  print_heading(terminal, "Keys");
  Table table{{"name", "type", "default"}, {}, {}, "  ", {}};
  for (const NetworkSpec::Key& key : NetworkSpec::keys()) {
    const bool companion = key.form == "short" && !key.default_value.empty();
    table.rows.push_back(
        {key.name, key.type, key.default_value.empty() ? "this or the other form" : key.default_value});
    table.notes.push_back(key.meaning + (companion ? "; only with 'hidden'" : ""));
  }
  print(terminal, table);
  print_heading(terminal, "Layers");
  print_layers(terminal, registry);
  print_example(terminal, {"generator: {hidden: [128, 128], activation: {leaky_relu: 0.2}}",
                           "discriminator: {layers: [{linear: 128, initializer: he_normal}, relu, {dropout: "
                           "0.3}], initializer: {normal: 0.02}}"});
  print(terminal.stream,
        "\n'descent plugins layer NAME' shows the options of one; 'descent plugins initializer' how layers "
        "may start.\n");
}

void print_all_initializers(const Terminal& terminal) {
  print(terminal.stream, "{}\n", terminal.bold("initializers"));
  print_text(
      terminal,
      "How a layer's weights start; its biases start at 0 unless it says otherwise. A name, or a map of "
      "the name and its number.");
  print(terminal.stream, "\n");
  print_initializers(terminal, [](const NamedInitializer&) { return true; });
  print_example(terminal, {"generator: {hidden: [128], initializer: glorot_uniform}",
                           "discriminator: {hidden: [128], initializer: {normal: 0.02}}"});
}

void print_initializer(const Terminal& terminal, const std::string& name) {
  const std::vector<std::string> names = initialize::names();
  if (std::count(names.begin(), names.end(), name) == 0)
    throw Error(fmt::format("there is no initializer '{}'{}", name, suggestion(name, names)));
  print(terminal.stream, "{}\n", terminal.bold(fmt::format("initializer '{}'", name)));
  print_initializers(terminal, [&](const NamedInitializer& part) { return part.name == name; });
}

void print_transforms(const Terminal& terminal) {
  print(terminal.stream, "{}\n", terminal.bold("transforms"));
  print_text(terminal,
             "What prepares and augments the examples of any data set, one after the other. An entry of "
             "'transforms' is "
             "a name, a name and its main option, or a name and a map of options.");
  print(terminal.stream, "\n");
  Table table{{"name", "main option", "what"}, {}, {}, "  ", {}};
  for (const TransformKind& kind : transform_kinds()) {
    const Option* main = kind.options->main_option();
    table.rows.push_back({kind.name, main == nullptr ? "" : main->name, kind.summary});
  }
  print(terminal, table);
  print_example(terminal, {"dataset: {plugin: glyphs, transforms: [flip, {crop: 4}, {scale: [-1, 1]}]}"});
  print(terminal.stream, "\n'descent plugins transform NAME' shows the options of one.\n");
}

void print_transform(const Terminal& terminal, const std::string& name) {
  std::vector<std::string> names;
  for (const TransformKind& kind : transform_kinds()) {
    names.emplace_back(kind.name);
    if (kind.name != name) continue;
    print(terminal.stream, "{}\n", terminal.bold(fmt::format("transform '{}'", name)));
    print_text(terminal, kind.summary);
    return print_options(terminal, *kind.options);
  }
  throw Error(fmt::format("there is no transform '{}'{}", name, suggestion(name, names)));
}

}  // namespace

std::vector<std::string> topic_names() {
  return {"schedule", "network", "initializer", "transform"};
}

std::optional<Topic> topic_of(const std::string& word) {
  const std::vector<std::string> names = topic_names();
  for (std::size_t i = 0; i < names.size(); ++i)
    if (word == names[i] || word == names[i] + "s") return static_cast<Topic>(i);
  return std::nullopt;
}

void print_language_page(const Terminal& terminal, Registry& registry, Topic topic, const std::string& name) {
  switch (topic) {
    case Topic::schedule:
      return name.empty() ? print_schedules(terminal) : print_schedule(terminal, name);
    case Topic::network:
      return name.empty() ? print_network(terminal, registry)
                          : print_manual_page(terminal, registry.load(PluginKind::layer, name));
    case Topic::initializer:
      return name.empty() ? print_all_initializers(terminal) : print_initializer(terminal, name);
    case Topic::transform:
      return name.empty() ? print_transforms(terminal) : print_transform(terminal, name);
  }
}

}  // namespace descent::program
