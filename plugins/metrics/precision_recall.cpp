#include "support/neighbor_balls.hpp"
#include "support/sample_metric.hpp"

namespace {

/// Precision, the share of samples that are as near to real examples as those are to each other, and recall, the share of real
/// examples that are as near to samples. Kynkäänniemi et al., Improved Precision and Recall Metric for Assessing Generative
/// Models, 2019, equations 1 and 2. `prdc` measures density and coverage as well, from the same distances.
class PrecisionRecall final : public descent::ComparisonMetric {
 public:
  static void options(descent::OptionSpec<PrecisionRecall>& o) {
    comparison_options(o);
    o.integer("k", &PrecisionRecall::k, 3).at_least(1).doc("a ball reaches to the k-th nearest other point");
  }

  std::vector<descent::Measure> declares() const override {
    constexpr auto higher = descent::Direction::higher_is_better;
    return {{"precision", "1", higher, note()}, {"recall", "1", higher, note()}};
  }

 private:
  const char* title() const override { return "precision_recall"; }
  std::int64_t needed() const override { return k + 1; }

  std::vector<double> compare(const descent::Tensor& made, const descent::Tensor& real,
                              descent::MetricContext&) const override {
    const descent::BallCoverage found = descent::ball_coverage(real, made, k, 0);
    return {found.precision, found.recall};
  }

  std::int64_t k;
};

}  // namespace

DESCENT_METRIC(PrecisionRecall, "precision_recall",
               "precision and recall by nearest neighbors (Kynkäänniemi et al., 2019)")
