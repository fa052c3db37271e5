#include "descent/analysis/comparison.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include "descent/analysis/frozen_experiment.hpp"
#include "descent/analysis/metrics.hpp"
#include "descent/analysis/natural_order.hpp"
#include "descent/analysis/plugin_builds.hpp"
#include "descent/analysis/ranking.hpp"
#include "descent/analysis/run_folder.hpp"
#include "descent/analysis/run_summary.hpp"
#include "descent/base/error.hpp"
#include "descent/base/text.hpp"
#include "descent/experiment/identity.hpp"
#include "descent/run/resume.hpp"
#include "descent/runlog/run_files.hpp"

namespace descent::analysis {

namespace fs = std::filesystem;

namespace {

/// What counts of one run.
struct ReadRun {
  RunSummary summary;
  std::int64_t seed = 0;
  std::map<std::string, double> values;  // by metric name
};

bool ends_path(std::string_view path, std::string_view end) {
  return path.size() > end.size() && path.ends_with(end) && path[path.size() - end.size() - 1] == '.';
}

// The paths that a key path of --by means, among all of them.
std::vector<std::string> meant_by(const std::string& by, const std::vector<std::string>& all) {
  std::vector<std::string> meant;
  for (const std::string& path : all)
    if (lies_below(path, by)) meant.push_back(path);
  if (!meant.empty()) return meant;
  for (const std::string& path : all)
    if (ends_path(path, by)) meant.push_back(path);
  return meant;
}

std::vector<std::string> all_paths(const std::vector<FrozenExperiment>& experiments) {
  std::vector<std::string> paths;
  std::set<std::string> known;
  std::set<const ExperimentSection*> seen;
  for (const FrozenExperiment& experiment : experiments)
    for (const auto& section : experiment.sections())
      if (seen.insert(section.get()).second)
        for (const OptionValue& option : section->options)
          if (known.insert(option.path).second) paths.push_back(option.path);
  return paths;
}

std::vector<std::string> options_asked_for(const std::vector<FrozenExperiment>& experiments,
                                           const std::vector<std::string>& by,
                                           const std::vector<std::string>& differing) {
  const std::vector<std::string> all = all_paths(experiments);
  std::vector<std::string> wanted;
  for (const std::string& key : by) {
    const std::vector<std::string> meant = meant_by(key, all);
    if (meant.empty()) {
      std::vector<std::string> names = all;
      for (const std::string& path : all) names.push_back(path.substr(path.rfind('.') + 1));
      const auto near = nearest(key, names);
      throw Error(fmt::format("no run has the option '{}'{}", key,
                              near                ? fmt::format("; did you mean '{}'?", *near)
                              : differing.empty() ? ""
                                                  : "; they differ in: " + join(differing)));
    }
    for (const std::string& path : meant) {
      const bool tells_apart =
          std::find(differing.begin(), differing.end(), path) != differing.end() || meant.size() == 1;
      if (tells_apart && std::find(wanted.begin(), wanted.end(), path) == wanted.end())
        wanted.push_back(path);
    }
  }
  return wanted;
}

std::vector<std::string> grouping_options(const std::vector<FrozenExperiment>& experiments,
                                          const std::vector<std::string>& by) {
  std::vector<std::string> differing = differing_options(experiments);
  if (!by.empty()) return options_asked_for(experiments, by, differing);
  std::erase_if(differing, [](const std::string& path) {
    return path == "seed" || (path != "name" && !experiment::is_part_of_run(path));
  });
  return differing;
}

class Comparing {
 public:
  explicit Comparing(const ComparisonRequest& request) : request_(request) {}

  Comparison compare(const std::vector<fs::path>& runs) {
    ExperimentReader reader;
    std::vector<FrozenExperiment> experiments;
    for (const fs::path& run : runs) {
      try {
        experiments.push_back(reader.read(run));
      } catch (const Error& damage) {
        result_.diagnostics.push_back(fmt::format("{} is left out: {}", run.string(), damage.what()));
        continue;
      }
      reads_.push_back(read(run, experiments.back()));
    }
    older_ = builds_.older_runs();
    result_.older_builds = builds_.sentence();
    result_.runs = runs.size();
    result_.options = grouping_options(experiments, request_.by);
    group(experiments);
    for (const LoggedMetric& metric : compared_metrics()) compare_metric(metric);
    return std::move(result_);
  }

 private:
  ReadRun read(const fs::path& directory, const FrozenExperiment& experiment) {
    ReadRun run{run_status_of(directory), 0, {}};
    if (const OptionValue* seed = experiment.option("seed"); seed && seed->value.is(Value::Kind::integer))
      run.seed = seed->value.integer();
    std::error_code error;
    const bool has_log = fs::exists(directory / runlog::files::log, error);
    if (run.summary.never_began() || (run.summary.is_live() && !has_log)) return run;
    try {
      if (run.summary.status == runlog::RunStatus::damaged) throw Error(run.summary.reason);
      read_log(directory, run);
    } catch (const Error& damage) {
      run.summary.status = runlog::RunStatus::damaged;
      run.values.clear();
      result_.diagnostics.push_back(fmt::format("{}: {}", directory.string(), damage.what()));
    }
    return run;
  }

  // A mistake in the request is told when all runs have been seen: another log may have that metric.
  void read_log(const fs::path& directory, ReadRun& run) {
    const runlog::LogReader log = run::log_of_run(directory);
    builds_.add(directory, log.plugins());
    const std::vector<LoggedMetric> there = metrics_of(log);
    for (const LoggedMetric& metric : there)
      if (known_.insert(metric.name()).second) metrics_.push_back(metric);
    if (!(run.summary.is_done() || request_.unfinished)) return;
    std::vector<LoggedMetric> wanted;
    if (request_.metrics.empty()) wanted = main_metrics(there);
    for (const std::string& name : request_.metrics)
      if (auto found = find_metric(there, name)) wanted.push_back(std::move(*found));
    for (const LoggedMetric& metric : wanted) {
      const auto point = request_.best ? best_point(log, metric) : last_point(log, metric);
      if (point) run.values[metric.name()] = point->value;
      if (point && !metric.column.note.empty()) notes_[metric.name()].insert(metric.column.note);
    }
  }

