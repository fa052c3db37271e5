#include "descent/sweep/check_plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <sstream>

#include "descent/experiment/merge.hpp"
#include "descent/train/run.hpp"

namespace descent {

namespace {

/// One experiment after the other, and each problem once.
class Check {
 public:
  Check(const SweepPlan& plan, Registry& registry, Problems& problems)
      : plan_(plan), registry_(registry), problems_(problems) {}

  // Nothing, and problems, when the experiment is wrong.
  std::optional<Experiment> load(const std::vector<Setting>& settings) {
    Value content = plan_.base;
    Problems unplaced;
    for (const Setting& setting : settings) replace_value(content, setting.path, setting.value, unplaced);
    std::optional<Experiment> experiment;
    attempt([&] { experiment = load_experiment(std::move(content), plan_.file, registry_, {}, unplaced); });
    return experiment;
  }

  template <class Call>
  bool attempt(Call&& call) {
    try {
      call();
      return true;
    } catch (const Error& error) {
      std::istringstream lines(error.what());
      for (std::string line; std::getline(lines, line);)
        if (seen_.insert(line).second) problems_.add(line);
      return false;
    }
  }

  void objective(const Experiment& experiment) {
    const SweepSpec& spec = plan_.spec;
    if (spec.objective.empty()) return;
    attempt([&] { objective_direction(experiment, spec.objective, spec.objective_place); });
    if (spec.method != SweepSpec::Method::halving) return;
    const std::string metric = spec.objective.substr(0, spec.objective.find('/'));
    const auto item = std::find_if(experiment.metrics.begin(), experiment.metrics.end(),
                                   [&](const MetricItem& other) { return other.name == metric; });
    if (item == experiment.metrics.end()) return;
    const Duration every = item->every, steps = experiment.trainer.steps;
    if (every.unit != Duration::Unit::steps || every.count < 1 || spec.first_rung % every.count != 0)
      problems_.add(
          spec.objective_place,
          fmt::format("the method halving compares '{}' at step {} and later rungs; give that metric an "
                      "'every' in steps that divides {}",
                      metric, spec.first_rung, spec.first_rung));
    if (steps.unit != Duration::Unit::steps || spec.first_rung >= steps.count)
      problems_.add(spec.place,
                    "the method halving needs 'trainer.steps' in steps, more than the first rung");
  }

 private:
  const SweepPlan& plan_;
  Registry& registry_;
  Problems& problems_;
  std::set<std::string> seen_;
};

// Whole sections may not fit to each other; numbers always do.
bool chooses_sections(const std::vector<Setting>& settings) {
  return std::any_of(settings.begin(), settings.end(), [](const Setting& setting) {
    return setting.value.is(Value::Kind::map) || setting.value.is(Value::Kind::text) ||
           setting.value.is(Value::Kind::list);
  });
}

std::vector<Setting> sections_of(const std::vector<Setting>& settings) {
  std::vector<Setting> sections;
  for (const Setting& setting : settings)
    if (chooses_sections({setting})) sections.push_back(setting);
  return sections;
}

}  // namespace

std::string check_plan(const SweepPlan& plan, Registry& registry, Problems& problems) {
  Check check(plan, registry, problems);
  std::string name;
  std::set<std::string> assembled;
  bool first = true;
  for (const std::vector<Setting>& settings : probes_of(plan.spec)) {
    const auto experiment = check.load(settings);
    if (!experiment) continue;
    name = experiment->name;
    const bool is_new = assembled.insert(configuration_folder(sections_of(settings))).second;
    if (is_new && !check.attempt([&] { check_experiment(*experiment); })) continue;
    if (std::exchange(first, false)) check.objective(*experiment);
  }
  return name;
}

}  // namespace descent
