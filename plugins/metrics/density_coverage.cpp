#include "support/neighbor_balls.hpp"
#include "support/sample_metric.hpp"

namespace {

/// Density, in how many balls around real examples a sample is, over k, and coverage, the share of real examples in whose balls a
/// sample is. Naeem et al., Reliable Fidelity and Diversity Metrics for Generative Models, 2020, section 3. Samples and n
/// examples of one distribution have density 1 and coverage 1 − Π_{i=1..k} (n − i)/(samples + n − i). `prdc` measures precision and
/// recall as well, from the same distances.
class DensityCoverage final : public descent::ComparisonMetric {
 public:
  static void options(descent::OptionSpec<DensityCoverage>& o) {
    comparison_options(o);
    o.integer("k", &DensityCoverage::k, 5)
        .at_least(1)
        .doc("a ball reaches to the k-th nearest other example");
  }

  std::vector<descent::Measure> declares() const override {
    constexpr auto higher = descent::Direction::higher_is_better;
    return {{"density", "1", higher, note()}, {"coverage", "1", higher, note()}};
  }

 private:
  const char* title() const override { return "density_coverage"; }
  std::int64_t needed() const override { return k + 1; }

  std::vector<double> compare(const descent::Tensor& made, const descent::Tensor& real,
                              descent::MetricContext&) const override {
    const descent::BallCoverage found = descent::ball_coverage(real, made, 0, k);
    return {found.density, found.coverage};
  }

  std::int64_t k;
};

}  // namespace

DESCENT_METRIC(DensityCoverage, "density_coverage",
               "density and coverage by nearest neighbors (Naeem et al., 2020)")
