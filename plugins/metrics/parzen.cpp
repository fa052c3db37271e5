#include <cmath>

#include "support/parzen_window.hpp"
#include "support/sample_metric.hpp"
#include "support/statistics.hpp"

namespace {

enum class Around { samples, training_examples };

/// The log likelihood of real examples under a density of equal Gaussians around the samples. Goodfellow et al., Generative Adversarial
/// Nets, 2014, section 5; the standard deviation is the one of ten between 0.1 and 1, evenly spaced by logarithm, under which
/// validation examples are likeliest. Breuleux et al., Quickly Generating Representative Samples from an RBM-Derived Process, 2011.
/// What it says of images is little: Theis et al., A Note on the Evaluation of Generative Models, 2016.
class Parzen final : public descent::ComparisonMetric {
 public:
  static void options(descent::OptionSpec<Parzen>& o) {
    comparison_options(o);
    o.number("bandwidth", &Parzen::bandwidth, 0)
        .in(0, 1e12)
        .doc(
            "the standard deviation of each Gaussian, at least 1e-12; 0: the one that validation examples "
            "choose");
    o.integer("validation_examples", &Parzen::validation_examples, 1000)
        .at_least(1)
        .doc("how many choose it: of the validation split, or of the training split where there is none")
        .trial(20)
        .contrast(3);
    o.choice("around", &Parzen::around, "samples",
             {{"samples", Around::samples}, {"training_examples", Around::training_examples}})
        .doc(
            "where the Gaussians are: at training examples, as many, they say what the estimator gives for a "
            "generator as good as the data");
  }

  void check(const descent::Model& model, const descent::Dataset& dataset) const override {
    ComparisonMetric::check(model, dataset);
    if (bandwidth > 0 && bandwidth < least_bandwidth)
      throw descent::Error(
          "parzen: 'bandwidth' is a standard deviation of at least 1e-12, or 0 to have it chosen");
  }

  void check_examples(descent::Split split,
                      const std::function<std::optional<std::int64_t>(descent::Split)>& size) const override {
    ComparisonMetric::check_examples(split, size);
    if (bandwidth == 0 && around == Around::training_examples &&
        size(descent::Split::validation).value_or(1) == 0)
      throw descent::Error(
          "parzen around training examples needs others to choose the bandwidth by: set "
          "'trainer.validation', or 'bandwidth'");
  }

  std::vector<descent::Measure> declares() const override {
    const std::string over = note() + "; mean and standard error over the examples";
    return {{"log_likelihood", "nat", descent::Direction::higher_is_better, over},
            {"stderr", "nat", descent::Direction::neither, over},
            {"bandwidth", "1", descent::Direction::neither, note()}};
  }

 private:
  static constexpr double least_bandwidth = 1e-12;

  const char* title() const override { return "parzen"; }

  std::vector<double> compare(const descent::Tensor& made, const descent::Tensor& real,
                              descent::MetricContext& context) const override {
    const descent::Tensor centers =
        around == Around::samples ? made : examples_of(context, samples, descent::Split::train);
    const double chosen = bandwidth > 0 ? bandwidth : likeliest(centers, context);
    const descent::Spread spread = descent::spread_of(parzen_log_densities(centers, real, chosen));
    return {spread.mean, spread.standard_error, chosen};
  }

  double likeliest(const descent::Tensor& centers, descent::MetricContext& context) const {
    const bool has_validation = context.size(descent::Split::validation).value_or(1) > 0;
    const descent::Tensor held_out = examples_of(
        context, validation_examples, has_validation ? descent::Split::validation : descent::Split::train);
    double best = NAN, highest = -INFINITY;
    for (int i = 0; i < 10; ++i) {
      const double candidate = std::pow(10.0, -1 + i / 9.0);
      const double mean = descent::spread_of(parzen_log_densities(centers, held_out, candidate)).mean;
      if (!(mean > highest)) continue;
      highest = mean;
      best = candidate;
    }
    return best;
  }

  double bandwidth;
  std::int64_t validation_examples;
  Around around;
};

}  // namespace

DESCENT_METRIC(Parzen, "parzen",
               "log likelihood under Gaussians around the samples (Goodfellow et al., 2014)")
