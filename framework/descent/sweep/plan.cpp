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
#include "descent/sweep/command_line.hpp"
#include "descent/sweep/option_types.hpp"

namespace descent::sweep {

namespace fs = std::filesystem;

namespace {

std::int64_t first_seed(const Value& content) {
  const Value* seed = content.find("seed");
  return seed != nullptr && seed->is(Value::Kind::integer) ? seed->integer() : 1;
}

// The lines of everything that a run's experiment says before an axis changes it.
std::string base_lines(const Value& base) {
  std::vector<analysis::OptionValue> options;
  for (const Value::Entry& entry : base.entries())
    if (entry.key != "name" && entry.key != "seed") flatten(entry.key, entry.value, options);
  std::vector<std::string> lines;
  for (const analysis::OptionValue& option : options)
    lines.push_back(fmt::format("{}={}", option.path, option.text));
  std::sort(lines.begin(), lines.end());
  return join(lines, "\n");
}

}  // namespace

std::string base_hash_of(const Value& base) {
  return sha256(base_lines(base));
}

namespace {

void plan_runs(SweepPlan& plan, Diagnostics& diagnostics) {
  plan.base_hash = base_hash_of(plan.base);
  std::set<std::string> folders;
  for (std::vector<Setting>& settings : configurations_of(plan.spec, diagnostics)) {
    Configuration configuration{std::move(settings), {}};
    configuration.folder = configuration_folder(configuration.settings);
    if (!folders.insert(configuration.folder).second)
      diagnostics.add(plan.spec.location, fmt::format("two settings of the axes would share the folder '{}'",
                                                      configuration.folder));
    for (const std::int64_t seed : plan.spec.seeds)
      plan.runs.push_back(
          {plan.configurations.size(), seed, run_identity(configuration.settings, seed, plan.base_hash)});
    plan.configurations.push_back(std::move(configuration));
  }
}

// The protocol's own change: every run ends at its target.
void stop_at_target(SweepPlan& plan, Diagnostics& diagnostics) {
  if (plan.spec.protocol != Protocol::time_to_target || !plan.spec.target) return;
  Value* trainer = plan.base.find("trainer");
  if (trainer == nullptr || !trainer->is(Value::Kind::map)) return;  // reported with the experiment
  if (const Value* stop = trainer->find("stop"); stop != nullptr && !stop->is(Value::Kind::null)) {
    diagnostics.add(stop->location(),
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
  std::vector<analysis::OptionValue> options;
  for (const Setting& setting : settings) flatten(setting.path, setting.value, options);
  std::vector<std::string> lines;
  for (const analysis::OptionValue& option : options)
    lines.push_back(fmt::format("{}={}", option.path, option.text));
  std::sort(lines.begin(), lines.end());
  return sha256(fmt::format("{}\nseed={}\nbase={}\n", join(lines, "\n"), seed, base_hash)).substr(0, 16);
}

std::string run_folder(const std::string& configuration, std::int64_t seed) {
  return fmt::format("{}{}seed={}", configuration, configuration.empty() ? "" : "/", seed);
}

std::string SweepPlan::folder(const PlannedRun& run) const {
  return run_folder(configuration_of(run).folder, run.seed);
}

Value SweepPlan::content(const PlannedRun& run, Diagnostics& diagnostics) const {
  Value content = base;
  for (const Setting& setting : configuration_of(run).settings)
    experiment::replace_value(content, setting.path, setting.value, diagnostics);
  content.set("seed", Value::of(run.seed));
  return content;
}

SweepPlan plan_sweep(const fs::path& file, const std::vector<std::string>& words, Registry& registry) {
  Diagnostics diagnostics;
  SweepPlan plan;
  plan.file = file;
  plan.base = experiment::read_experiment(file, diagnostics, &registry);
  if (!plan.base.is(Value::Kind::map)) {
    diagnostics.throw_if_any();
    throw Error({file.string(), 0, 0},
                "a sweep is an experiment, a map of sections, with the section 'sweep'");
  }
  const std::vector<std::string> overrides = apply_words(plan.base, words, diagnostics, &registry);
  if (const Value* section = plan.base.find("sweep")) plan.section = *section;
  plan.base.erase("sweep");
  const OptionTypes types(plan.base, plan.file, registry);
  const std::size_t before = diagnostics.size();
  plan.spec = read_sweep_spec(
      plan.section, first_seed(plan.base), diagnostics,
      [&](const SweepSpec& spec, const Axis& axis) { return types.takes_fractions(spec, axis); });
  if (diagnostics.size() == before) write_ranges(plan.section, plan.spec);
  check_overrides(plan.base, plan.spec, overrides, diagnostics);
  stop_at_target(plan, diagnostics);
  // Axes that are wrong make no settings; what else is wrong is still told.
  if (diagnostics.empty()) plan_runs(plan, diagnostics);
  check_plan(plan, registry, diagnostics);
  diagnostics.sort();
  diagnostics.throw_if_any();
  return plan;
}

std::string name_of_sweep(const fs::path& file, const std::vector<std::string>& words) {
  Diagnostics told_by_plan_sweep;
  Value content = experiment::read_experiment(file, told_by_plan_sweep);
  if (content.is(Value::Kind::map)) apply_words(content, words, told_by_plan_sweep);
  const Value* name = content.find("name");
  return name != nullptr && name->is(Value::Kind::text) ? name->text() : file.stem().string();
}

}  // namespace descent::sweep
