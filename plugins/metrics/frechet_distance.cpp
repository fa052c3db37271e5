#include "support/covariance.hpp"
#include "support/sample_metric.hpp"

namespace {

/// The squared Fréchet distance between normal distributions with the means and covariances of samples and of real examples, the
/// latter divided by n − 1: Dowson and Landau, The Fréchet Distance between Multivariate Normal Distributions, 1982; of
/// a classifier's features it is the distance of Heusel et al., GANs Trained by a Two Time-Scale Update Rule, 2017, by a
/// classifier of one's own. It falls with the number of samples: compare equal numbers. `singular` counts the directions in which
/// samples or examples do not vary at all; the distance is exact there too.
class FrechetDistance final : public descent::ComparisonMetric {
 public:
  static void options(descent::OptionSpec<FrechetDistance>& o) { comparison_options(o); }

  std::vector<descent::Measure> declares() const override {
    return {{"squared", "1", descent::Direction::lower_is_better, note(), true},
            {"singular", "1", descent::Direction::neither,
             note() + "; directions without variance, in which nothing is added to a covariance"}};
  }

 private:
  const char* title() const override { return "frechet_distance"; }

  std::vector<double> compare(const descent::Tensor& made, const descent::Tensor& real,
                              descent::MetricContext&) const override {
    const auto found = descent::frechet_distance(descent::Moments(real), descent::Moments(made));
    return {found.squared, static_cast<double>(found.directions)};
  }
};

}  // namespace

DESCENT_METRIC(FrechetDistance, "frechet_distance",
               "Fréchet distance of normal distributions, of numbers or features (Dowson and Landau, 1982)")
