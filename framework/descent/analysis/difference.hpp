#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "descent/base/api.hpp"
#include "descent/config/value.hpp"

namespace descent::analysis {

/// One thing in which two runs differ.
struct Difference {
  std::string part;  ///< `experiment`, `plugin`, `machine` or `result`
  std::string key;
  Value left, right;  ///< null: that run has no such thing
  /// Of a metric: the first step at which both have a row and the values differ, or only one has a row.
  std::optional<std::int64_t> first_step = {};
  bool is_of_one_parameter = false;  ///< LoggedMetric::is_of_one_parameter()
};

/// What differs in the experiments, the plugins' libraries, the provenance, and the status and every logged
/// metric (values compared bit for bit; the last ones are given). Times are not compared. Throws Error when a
/// run cannot be read.
DESCENT_API std::vector<Difference> differences(const std::filesystem::path& left,
                                                const std::filesystem::path& right);

}  // namespace descent::analysis
