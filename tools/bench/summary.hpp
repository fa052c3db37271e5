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

  /// Prints what the floors cost and what Descent costs beside them. Returns whether all is within its
  /// bounds.
  bool print_summary(const std::vector<std::unique_ptr<Job>>& jobs) const;

 private:
  struct Median {
    double wall = 0, cpu = 0;  ///< in µs
  };
  const Median* find(const Job& job, const char* what) const;
  bool print_floor(const Job& job) const;
  bool print_descent(const Job& job) const;

  std::map<std::string, Median> medians_;
};

}  // namespace descent::bench
