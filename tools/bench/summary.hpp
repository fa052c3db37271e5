#pragma once

#include <benchmark/benchmark.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "job.hpp"

namespace descent::bench {

/// Google Benchmark's own report, which also keeps the median times of each benchmark.
class SummaryReporter : public benchmark::ConsoleReporter {
 public:
  SummaryReporter() : ConsoleReporter(OO_Tabular) {}
  void ReportRuns(const std::vector<Run>& runs) override;

  /// Keeps what a job is called and what it may take, for the summary; its times are known by its name.
  void add(const std::string& group, const Job& job);
  /// Prints what the floors cost and what Descent costs beside them, a table for each group. Returns whether
  /// all is within its bounds.
  bool print_summary() const;

 private:
  struct Median {
    double wall = 0, cpu = 0;  ///< in µs
  };
  struct Row {
    std::string group, name;
    bool has_floor;
    double allowed;
  };
  const Median* find(const Row& row, const char* what) const;
  bool print_floor(const Row& row) const;
  bool print_descent(const Row& row) const;

  std::vector<Row> rows_;
  std::map<std::string, Median> medians_;
};

}  // namespace descent::bench
