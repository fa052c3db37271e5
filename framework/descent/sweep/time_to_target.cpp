#include "descent/sweep/time_to_target.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <set>

#include "descent/base/error.hpp"
#include "descent/sweep/axis_tree.hpp"
#include "descent/sweep/objective.hpp"

namespace descent::sweep {

namespace {

constexpr double greatest_factor = 4;  // of AlgoPerf's score
constexpr double never = std::numeric_limits<double>::infinity();

std::size_t objective_of(const FrozenSweep& sweep, const SweepResults& results) {
  const auto found = find_objective(results.metrics, sweep.spec.objective);
  for (std::size_t metric = 0; found && metric < results.metrics.size(); ++metric)
    if (results.metrics[metric].name() == found->name()) return metric;
  throw Error(fmt::format("no run of the sweep '{}' has measured its objective '{}' yet",
                          sweep.directory.string(), sweep.spec.objective));
}

// What lies outside of the optimizer: `model.start=[0, 0]`.
std::string workload_of(const std::vector<Setting>& settings) {
  std::string workload;
  for (const Setting& setting : settings)
    if (!analysis::lies_below(setting.path, "optimizer"))
      workload += fmt::format("{}={}\n", setting.path, setting_text(setting.value));
  return workload;
}

/// How one optimizer did on the seeds of one workload.
using Times = std::map<std::int64_t, std::optional<double>>;  // by seed; nothing: it has not ended

Times times_of(const FrozenSweep& sweep, const SweepResults& results, const RunValues& efforts,
               const SettingResult& setting) {
  Times times;
  for (const std::size_t run : setting.runs) {
    const analysis::RunSummary& summary = results.runs[run].summary;
    const std::optional<double>& effort = efforts.values[run];
    std::optional<double>& time = times[sweep.runs[run].seed];
    if (effort && std::isfinite(*effort))
      time = *effort;
    else if (summary.is_done() || summary.went_wrong())
      time = never;
  }
  return times;
}

/// The tuned settings of each optimizer on each workload.
class Workloads {
 public:
  Workloads(const FrozenSweep& sweep, const SweepResults& results, Effort effort)
      : sweep_(sweep), results_(results), efforts_(efforts_to_target(sweep, results, effort)) {
    const RunValues steps = efforts_to_target(sweep, results, Effort::steps);
    for (SettingResult& setting : results_of_settings(sweep, results, steps)) {
      optimizers_.insert(setting.optimizer);
      auto& tuned = workloads_[workload_of(setting.settings)];
      const auto known = tuned.find(setting.optimizer);
      if (known == tuned.end())
        tuned.emplace(setting.optimizer, std::move(setting));
      else if (ranks_before(setting, known->second, steps.direction))
        known->second = std::move(setting);
    }
    if (optimizers_.size() < 2)
      throw Error(fmt::format(
          "a performance profile compares optimizers, and no axis of the sweep '{}' chooses among several",
          sweep.directory.string()));
  }

  PerformanceProfiles profiles() {
    PerformanceProfiles all;
    std::map<std::string, PerformanceProfile> by_name;
    for (const std::string& optimizer : optimizers_) by_name[optimizer].optimizer = optimizer;
    for (const auto& [workload, tuned] : workloads_) {
      std::map<std::string, Times> times;
      std::set<std::int64_t> seeds;
      for (const auto& [optimizer, setting] : tuned) {
        times[optimizer] = times_of(sweep_, results_, efforts_, setting);
        for (const auto& [seed, time] : times[optimizer]) seeds.insert(seed);
      }
      for (const std::int64_t seed : seeds) add_problem(times, seed, by_name, all);
    }
    for (auto& [optimizer, profile] : by_name) {
      std::sort(profile.ratios.begin(), profile.ratios.end());
      all.profiles.push_back(std::move(profile));
    }
    std::stable_sort(all.profiles.begin(), all.profiles.end(), [&](const auto& left, const auto& right) {
      return left.score(all.diagnostics) > right.score(all.diagnostics);
    });
    return all;
  }

 private:
  void add_problem(const std::map<std::string, Times>& times, std::int64_t seed,
                   std::map<std::string, PerformanceProfile>& by_name, PerformanceProfiles& all) const {
    double fastest = never;
    for (const std::string& optimizer : optimizers_) {
      const auto own = times.find(optimizer);
      const auto time = own == times.end() ? Times::const_iterator() : own->second.find(seed);
      if (own == times.end() || time == own->second.end() || !time->second) {
        ++all.unfinished;
        return;
      }
      fastest = std::min(fastest, *time->second);
    }
    ++all.diagnostics;
    for (const auto& [optimizer, own] : times) {
      const double time = *own.at(seed);
      if (time < never) by_name[optimizer].ratios.push_back(time / fastest);
    }
  }

  const FrozenSweep& sweep_;
  const SweepResults& results_;
  RunValues efforts_;
  std::set<std::string> optimizers_;
  /// By workload and optimizer, its tuned setting.
  std::map<std::string, std::map<std::string, SettingResult>> workloads_;
};

}  // namespace

const char* text(Effort effort) {
  return effort == Effort::steps ? "steps" : "seconds";
}

RunValues efforts_to_target(const FrozenSweep& sweep, const SweepResults& results, Effort effort) {
  if (sweep.spec.protocol != Protocol::time_to_target || !sweep.spec.target)
    throw Error(fmt::format(
        "the sweep '{}' has no target: 'protocol: {{time_to_target: {{target: 0.9}}}}' ends its runs at one",
        sweep.directory.string()));
  const std::size_t objective = objective_of(sweep, results);
  const analysis::LoggedMetric& metric = results.metrics[objective];
  const bool higher = metric.column.direction == "higher";
  RunValues efforts{
      fmt::format("{} until {} is {} or {}", effort == Effort::steps ? "steps" : "seconds of training",
                  metric.name(), *sweep.spec.target, higher ? "more" : "less"),
      effort == Effort::steps ? "steps" : "s",
      "lower",
      {}};
  for (const RunOutcome& run : results.runs) {
    std::optional<double>& value = efforts.values.emplace_back();
    if (!run.summary.is_done()) continue;
    const auto& last = run.last[objective];
    const bool reached =
        last && (higher ? last->value >= *sweep.spec.target : last->value <= *sweep.spec.target);
    value = !reached                    ? NAN
            : effort == Effort::seconds ? run.summary.training_seconds
                                        : static_cast<double>(last->step);
  }
  return efforts;
}

double PerformanceProfile::within(double factor, std::size_t diagnostics) const {
  const auto end = std::upper_bound(ratios.begin(), ratios.end(), factor);
  return diagnostics == 0 ? 0 : static_cast<double>(end - ratios.begin()) / static_cast<double>(diagnostics);
}

double PerformanceProfile::score(std::size_t diagnostics) const {
  double area = 0;
  for (const double ratio : ratios) area += std::max(0.0, greatest_factor - ratio);
  return diagnostics == 0 ? 0 : area / (greatest_factor - 1) / static_cast<double>(diagnostics);
}

PerformanceProfiles performance_profiles(const FrozenSweep& sweep, const SweepResults& results,
                                         Effort effort) {
  return Workloads(sweep, results, effort).profiles();
}

}  // namespace descent::sweep
