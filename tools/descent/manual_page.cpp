#include "manual_page.hpp"

#include <fmt/core.h>

#include <algorithm>

#include "descent/base/text.hpp"
#include "descent/experiment/yaml.hpp"
#include "descent/plugin/metric.hpp"
#include "output.hpp"

namespace descent::program {
namespace {

std::string trimmed(std::string text) {
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

bool is_empty(const Value& value) {
  return value.is(Value::Kind::null) || (value.is(Value::Kind::text) && value.text().empty()) ||
         (value.is(Value::Kind::list) && value.items().empty()) ||
         (value.is(Value::Kind::map) && value.entries().empty());
}

/// On one line, as it could stand in an experiment.
std::string flow_text(const Value& value) {
  std::vector<std::string> parts;
  switch (value.kind()) {
    case Value::Kind::list:
      for (const Value& item : value.items()) parts.push_back(flow_text(item));
      return fmt::format("[{}]", join(parts));
    case Value::Kind::map:
      for (const auto& entry : value.entries())
        parts.push_back(fmt::format("{}: {}", entry.key, flow_text(entry.value)));
      return fmt::format("{{{}}}", join(parts));
    default:
      return trimmed(experiment::to_yaml(value));
  }
}

std::string default_text(const Option& option) {
  if (option.required) return "required";
  return is_empty(option.default_value) ? "none" : flow_text(option.default_value);
}

std::string range_text(const Option& option) {
  if (!option.choices.empty()) return join(option.choices, " | ");
  if (option.minimum && option.maximum)
    return fmt::format("{}{}, {}{}", option.minimum_excluded ? '(' : '[',
                       fmt::format("{:g}", *option.minimum), fmt::format("{:g}", *option.maximum),
                       option.maximum_excluded ? ')' : ']');
  if (option.minimum) return (option.minimum_excluded ? "> " : ">= ") + fmt::format("{:g}", *option.minimum);
  if (option.maximum) return (option.maximum_excluded ? "< " : "<= ") + fmt::format("{:g}", *option.maximum);
  return {};
}

void print_notes(const Terminal& terminal, const LoadedPlugin& plugin) {
  const auto& options = plugin.options().options();
  const auto has = [&](OptionType type) {
    return std::any_of(options.begin(), options.end(),
                       [&](const Option& option) { return option.type == type; });
  };
  std::vector<std::string> notes;
  if (has(OptionType::schedule))
    notes.push_back(
        "A schedule is a number, or a map such as {schedule: cosine, from: 1.0e-3, to: 0, steps: 10000}. "
        "Schedules: " +
        join(Schedule::form_names()) + " ('descent plugins schedule NAME').");
  if (has(OptionType::network))
    notes.push_back(
        "A network is a map such as {hidden: [128, 128], activation: relu} ('descent plugins network').");
  if (has(OptionType::likelihood))
    notes.push_back(
        "A likelihood is bernoulli (of numbers in [0, 1]; the network gives logits), categorical (of "
        "classes), or {gaussian: "
        "STDDEV} with a number, or with a standard deviation that is learned: shared (one for all elements), "
        "per_element, "
        "or decoded (the network gives log variances next to the means); or squared_error, whose −log p is "
        "the "
        "sum of squared errors: a Gaussian of variance 1/2 without its constant, log(pi)/2 for each number.");
  if (has(OptionType::prior))
    notes.push_back(
        "A prior is standard (a normal distribution, N(0, 1) in every dimension), {mixture: {components: "
        "10}} "
        "(normal distributions with learned means, variances and weights), {vamp: {components: 500, start: "
        "random}} (the mean of the posteriors of learned pseudo-inputs, which start at random or at data), "
        "conditional (a normal distribution given the model's condition, by a network of its own), or none "
        "(for models whose codes get a sampler after training: 'descent fit-sampler').");
  if (has(OptionType::padding))
    notes.push_back(
        "A padding is same (the result has as many places as the input has pixels, divided by the stride and "
        "rounded "
        "up; where the zeros are odd in number, the smaller half comes first), valid (none), a number for "
        "every side, "
        "[HEIGHT, WIDTH] for both sides of each axis, or [[ABOVE, BELOW], [LEFT, RIGHT]].");
  if (has(OptionType::run)) notes.push_back("A run is the directory of a finished run.");
  for (const std::string& note : notes) {
    print(terminal.stream, "\n");
    for (const std::string& line : wrapped(note, static_cast<std::size_t>(terminal.width()) - 2))
      print(terminal.stream, "  {}\n", line);
  }
}

void print_host_keys(const Terminal& terminal, PluginKind kind) {
  if (host_keys(kind).empty()) return;
  print(terminal.stream, "\n{}\n", terminal.bold(fmt::format("Keys of every {}", kind_name(kind))));
  Table table{{"name", "meaning"}, {}, {}, "  ", {}};
  for (const HostKey& key : host_keys(kind)) table.rows.push_back({key.name, key.doc});
  print(terminal, table);
}

/// What an experiment would say; options that are best left alone are not in it.
Value example_section(const LoadedPlugin& plugin) {
  Value section = Value::map();
  section.set("plugin", Value::of(plugin.info().name));
  for (const Option& option : plugin.options().options()) {
    if (!is_empty(option.example))
      section.set(option.name, option.example);
    else if (option.required)
      section.set(option.name, Value::of(fmt::format("<{}>", option_type_name(option.type))));
    else if (!is_empty(option.default_value))
      section.set(option.name, option.default_value);
  }
  return section;
}

/// What a metric says it measures, with its default options or, where some are required, those of its
/// example. Nothing where it can say so of a model and a data set only.
std::vector<Measure> measures_of(const LoadedPlugin& plugin) {
  const Value defaults = Value::map({{"plugin", Value::of(plugin.info().name), {}}});
  for (const Value& section : {defaults, example_section(plugin)}) {
    try {
      Diagnostics diagnostics;
      const auto metric = plugin.create<Metric>(section, diagnostics);
      if (metric && diagnostics.empty()) return guarded(plugin, {}, [&] { return metric->declares(); });
    } catch (const std::exception&) {
      // A page is shown of what a plugin says; 'descent test-plugin' tells what is wrong with it.
    }
  }
  return {};
}

void print_measures(const Terminal& terminal, const LoadedPlugin& plugin) {
  if (plugin.info().kind != PluginKind::metric) return;
  const std::vector<Measure> measures = measures_of(plugin);
  if (measures.empty()) return;
  print(terminal.stream, "\n{}\n", terminal.bold("Measures"));
  Table table{{"name", "unit", "better"}, {}, {}, "  ", {}};
  for (const Measure& measure : measures)
    table.rows.push_back({measure.name, measure.unit,
                          measure.direction == Direction::lower_is_better    ? "lower"
                          : measure.direction == Direction::higher_is_better ? "higher"
                                                                             : "neither"});
  print(terminal, table);
  const std::string text = fmt::format(
      "'trainer.stop.metric', 'checkpoint.best' and a sweep's 'objective' name one by the metric's name "
      "and its own: {}/{}.",
      plugin.info().name, measures.front().name);
  for (const std::string& line : wrapped(text, static_cast<std::size_t>(terminal.width()) - 2))
    print(terminal.stream, "  {}\n", line);
}

void print_example(const Terminal& terminal, const LoadedPlugin& plugin) {
  const PluginKind kind = plugin.info().kind;
  std::string text = kind == PluginKind::metric ? "metrics:\n  - " : fmt::format("{}: ", kind_name(kind));
  text += flow_text(example_section(plugin));
  print(terminal.stream, "\n{}\n", terminal.bold("In an experiment"));
  std::size_t begin = 0;
  while (begin < text.size()) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    print(terminal.stream, "  {}\n", text.substr(begin, end - begin));
    begin = end + 1;
  }
}

}  // namespace

void print_options(const Terminal& terminal, const OptionTable& options) {
  print(terminal.stream, "\n{}\n", terminal.bold("Options"));
  if (options.options().empty()) {
    print(terminal.stream, "  none\n");
    return;
  }
  Table table{{"name", "type", "default", "range", "unit"}, {}, {}, "  ", {}};
  for (const Option& option : options.options()) {
    table.rows.push_back(
        {option.name, option_type_name(option.type), default_text(option), range_text(option), option.unit});
    table.notes.push_back(option.doc);
  }
  print(terminal, table);
}

void print_manual_page(const Terminal& terminal, const LoadedPlugin& plugin) {
  print(terminal.stream, "{}\n", terminal.bold(plugin.title()));
  for (const std::string& line :
       wrapped(plugin.descriptor().summary, static_cast<std::size_t>(terminal.width()) - 2))
    print(terminal.stream, "  {}\n", line);
  print(terminal.stream, "  {}\n", plugin.info().library.string());
  print_options(terminal, plugin.options());
  print_notes(terminal, plugin);
  print_measures(terminal, plugin);
  print_host_keys(terminal, plugin.info().kind);
  print_example(terminal, plugin);
}

}  // namespace descent::program
