#include "summary.hpp"

#include <fmt/format.h>

namespace descent::bench {

namespace {

constexpr double floor_allowed = 1.25;

const char* verdict(bool within) {
  return within ? "ok" : "over";
}

}  // namespace

void SummaryReporter::ReportRuns(const std::vector<Run>& runs) {
  ConsoleReporter::ReportRuns(runs);
  for (const Run& run : runs)
    if (run.aggregate_name == "median")
      medians_[run.run_name.function_name] = {run.GetAdjustedRealTime(), run.GetAdjustedCPUTime()};
}

void SummaryReporter::add(const std::string& group, const Job& job) {
  rows_.push_back({group, job.name(), job.has_floor(), job.allowed()});
}

const SummaryReporter::Median* SummaryReporter::find(const Row& row, const char* what) const {
  const auto found = medians_.find(row.group + "/" + row.name + "/" + what);
  return found == medians_.end() ? nullptr : &found->second;
}

bool SummaryReporter::print_floor(const Row& job) const {
  const Median *floor = find(job, "floor"), *gemms = find(job, "gemms"), *bandwidth = find(job, "bandwidth");
  if (floor == nullptr || gemms == nullptr || bandwidth == nullptr) return true;
  const double sum = gemms->wall + bandwidth->wall, ratio = floor->wall / sum;
  const bool within = ratio <= floor_allowed;
  fmt::print("{:<19} {:>10.1f} {:>12.1f} {:>23.1f} {:>10.1f} {:>8.3f} {:>8.3f}  {}\n", job.name, floor->wall,
             gemms->wall, bandwidth->wall, sum, ratio, floor_allowed, verdict(within));
  return within;
}

bool SummaryReporter::print_descent(const Row& job) const {
  const Median *floor = find(job, job.has_floor ? "floor" : "bandwidth"), *descent = find(job, "descent");
  if (floor == nullptr || descent == nullptr) return true;
  const double ratio = descent->wall / floor->wall;
  const bool within = ratio <= job.allowed;
  fmt::print("{:<19} {:>10.1f} {:>12.1f} {:>8.3f} {:>15.3f} {:>8.3f}  {}\n", job.name, floor->wall,
             descent->wall, ratio, descent->cpu / floor->cpu, job.allowed, verdict(within));
  return within;
}

bool SummaryReporter::print_summary() const {
  bool within = true;
  fmt::print("\nWhat the floors take, beside their GEMMs and their optimizer's memory alone (medians, µs)\n");
  fmt::print("{:<19} {:>10} {:>12} {:>23} {:>10} {:>8} {:>8}\n", "job", "floor", "GEMMs alone",
             "optimizer at bandwidth", "sum", "ratio", "allowed");
  for (const Row& row : rows_)
    if (row.has_floor) within = print_floor(row) && within;
  std::string group;
  for (const Row& row : rows_) {
    if (row.group != group) {
      group = row.group;
      fmt::print("\nWhat Descent takes, beside its floor: {} (medians, µs)\n", group);
      fmt::print("{:<19} {:>10} {:>12} {:>8} {:>15} {:>8}\n", "job", "floor", "Descent", "ratio",
                 "ratio, CPU time", "allowed");
    }
    within = print_descent(row) && within;
  }
  return within;
}

}  // namespace descent::bench
