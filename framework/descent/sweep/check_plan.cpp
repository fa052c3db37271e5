#include "descent/sweep/check_plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <sstream>

#include "descent/experiment/merge.hpp"
#include "descent/experiment/sections.hpp"
#include "descent/train/run.hpp"

namespace descent {

namespace {

/// One experiment after the other, and each problem once.
class Check {
 public:
  Check(const SweepPlan& plan, Registry& registry, Problems& problems)
      : plan_(plan), registry_(registry), problems_(problems) {}

  // Nothing, and problems, when the experiment is wrong.
  std::optional<Experiment> load(const Value& content) {
    std::optional<Experiment> experiment;
    attempt([&] { experiment = load_experiment(content, plan_.file, registry_, {}); });
    return experiment;
  }

  Value content_of(const std::vector<Setting>& settings) {
    Value content = plan_.base;
    Problems unplaced;
    for (const Setting& setting : settings) replace_value(content, setting.path, setting.value, unplaced);
    attempt([&] { unplaced.throw_if_any(); });
    return content;
  }

  // `where` is told behind a problem, and makes it no other one.
  template <class Call>
  bool attempt(Call&& call, const std::string& where = "") {
    try {
      call();
      return true;
    } catch (const Error& error) {
      std::istringstream lines(error.what());
      for (std::string line; std::getline(lines, line);)
        if (seen_.insert(line).second) problems_.add(line + where);
      return false;
    }
  }

  // By the sections that say what it is: a mistake elsewhere hides none here.
  void objective(const Value& content) {
    const SweepSpec& spec = plan_.spec;
    if (spec.objective.empty()) return;
    Problems unreadable;  // told of the whole experiment
    PluginContext context{registry_, unreadable};
    const std::vector<MetricItem> metrics = read_metrics(section(content, "metrics"), context);
    if (!unreadable.empty()) return;
    std::string name;
    if (!attempt([&] { name = objective_name(metrics, spec.objective, spec.objective_place); })) return;
    if (objective_.empty()) objective_ = name;
    if (objective_ != name)
      tell(spec.objective_place,
           fmt::format("'{}' is '{}' with some values of the axes, and '{}' with others; one objective is "
                       "needed for all runs",
                       spec.objective, objective_, name));
    if (spec.method != SweepSpec::Method::halving) return;
    const std::string metric = name.substr(0, name.find('/'));
    for (const MetricItem& item : metrics)
      if (item.name == metric) rungs(item.every, metric);
    const TrainerSpec trainer = read_trainer(section(content, "trainer"), unreadable);
    if (unreadable.empty()) steps(trainer.steps);
  }

  const std::string& objective_found() const { return objective_; }

 private:
  static const Value* section(const Value& content, const char* name) {
    const Value* found = content.find(name);
    return found == nullptr || found->is(Value::Kind::null) ? nullptr : found;
  }

  void tell(const Place& place, const std::string& message) {
    attempt([&] { throw Error(place, message); });
  }

  void rungs(const Duration& every, const std::string& metric) {
    const SweepSpec& spec = plan_.spec;
    if (every.unit != Duration::Unit::steps || every.count < 1 || spec.first_rung % every.count != 0)
      tell(spec.objective_place,
           fmt::format("the method halving compares '{}' at step {} and later rungs; give that metric an "
                       "'every' in steps that divides {}",
                       metric, spec.first_rung, spec.first_rung));
  }

  void steps(const Duration& steps) {
    const SweepSpec& spec = plan_.spec;
    if (steps.unit != Duration::Unit::steps || spec.first_rung >= steps.count)
      tell(spec.place, "the method halving needs 'trainer.steps' in steps, more than the first rung");
    else if (steps_.value_or(steps.count) != steps.count)
      tell(spec.place, "the method halving compares settings of equal length: 'trainer.steps' cannot vary");
    steps_ = steps.count;
  }

  const SweepPlan& plan_;
  Registry& registry_;
  Problems& problems_;
  std::set<std::string> seen_;
  std::string objective_;  // its whole name; empty: not known yet
  std::optional<std::int64_t> steps_;
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

void check_plan(SweepPlan& plan, Registry& registry, Problems& problems) {
  Check check(plan, registry, problems);
  std::set<std::string> assembled;
  for (const std::vector<Setting>& settings : probes_of(plan.spec)) {
    const Value content = check.content_of(settings);
    const auto experiment = check.load(content);
    check.objective(content);
    if (!experiment) continue;
    plan.name = experiment->name;
    const std::vector<Setting> sections = sections_of(settings);
    const std::string folder = configuration_folder(sections);
    // Of several sections each may be right, and wrong beside another.
    const std::string where = sections.size() > 1 ? fmt::format(" (with {})", folder) : "";
    if (assembled.insert(folder).second) check.attempt([&] { check_experiment(*experiment); }, where);
  }
  if (check.objective_found().empty()) return;
  plan.spec.objective = check.objective_found();
  plan.section.set("objective", Value::of(plan.spec.objective).at(plan.spec.objective_place));
}

}  // namespace descent
