#include "descent/sweep/check_plan.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>

#include "descent/experiment/merge.hpp"
#include "descent/experiment/sections.hpp"
#include "descent/run/run.hpp"
#include "descent/sweep/axis_tree.hpp"

namespace descent::sweep {

namespace {

// Keys that setting a value has made stand where its axis does.
void place_keys(Value& at, const std::vector<std::string>& path, std::size_t i, const SourceLocation& from,
                const SourceLocation& to) {
  if (i == path.size()) return;
  if (at.is(Value::Kind::list)) {
    for (Value& item : at.items()) place_keys(item, path, i + 1, from, to);
  } else if (at.is(Value::Kind::map)) {
    bool found = false;
    for (Value::Entry& entry : at.entries()) {
      if (entry.key != path[i]) continue;
      found = true;
      if (entry.key_location == from) entry.key_location = to;
      place_keys(entry.value, path, i + 1, from, to);
    }
    if (!found) place_keys(at, path, i + 1, from, to);  // the name of the map's plugin
  }
}

/// One experiment after the other, and each problem once.
class Check {
 public:
  Check(const SweepPlan& plan, Registry& registry, Diagnostics& diagnostics)
      : plan_(plan), registry_(registry), diagnostics_(diagnostics), axes_(all_axes(plan.spec)) {}

  // Nothing, and problems, when the experiment is wrong.
  std::optional<experiment::Experiment> load(const Value& content) {
    std::optional<experiment::Experiment> experiment;
    attempt([&] { experiment = experiment::load_experiment(content, plan_.file, registry_, {}); });
    return experiment;
  }

  Value content_of(const std::vector<Setting>& settings) {
    Value content = plan_.base;
    for (const Setting& setting : settings) {
      const SourceLocation& location = place_of(setting, settings);
      Diagnostics wrong;
      experiment::replace_value(content, setting.path, setting.value, wrong);
      for (Diagnostic diagnostic : wrong.all()) {
        diagnostic.location = location;
        add(diagnostic);
      }
      place_keys(content, experiment::split_path(setting.path), 0, setting.value.location(), location);
    }
    note_gaps(content, settings);
    return content;
  }

  // `where` is told behind a problem, and makes it no other one.
  template <class Call>
  bool attempt(Call&& call, const std::string& where = "") {
    try {
      call();
      return true;
    } catch (const Error& error) {
      for (const Diagnostic& diagnostic : error.diagnostics()) add(diagnostic, where);
      return false;
    }
  }

  // By the sections that say what it is: a mistake elsewhere hides none here.
  void objective(const Value& content) {
    const SweepSpec& spec = plan_.spec;
    if (spec.objective.empty() || has_wrong_metrics()) return;
    Diagnostics unreadable;  // told of the whole experiment
    experiment::PluginContext context{registry_, unreadable};
    const std::vector<experiment::MetricItem> metrics =
        experiment::read_metrics(section(content, "metrics"), context);
    if (!unreadable.empty()) return;
    std::string name;
    if (!attempt([&] { name = run::objective_name(metrics, spec.objective, spec.objective_place); })) return;
    if (objective_.empty()) objective_ = name;
    if (objective_ != name)
      tell(spec.objective_place,
           fmt::format("'{}' is '{}' with some values of the axes, and '{}' with others; one objective is "
                       "needed for all runs",
                       spec.objective, objective_, name),
           codes::conflict);
    if (spec.method != SweepSpec::Method::halving) return;
    const std::string metric = name.substr(0, name.find('/'));
    for (const experiment::MetricItem& item : metrics)
      if (item.name == metric) rungs(item.every, metric);
    const experiment::TrainerSpec trainer = experiment::read_trainer(section(content, "trainer"), unreadable);
    if (unreadable.empty()) steps(trainer.steps);
  }

  const std::string& objective_found() const { return objective_; }

 private:
  static const Value* section(const Value& content, const char* name) {
    const Value* found = content.find(name);
    return found == nullptr || found->is(Value::Kind::null) ? nullptr : found;
  }

  void tell(const SourceLocation& location, const std::string& message, const char* code) {
    add({location, message, code});
  }

