#include "descent/sweep/plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "descent/analysis/frozen_experiment.hpp"
#include "descent/base/checksum.hpp"
#include "descent/base/text.hpp"
#include "descent/experiment/merge.hpp"
#include "descent/experiment/yaml.hpp"
#include "descent/sweep/check_plan.hpp"

namespace descent {

namespace fs = std::filesystem;

std::vector<std::string> split_values(const std::string& text) {
  std::vector<std::string> parts(1);
  int depth = 0;
  char quote = 0;
  for (const char c : text) {
    if (quote != 0) {
      if (c == quote) quote = 0;
    } else if (c == '"' || c == '\'') {
      quote = c;
    } else if (c == '[' || c == '{') {
      ++depth;
    } else if (c == ']' || c == '}') {
      --depth;
    } else if (c == ',' && depth == 0) {
      parts.emplace_back();
      continue;
    }
    parts.back() += c;
  }
  return parts;
}

namespace {

// `key=a,b,c`, as `{choice: [a, b, c]}` under its key; nothing for one value.
std::optional<Value::Entry> axis_of(const std::string& word, Problems& problems) {
  const std::size_t equals = word.find('=');
  if (equals == std::string::npos || word.starts_with("sweep.")) return std::nullopt;
  const std::vector<std::string> texts = split_values(word.substr(equals + 1));
  if (texts.size() < 2) return std::nullopt;
  const Place place{"command line: " + word, 0, 0};
  Value values = Value::list().at(place);
  for (const std::string& text : texts)
    values.items().push_back(parse_yaml_value(text, place.file, problems));
  return Value::Entry{word.substr(0, equals), Value::map({{"choice", std::move(values), place}}).at(place),
                      place};
}

// An axis of the command line takes the place of the file's.
void set_axis(Value& content, const Value::Entry& axis) {
  Value* sweep = content.find("sweep");
  if (sweep == nullptr || !sweep->is(Value::Kind::map)) sweep = &content.set("sweep", Value::map());
  Value* axes = sweep->find("axes");
  if (axes == nullptr || !axes->is(Value::Kind::map)) axes = &sweep->set("axes", Value::map());
  axes->erase(axis.key);
  axes->entries().push_back(axis);
}

std::int64_t first_seed(const Value& content) {
  const Value* seed = content.find("seed");
  return seed != nullptr && seed->is(Value::Kind::integer) ? seed->integer() : 1;
}

// The lines of everything that a run's experiment says before an axis changes it.
std::string base_lines(const Value& base) {
  std::vector<OptionValue> options;
  for (const Value::Entry& entry : base.entries())
    if (entry.key != "name" && entry.key != "seed") flatten(entry.key, entry.value, options);
  std::vector<std::string> lines;
  for (const OptionValue& option : options) lines.push_back(fmt::format("{}={}", option.path, option.text));
  std::sort(lines.begin(), lines.end());
  return join(lines, "\n");
}

void plan_runs(SweepPlan& plan, Problems& problems) {
  plan.base_hash = sha256(base_lines(plan.base));
  std::set<std::string> folders;
  for (std::vector<Setting>& settings : configurations_of(plan.spec, problems)) {
    Configuration configuration{std::move(settings), {}};
    configuration.folder = configuration_folder(configuration.settings);
    if (!folders.insert(configuration.folder).second)
      problems.add(plan.spec.place,
                   fmt::format("two settings of the axes would share the folder '{}'", configuration.folder));
    for (const std::int64_t seed : plan.spec.seeds)
      plan.runs.push_back(
          {plan.configurations.size(), seed, run_identity(configuration.settings, seed, plan.base_hash)});
    plan.configurations.push_back(std::move(configuration));
  }
}

// The protocol's own change: every run ends at its target.
void stop_at_target(SweepPlan& plan, Problems& problems) {
  if (plan.spec.protocol != Protocol::time_to_target || !plan.spec.target) return;
  Value* trainer = plan.base.find("trainer");
  if (trainer == nullptr || !trainer->is(Value::Kind::map)) return;  // reported with the experiment
  if (const Value* stop = trainer->find("stop"); stop != nullptr && !stop->is(Value::Kind::null)) {
    problems.add(stop->place(),
                 "the protocol time_to_target ends runs at its target; leave out 'trainer.stop'");
    return;
  }
  Value stop = Value::map().at(plan.spec.objective_place);
  stop.set("metric", Value::of(plan.spec.objective).at(plan.spec.objective_place));
  stop.set("target", Value::of(*plan.spec.target).at(plan.spec.objective_place));
  trainer->set("stop", std::move(stop));
}

}  // namespace

std::string run_identity(const std::vector<Setting>& settings, std::int64_t seed,
                         const std::string& base_hash) {
  std::vector<OptionValue> options;
  for (const Setting& setting : settings) flatten(setting.path, setting.value, options);
  std::vector<std::string> lines;
  for (const OptionValue& option : options) lines.push_back(fmt::format("{}={}", option.path, option.text));
  std::sort(lines.begin(), lines.end());
  return sha256(fmt::format("{}\nseed={}\nbase={}\n", join(lines, "\n"), seed, base_hash)).substr(0, 16);
}

std::string run_folder(const std::string& configuration, std::int64_t seed) {
  return fmt::format("{}{}seed={}", configuration, configuration.empty() ? "" : "/", seed);
}

std::string SweepPlan::folder(const PlannedRun& run) const {
  return run_folder(configuration_of(run).folder, run.seed);
}

Value SweepPlan::content(const PlannedRun& run, Problems& problems) const {
  Value content = base;
  for (const Setting& setting : configuration_of(run).settings)
    replace_value(content, setting.path, setting.value, problems);
  content.set("seed", Value::of(run.seed));
  return content;
}

SweepPlan plan_sweep(const fs::path& file, const std::vector<std::string>& words, Registry& registry) {
  Problems problems;
  SweepPlan plan;
  plan.file = file;
  plan.base = read_experiment(file, problems);
  if (!plan.base.is(Value::Kind::map)) {
    problems.throw_if_any();
    throw Error({file.string(), 0, 0},
                "a sweep is an experiment, a map of sections, with the section 'sweep'");
  }
  for (const std::string& word : words) {
    if (const auto axis = axis_of(word, problems))
      set_axis(plan.base, *axis);
    else
      apply_override(plan.base, word, problems);
  }
  if (const Value* section = plan.base.find("sweep")) plan.section = *section;
  plan.base.erase("sweep");
  plan.spec = read_sweep_spec(plan.section, first_seed(plan.base), problems);
  stop_at_target(plan, problems);
  // Axes that are wrong make no settings; what else is wrong is still told.
  if (problems.empty()) plan_runs(plan, problems);
  check_plan(plan, registry, problems);
  problems.sort();
  problems.throw_if_any();
  return plan;
}

}  // namespace descent