  std::vector<LoggedMetric> compared_metrics() const {
    if (request_.metrics.empty()) return main_metrics(metrics_);
    std::vector<LoggedMetric> metrics;
    for (const std::string& name : request_.metrics) metrics.push_back(require_metric(metrics_, name));
    for (const LoggedMetric& metric : metrics)
      if (request_.best && metric.column.direction.empty())
        throw Error(fmt::format("the metric '{}' has no direction, so that no value of it is the best",
                                metric.name()));
    return metrics;
  }

  void group(const std::vector<FrozenExperiment>& experiments) {
    std::map<std::vector<std::string>, std::size_t> places;
    for (std::size_t i = 0; i < reads_.size(); ++i) {
      std::vector<std::string> texts;
      std::vector<Value> values;
      for (const std::string& path : result_.options) {
        const OptionValue* option = experiments[i].option(path);
        texts.push_back(option == nullptr ? "" : option->text);
        values.push_back(option == nullptr ? Value() : option->value);
      }
      const auto [location, fresh] = places.emplace(texts, result_.groups.size());
      if (fresh) {
        result_.groups.push_back({std::move(values), texts, {}, {}});
        members_.emplace_back();
      }
      members_[location->second].push_back(i);
      count(reads_[i], result_.groups[location->second]);
    }
    order_groups();
  }

  void count(const ReadRun& run, RunGroup& group) const {
    const RunSummary& summary = run.summary;
    group.older_builds += older_.contains(summary.directory) ? 1 : 0;
    group.runs.push_back(summary.directory);
    group.seeds.push_back(run.seed);
    if (summary.status == runlog::RunStatus::diverged)
      ++group.diverged;
    else if (summary.went_wrong())
      ++group.failed;
    else if (!summary.is_done())
      ++group.unfinished;
  }

  void order_groups() {
    std::vector<std::size_t> order(result_.groups.size());
    for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
    std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
      const auto &left = result_.groups[a], &right = result_.groups[b];
      for (std::size_t k = 0; k < left.option_texts.size(); ++k) {
        if (left.option_texts[k] == right.option_texts[k]) continue;
        if (left.options[k].is_number() && right.options[k].is_number())
          return left.options[k].number() < right.options[k].number();
        return natural_less(left.option_texts[k], right.option_texts[k]);
      }
      return false;
    });
    std::vector<RunGroup> groups;
    std::vector<std::vector<std::size_t>> members;
    for (const std::size_t i : order) {
      RunGroup& group = result_.groups[i];
      std::sort(group.seeds.begin(), group.seeds.end());
      group.seeds.erase(std::unique(group.seeds.begin(), group.seeds.end()), group.seeds.end());
      groups.push_back(std::move(group));
      members.push_back(std::move(members_[i]));
    }
    result_.groups = std::move(groups);
    members_ = std::move(members);
  }

  GroupResult result_of(const std::string& metric, std::size_t group) const {
    GroupResult result;
    result.group = group;
    std::vector<double> values;
    for (const std::size_t i : members_[group]) {
      const auto value = reads_[i].values.find(metric);
      if (value == reads_[i].values.end()) continue;
      if (!std::isfinite(value->second)) {
        ++result.not_finite;
        continue;
      }
      values.push_back(value->second);
      result.seeds.push_back(reads_[i].seed);
    }
    std::sort(result.seeds.begin(), result.seeds.end());
    result.seeds.erase(std::unique(result.seeds.begin(), result.seeds.end()), result.seeds.end());
    result.statistics = statistics_of(std::move(values));
    return result;
  }

  void compare_metric(const LoggedMetric& metric) {
    MetricComparison compared{metric.name(), metric.column.unit, metric.column.direction, {}};
    for (std::size_t group = 0; group < result_.groups.size(); ++group)
      compared.results.push_back(result_of(metric.name(), group));
    if (!compared.direction.empty()) {
      const auto standing = [&](const GroupResult& result) {
        const RunGroup& group = result_.groups[result.group];
        return Standing{result.statistics.count, result.statistics.mean,
                        group.diverged + group.failed + result.not_finite, group.unfinished};
      };
      const auto before = [&](const GroupResult& left, const GroupResult& right) {
        return ranks_before(standing(left), standing(right), compared.direction);
      };
      std::stable_sort(compared.results.begin(), compared.results.end(), before);
      for (GroupResult& result : compared.results)
        result.is_best = result.statistics.count > 0 && !before(compared.results.front(), result);
    }
    if (const auto found = notes_.find(metric.name()); found != notes_.end())
      compared.notes.assign(found->second.begin(), found->second.end());
    result_.metrics.push_back(std::move(compared));
  }

  const ComparisonRequest& request_;
  Comparison result_;
  PluginBuilds builds_;
  std::map<fs::path, std::vector<std::string>> older_;
  std::vector<ReadRun> reads_;
  std::vector<std::vector<std::size_t>> members_;  // of each group, places in reads_
  std::vector<LoggedMetric> metrics_;              // of all logs
  std::set<std::string> known_;
  std::map<std::string, std::set<std::string>> notes_;  // of each metric, by its name
};

}  // namespace

Comparison compare_runs(const std::vector<fs::path>& runs, const ComparisonRequest& request) {
  return Comparing(request).compare(runs);
}

}  // namespace descent::analysis