  void add(Diagnostic diagnostic, const std::string& where = "") {
    if (follows_from_wrong_axis(diagnostic) || seen_.contains(diagnostic)) return;
    seen_.add(diagnostic);
    diagnostic.message += where;
    diagnostics_.add(std::move(diagnostic));
  }

  // Where the axis stands that sets a value: what is wrong with its path is wrong there, whatever the value.
  const SourceLocation& place_of(const Setting& setting, const std::vector<Setting>& settings) const {
    for (const AxisAt& at : axes_)
      if (at.axis->path == setting.path && at.value_in(settings) != nullptr) return at.axis->location;
    return setting.value.location();
  }

  bool has_wrong_metrics() const {
    return std::any_of(axes_.begin(), axes_.end(), [](const AxisAt& at) {
      return !at.axis->has_values() && experiment::split_path(at.axis->path).front() == "metrics";
    });
  }

  // Axes that have no right value set nothing: what is absent from `content` where they are is no mistake of
  // its own. The maps on the way there are made, as by a value: what else they lack is a mistake.
  void note_gaps(Value& content, const std::vector<Setting>& settings) {
    gaps_.clear();
    for (const AxisAt& at : axes_) {
      if (at.axis->has_values() || !at.is_reached_by(settings)) continue;
      const std::string& path = at.axis->path;
      auto gap = experiment::find_gap(content, path, plan_.file);
      if (gap && gap->key != experiment::split_path(path).back() &&
          path.find_first_of("\"'") == std::string::npos) {
        Diagnostics no_way_there;  // of an axis that is wrong already
        const Value map = Value::map().at(at.axis->location);
        experiment::replace_value(content, path.substr(0, path.rfind('.')), map, no_way_there);
        gap = experiment::find_gap(content, path, plan_.file);
      }
      if (gap) gaps_.push_back(*gap);
    }
  }

  bool follows_from_wrong_axis(const Diagnostic& diagnostic) const {
    return diagnostic.code == codes::missing &&
           std::any_of(gaps_.begin(), gaps_.end(), [&](const experiment::Gap& gap) {
             return gap.key == diagnostic.subject && gap.location == diagnostic.location;
           });
  }

  void rungs(const experiment::Duration& every, const std::string& metric) {
    const SweepSpec& spec = plan_.spec;
    if (every.unit != experiment::Duration::Unit::steps || every.count < 1 ||
        spec.first_rung % every.count != 0)
      tell(spec.objective_place,
           fmt::format("the method halving compares '{}' at step {} and later rungs; give that metric an "
                       "'every' in steps that divides {}",
                       metric, spec.first_rung, spec.first_rung),
           codes::conflict);
  }

  void steps(const experiment::Duration& steps) {
    const SweepSpec& spec = plan_.spec;
    if (steps.unit != experiment::Duration::Unit::steps || spec.first_rung >= steps.count)
      tell(spec.location, "the method halving needs 'trainer.steps' in steps, more than the first rung",
           codes::conflict);
    else if (steps_.value_or(steps.count) != steps.count)
      tell(spec.location, "the method halving compares settings of equal length: 'trainer.steps' cannot vary",
           codes::conflict);
    steps_ = steps.count;
  }

  const SweepPlan& plan_;
  Registry& registry_;
  Diagnostics& diagnostics_;
  std::vector<AxisAt> axes_;
  Diagnostics seen_;                   // without what was added to their messages
  std::vector<experiment::Gap> gaps_;  // of the experiment that is looked at
  std::string objective_;              // its whole name; empty: not known yet
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

void check_plan(SweepPlan& plan, Registry& registry, Diagnostics& diagnostics) {
  Check check(plan, registry, diagnostics);
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
    if (assembled.insert(folder).second) check.attempt([&] { run::check_experiment(*experiment); }, where);
  }
  if (check.objective_found().empty()) return;
  plan.spec.objective = check.objective_found();
  plan.section.set("objective", Value::of(plan.spec.objective).at(plan.spec.objective_place));
}

}  // namespace descent::sweep
