#include "descent/analysis/difference.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <cmath>

#include "descent/analysis/frozen_experiment.hpp"
#include "descent/analysis/metrics.hpp"
#include "descent/analysis/run_summary.hpp"
#include "descent/runlog/run_files.hpp"

namespace descent::analysis {

namespace fs = std::filesystem;

namespace {

Value value_or_null(const OptionValue* option) {
  return option == nullptr ? Value() : option->value;
}

void compare_experiments(const fs::path& left, const fs::path& right, std::vector<Difference>& found) {
  ExperimentReader reader;
  const std::vector<FrozenExperiment> both = {reader.read(left), reader.read(right)};
  for (const std::string& path : differing_options(both))
    found.push_back(
        {"experiment", path, value_or_null(both[0].option(path)), value_or_null(both[1].option(path))});
}

const runlog::PluginRow* find_plugin(const std::vector<runlog::PluginRow>& rows,
                                     const runlog::PluginRow& wanted) {
  for (const runlog::PluginRow& row : rows)
    if (row.kind == wanted.kind && row.name == wanted.name) return &row;
  return nullptr;
}

// `0.1.0 (1a2b3c4d5e6f)`
Value library_text(const runlog::PluginRow* row) {
  if (row == nullptr) return {};
  return Value::of(fmt::format("{} ({:.12})", row->version, row->sha256));
}

void compare_plugins(const runlog::LogReader& left, const runlog::LogReader& right,
                     std::vector<Difference>& found) {
  const std::vector<runlog::PluginRow> left_rows = left.plugins(), right_rows = right.plugins();
  const auto add = [&](const runlog::PluginRow& row) {
    const runlog::PluginRow *one = find_plugin(left_rows, row), *other = find_plugin(right_rows, row);
    if (one == nullptr || other == nullptr || one->sha256 != other->sha256 || one->version != other->version)
      found.push_back(
          {"plugin", fmt::format("{} {}", row.kind, row.name), library_text(one), library_text(other)});
  };
  for (const runlog::PluginRow& row : left_rows) add(row);
  for (const runlog::PluginRow& row : right_rows)
    if (find_plugin(left_rows, row) == nullptr) add(row);
}

// What the log says of itself, or what stands in the experiment, as the command line does.
bool is_told_elsewhere(const std::string& attribute) {
  constexpr const char* words[] = {"schema", "run_id",  "argv",        "status",   "name",
                                   "seed",   "threads", "total_steps", "NX_class", "default"};
  return std::find(std::begin(words), std::end(words), attribute) != std::end(words);
}

void compare_machines(const runlog::LogReader& left, const runlog::LogReader& right,
                      std::vector<Difference>& found) {
  const Value one = left.attributes(), other = right.attributes();
  const auto value = [](const Value* found_value) { return found_value == nullptr ? Value() : *found_value; };
  const auto add = [&](const std::string& key) {
    const Value a = value(one.find(key)), b = value(other.find(key));
    if (!is_told_elsewhere(key) && !(a == b)) found.push_back({"machine", key, a, b});
  };
  for (const Value::Entry& entry : one.entries()) add(entry.key);
  for (const Value::Entry& entry : other.entries())
    if (one.find(entry.key) == nullptr) add(entry.key);
}

bool same_bits(double a, double b) {
  return std::bit_cast<std::uint64_t>(a) == std::bit_cast<std::uint64_t>(b) ||
         (std::isnan(a) && std::isnan(b));
}

std::optional<std::int64_t> first_difference(const runlog::LogReader& left, const runlog::LogReader& right,
                                             const LoggedMetric& metric) {
  const std::vector<std::int64_t> left_steps = left.steps(metric.set), right_steps = right.steps(metric.set);
  const std::vector<double> left_values = left.column(metric.set, metric.column.name);
  const std::vector<double> right_values = right.column(metric.set, metric.column.name);
  const std::size_t common = std::min(left_steps.size(), right_steps.size());
  for (std::size_t i = 0; i < common; ++i) {
    if (left_steps[i] != right_steps[i]) return std::min(left_steps[i], right_steps[i]);
    if (!same_bits(left_values[i], right_values[i])) return left_steps[i];
  }
  if (left_steps.size() == right_steps.size()) return std::nullopt;
  return left_steps.size() > common ? left_steps[common] : right_steps[common];
}

Value last_value(const runlog::LogReader& log, const LoggedMetric& metric) {
  const auto point = last_point(log, metric);
  return point ? Value::of(point->value) : Value();
}

void compare_metrics(const runlog::LogReader& left, const runlog::LogReader& right,
                     std::vector<Difference>& found) {
  const std::vector<LoggedMetric> left_metrics = metrics_of(left), right_metrics = metrics_of(right);
  const auto has = [](const std::vector<LoggedMetric>& metrics, const LoggedMetric& wanted) {
    return std::any_of(metrics.begin(), metrics.end(),
                       [&](const LoggedMetric& metric) { return metric.name() == wanted.name(); });
  };
  for (const LoggedMetric& metric : left_metrics) {
    if (!has(right_metrics, metric)) {
      found.push_back(
          {"result", metric.name(), last_value(left, metric), {}, {}, metric.is_of_one_parameter()});
    } else if (const auto step = first_difference(left, right, metric)) {
      found.push_back({"result", metric.name(), last_value(left, metric), last_value(right, metric), step,
                       metric.is_of_one_parameter()});
    }
  }
  for (const LoggedMetric& metric : right_metrics)
    if (!has(left_metrics, metric))
      found.push_back(
          {"result", metric.name(), {}, last_value(right, metric), {}, metric.is_of_one_parameter()});
}

}  // namespace

std::vector<Difference> differences(const fs::path& left, const fs::path& right) {
  std::vector<Difference> found;
  compare_experiments(left, right, found);
  const runlog::LogReader left_log(left / runlog::files::log), right_log(right / runlog::files::log);
  compare_plugins(left_log, right_log, found);
  compare_machines(left_log, right_log, found);
  const RunSummary left_run = summarize_run(left), right_run = summarize_run(right);
  if (left_run.status != right_run.status)
    found.push_back(
        {"result", "status", Value::of(text(left_run.status)), Value::of(text(right_run.status))});
  if (left_run.step != right_run.step)
    found.push_back({"result", "step", Value::of(left_run.step), Value::of(right_run.step)});
  compare_metrics(left_log, right_log, found);
  return found;
}

}  // namespace descent::analysis
