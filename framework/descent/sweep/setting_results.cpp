#include "descent/sweep/setting_results.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <set>

#include "descent/sweep/objective.hpp"
#include "descent/sweep/time_to_target.hpp"

namespace descent::sweep {

namespace {

std::string setting_folder(const FrozenRun& run) {
  return std::filesystem::path(run.folder).parent_path().string();
}

void count(const RunOutcome& run, const std::optional<double>& value, SettingResult& setting) {
  if (run.summary.status == runlog::RunStatus::diverged)
    ++setting.diverged;
  else if (run.summary.went_wrong())
    ++setting.failed;
  else if (!run.summary.is_done())
    ++setting.unfinished;
  else if (!value || !std::isfinite(*value))
    ++setting.without_value;
}

void mark_best(std::vector<SettingResult>& settings, const std::string& direction) {
  std::map<std::string, SettingResult*> best;
  for (SettingResult& setting : settings) {
    if (direction.empty() || setting.statistics.count == 0) continue;
    SettingResult*& known = best[setting.optimizer];
    if (known == nullptr || ranks_before(setting, *known, direction)) known = &setting;
  }
  for (const auto& [optimizer, setting] : best) setting->is_best = true;
}

std::vector<std::size_t> runs_for(const FrozenSweep& sweep, Phase phase) {
  std::vector<std::size_t> runs;
  for (std::size_t run = 0; run < sweep.runs.size(); ++run) {
    const Phase of_run = phase_of(sweep.spec, sweep.runs[run].seed);
    if (of_run == phase || of_run == Phase::both) runs.push_back(run);
  }
  return runs;
}

// The settings that deepobs ran again: those that have every final seed. Where these are all of the tuning's
// too, every setting has them, and it is the best of each optimizer.
std::vector<SettingResult> final_results(const FrozenSweep& sweep, const SweepResults& results,
                                         const RunValues& values, const std::vector<SettingResult>& tuned) {
  std::set<std::string> best;
  for (const SettingResult& setting : tuned)
    if (setting.is_best) best.insert(setting.folder);
  std::vector<SettingResult> all = results_of_settings(sweep, results, values, runs_for(sweep, Phase::final));
  const auto is_final = [&](std::int64_t seed) { return phase_of(sweep.spec, seed) == Phase::final; };
  const bool more_seeds = std::any_of(sweep.spec.final_seeds.begin(), sweep.spec.final_seeds.end(), is_final);
  std::erase_if(all, [&](const SettingResult& setting) {
    return more_seeds ? setting.runs.size() < sweep.spec.final_seeds.size() : !best.contains(setting.folder);
  });
  return all;
}

}  // namespace

RunValues values_of(const SweepResults& results, std::size_t metric, bool best, bool unfinished) {
  const analysis::LoggedMetric& logged = results.metrics[metric];
  RunValues values{
      logged.name(), logged.column.unit == "1" ? "" : logged.column.unit, logged.column.direction, {}};
  for (const RunOutcome& run : results.runs) {
    using runlog::RunStatus;
    const RunStatus status = run.summary.status;
    const bool goes_on =
        status == RunStatus::running || status == RunStatus::stopped || status == RunStatus::killed;
    std::optional<double> value;
    if (run.summary.is_done() || (unfinished && goes_on)) {
      const auto& point = best ? run.best[metric] : run.last[metric];
      if (point)
        value = point->value;
      else if (run.summary.is_done())
        value = NAN;
    }
    values.values.push_back(value);
  }
  return values;
}

bool ranks_before(const SettingResult& left, const SettingResult& right, const std::string& direction) {
  return analysis::ranks_before(left.standing(), right.standing(), direction);
}

std::vector<SettingResult> results_of_settings(const FrozenSweep& sweep, const SweepResults& results,
                                               const RunValues& values,
                                               const std::vector<std::size_t>& runs) {
  std::vector<SettingResult> settings;
  std::vector<std::vector<double>> numbers;
  std::map<std::string, std::size_t> places;
  for (const std::size_t run : runs) {
    const FrozenRun& frozen = sweep.runs[run];
    const std::string folder = setting_folder(frozen);
    const auto [location, fresh] = places.emplace(folder, settings.size());
    if (fresh) {
      settings.push_back({folder, optimizer_of(frozen.settings), frozen.settings, {}, {}, {}});
      numbers.emplace_back();
    }
    SettingResult& setting = settings[location->second];
    setting.runs.push_back(run);
    count(results.runs[run], values.values[run], setting);
    setting.older_builds += results.runs[run].older_plugins.empty() ? 0 : 1;
    if (!values.values[run] || !std::isfinite(*values.values[run])) continue;
    numbers[location->second].push_back(*values.values[run]);
    setting.seeds.push_back(frozen.seed);
  }
  for (std::size_t i = 0; i < settings.size(); ++i) {
    settings[i].statistics = analysis::statistics_of(std::move(numbers[i]));
    std::sort(settings[i].seeds.begin(), settings[i].seeds.end());
  }
  mark_best(settings, values.direction);
  return settings;
}

std::vector<SettingResult> results_of_settings(const FrozenSweep& sweep, const SweepResults& results,
                                               const RunValues& values) {
  std::vector<std::size_t> all(sweep.runs.size());
  std::iota(all.begin(), all.end(), std::size_t{0});
  return results_of_settings(sweep, results, values, all);
}

SweepReport report_of(const FrozenSweep& sweep, const SweepResults& results, RunValues values) {
  SweepReport report;
  report.settings = results_of_settings(sweep, results, values, runs_for(sweep, Phase::tuning));
  if (sweep.spec.protocol == Protocol::deepobs) {
    report.best = final_results(sweep, results, values, report.settings);
  } else {
    for (const SettingResult& setting : report.settings)
      if (setting.is_best) report.best.push_back(setting);
  }
  if (values.direction.empty()) report.best.clear();
  const auto before = [&](const SettingResult& left, const SettingResult& right) {
    return ranks_before(left, right, values.direction);
  };
  std::stable_sort(report.settings.begin(), report.settings.end(), before);
  std::stable_sort(report.best.begin(), report.best.end(), before);
  report.values = std::move(values);
  return report;
}

std::optional<RunValues> ranked_values(const FrozenSweep& sweep, const SweepResults& results) {
  const auto objective = find_objective(results.metrics, sweep.spec.objective);
  if (!objective) return std::nullopt;
  if (sweep.spec.protocol == Protocol::time_to_target)
    return efforts_to_target(sweep, results, Effort::steps);
  const auto same = [&](const analysis::LoggedMetric& metric) { return metric.name() == objective->name(); };
  const auto place = std::find_if(results.metrics.begin(), results.metrics.end(), same);
  return values_of(results, static_cast<std::size_t>(place - results.metrics.begin()), false, false);
}

const SettingResult* best_of_all(const SweepReport& report) {
  const std::vector<SettingResult>& ranked = report.best.empty() ? report.settings : report.best;
  const bool has_value = !ranked.empty() && ranked.front().statistics.count > 0;
  return has_value && !report.values.direction.empty() ? ranked.data() : nullptr;
}

}  // namespace descent::sweep
