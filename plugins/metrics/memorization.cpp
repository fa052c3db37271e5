#include <cmath>

#include "support/distances.hpp"
#include "support/sample_metric.hpp"

namespace {

/// Whether a generator copies what it was trained on: are its samples nearer to training examples than held-out real examples (those
/// of the metric's split) are? `ratio` is the mean distance of samples to their nearest training example over that of held-out
/// examples: 1 for fresh ones, 0 for copies. `z` is the statistic of Mann and Whitney for the same distances, normal with deviation 1
/// where both are distributed alike, far below 0 where the generator copies: Meehan et al., A Non-Parametric Test to Detect
/// Data-Copying in Generative Models, 2020, with one cell.
class Memorization final : public descent::ComparisonMetric {
 public:
  static void options(descent::OptionSpec<Memorization>& o) {
    comparison_options(o);
    o.integer("training_examples", &Memorization::training_examples, 0)
        .at_least(0)
        .doc("among how many training examples the nearest is looked for, the first ones; 0: all")
        .contrast(40);
  }

  void check(const descent::Model& model, const descent::Dataset& dataset) const override {
    ComparisonMetric::check(model, dataset);
    if (!dataset.size(descent::Split::train))
      throw descent::Error("memorization is of a training split that has an end; this one is drawn anew");
  }

  void check_examples(descent::Split split,
                      const std::function<std::optional<std::int64_t>(descent::Split)>& size) const override {
    ComparisonMetric::check_examples(split, size);
    if (split == descent::Split::train)
      throw descent::Error(
          "memorization compares with examples that were not trained on; measure it on 'split: test', or "
          "on 'split: validation' with 'trainer.validation'");
  }

  std::vector<descent::Measure> declares() const override {
    const std::string over =
        note() + ", held out; the nearest of " +
        (training_examples > 0 ? std::to_string(training_examples) : std::string("all")) +
        " training examples";
    return {{"ratio", "1", descent::Direction::neither, over}, {"z", "1", descent::Direction::neither, over}};
  }

 private:
  const char* title() const override { return "memorization"; }

  std::vector<double> compare(const descent::Tensor& made, const descent::Tensor& real,
                              descent::MetricContext& context) const override {
    const descent::Tensor seen = examples_of(context, training_examples, descent::Split::train);
    const std::vector<double> of_made = nearest_distances(made, seen, 1, false);
    const std::vector<double> of_real = nearest_distances(real, seen, 1, false);
    const double fresh = mean_distance(of_real);
    return {fresh > 0 ? mean_distance(of_made) / fresh : NAN, mann_whitney(of_made, of_real)};
  }

  static double mean_distance(const std::vector<double>& squared) {
    double sum = 0;
    for (const double distance : squared) sum += std::sqrt(distance);
    return sum / static_cast<double>(squared.size());
  }

  // (U − n·m/2)/√(n·m·(n + m + 1)/12), U being the pairs in which the sample is farther, equal ones half.
  static double mann_whitney(const std::vector<double>& made, std::vector<double> real) {
    std::sort(real.begin(), real.end());
    double farther = 0;
    for (const double distance : made) {
      const auto [below, above] = std::equal_range(real.begin(), real.end(), distance);
      farther += static_cast<double>(below - real.begin()) + 0.5 * static_cast<double>(above - below);
    }
    const auto n = static_cast<double>(made.size()), m = static_cast<double>(real.size());
    return (farther - n * m / 2) / std::sqrt(n * m * (n + m + 1) / 12);
  }

  std::int64_t training_examples;
};

}  // namespace

DESCENT_METRIC(
    Memorization, "memorization",
    "whether samples are nearer to training examples than fresh examples are (Meehan et al., 2020)")
