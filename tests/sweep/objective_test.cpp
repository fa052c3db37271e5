#include "descent/sweep/objective.hpp"

#include <catch2/catch.hpp>

using namespace descent;

namespace {

std::vector<analysis::LoggedMetric> logged(const std::vector<std::pair<std::string, std::string>>& columns) {
  std::vector<analysis::LoggedMetric> metrics;
  for (const auto& [set, column] : columns) metrics.push_back({set, {column, "", "", "lower"}});
  return metrics;
}

std::string found(const std::vector<analysis::LoggedMetric>& metrics, const std::string& objective) {
  const auto metric = sweep::find_objective(metrics, objective);
  return metric ? metric->name() : "none";
}

}  // namespace

TEST_CASE("an objective is what a metric measured, whatever else of the log is called alike", "[sweep]") {
  const auto metrics = logged({{"train", "objective"},
                               {"train", "objective/value"},
                               {"loss.objective", "value"},
                               {"summary.objective", "norm"},
                               {"test.objective", "value"},
                               {"train.late.objective", "value"},
                               {"test.mode_coverage", "modes"},
                               {"test.mode_coverage", "high_quality"}});
  CHECK(found(metrics, "objective") == "test.objective/value");
  CHECK(found(metrics, "objective/value") == "test.objective/value");
  CHECK(found(metrics, "late.objective") == "train.late.objective/value");
  CHECK(found(metrics, "mode_coverage/modes") == "test.mode_coverage/modes");
  CHECK(found(metrics, "mode_coverage") == "none");  // two measures
  CHECK(found(metrics, "modes") == "none");
  CHECK(found(metrics, "train/objective") == "none");
}
