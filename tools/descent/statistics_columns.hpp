#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "data_table.hpp"
#include "descent/analysis/statistics.hpp"

namespace descent::program {

/// What several runs found, as a part of a table's row.
struct CountedRuns {
  const analysis::Statistics& statistics;
  const std::vector<std::int64_t>& seeds;  ///< of those that count, ascending
  std::size_t runs = 0, diverged = 0, failed = 0, unfinished = 0, not_finite = 0, older_builds = 0;
};

/// How numbers and their counts are written.
struct StatisticsColumns {
  std::string plus_minus = "±";
  /// What is said of runs that are done without a value that counts.
  std::string not_finite = "not finite";

  void declare(DataTable& table) const;
  /// The cells under these columns.
  void add(std::vector<Value>& row, const CountedRuns& counted) const;
};

/// `±`, or `+-` where the output cannot show it.
std::string plus_minus_of(Format format);

/// `0.0464 ± 0.0021`; of one number that number, of none nothing.
std::string mean_text(const analysis::Statistics& statistics, const std::string& plus_minus);
/// `0.0464 [0.0451, 0.0478]`, likewise.
std::string median_text(const analysis::Statistics& statistics);

/// `1-5, 8`
std::string ranges_text(const std::vector<std::int64_t>& numbers);

/// As much of a path's end as tells it from the others.
std::string short_path(const std::string& path, const std::vector<std::string>& all);

/// `1 run`, `2 runs`
std::string counted_text(std::size_t count, const std::string& word);

}  // namespace descent::program
