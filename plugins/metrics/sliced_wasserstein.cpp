#include <cmath>

#include "support/sample_metric.hpp"
#include "support/sliced_distance.hpp"
#include "support/statistics.hpp"

namespace {

/// The Wasserstein distance between samples and real examples along random directions: the means of W1 and of W2² over the
/// directions. Bonneel et al., Sliced and Radon Wasserstein Barycenters of Measures, 2015. Of N(0, I) and N(μ, I) in d
/// dimensions W2² is ‖μ‖²/d.
class SlicedWasserstein final : public descent::ComparisonMetric {
 public:
  static void options(descent::OptionSpec<SlicedWasserstein>& o) {
    comparison_options(o);
    o.integer("directions", &SlicedWasserstein::directions, 1000)
        .at_least(2)
        .doc("how many directions, each equally likely")
        .trial(8);
    o.integer("directions_seed", &SlicedWasserstein::seed, 1)
        .of_any_size()
        .at_least(0)
        .doc("what the directions follow from: the same ones at every step and for every run");
  }

  std::vector<descent::Measure> declares() const override {
    constexpr auto lower = descent::Direction::lower_is_better, neither = descent::Direction::neither;
    const std::string over =
        note() + "; mean and standard error over " + std::to_string(directions) + " directions";
    return {{"w1", "1", lower, over},
            {"w1_stderr", "1", neither, over},
            {"w2_squared", "1", lower, over},
            {"w2_squared_stderr", "1", neither, over}};
  }

 private:
  const char* title() const override { return "sliced_wasserstein"; }

  std::vector<double> compare(const descent::Tensor& made, const descent::Tensor& real,
                              descent::MetricContext&) const override {
    const auto found = descent::sliced_distances(made, real, unit_vectors(made.columns()));
    const descent::Spread w1 = descent::spread_of(found.first), w2 = descent::spread_of(found.second);
    return {w1.mean, w1.standard_error, w2.mean, w2.standard_error};
  }

  descent::Tensor unit_vectors(std::int64_t size) const {
    descent::Tensor vectors = descent::Tensor::empty({directions, size});
    descent::RandomStream(descent::stream_key(static_cast<std::uint64_t>(seed), "directions"))
        .normal(vectors.data(), vectors.size());
    for (std::int64_t row = 0; row < directions; ++row) {
      descent::Tensor vector = vectors.row_range(row, row + 1);
      double square = 0;
      for (const descent::Scalar x : vector.values()) square += static_cast<double>(x) * x;
      for (descent::Scalar& x : vector.values()) x /= static_cast<descent::Scalar>(std::sqrt(square));
    }
    return vectors;
  }

  std::int64_t directions, seed;
};

}  // namespace

DESCENT_METRIC(SlicedWasserstein, "sliced_wasserstein",
               "Wasserstein distances along random directions (Bonneel et al., 2015)")
