#include "support/neighbor_balls.hpp"
#include "support/sample_metric.hpp"

namespace {

/// What `precision_recall` (Kynkäänniemi et al., 2019) and `density_coverage` (Naeem et al., 2020) measure, from one look at the
/// distances between the same samples and examples: in half of the time of the two.
class Prdc final : public descent::ComparisonMetric {
 public:
  static void options(descent::OptionSpec<Prdc>& o) {
    comparison_options(o);
    o.integer("k_precision", &Prdc::k_precision, 3).at_least(1).doc("k of precision and recall");
    o.integer("k_density", &Prdc::k_density, 5).at_least(1).doc("k of density and coverage");
  }

  std::vector<descent::Measure> declares() const override {
    constexpr auto higher = descent::Direction::higher_is_better;
    return {{"precision", "1", higher, note()},
            {"recall", "1", higher, note()},
            {"density", "1", higher, note()},
            {"coverage", "1", higher, note()}};
  }

 private:
  const char* title() const override { return "prdc"; }
  std::int64_t needed() const override { return std::max(k_precision, k_density) + 1; }

  std::vector<double> compare(const descent::Tensor& made, const descent::Tensor& real,
                              descent::MetricContext&) const override {
    const auto found = descent::ball_coverage(real, made, k_precision, k_density);
    return {found.precision, found.recall, found.density, found.coverage};
  }

  std::int64_t k_precision, k_density;
};

}  // namespace

DESCENT_METRIC(
    Prdc, "prdc",
    "precision, recall (Kynkäänniemi et al., 2019), density and coverage (Naeem et al., 2020) together")
