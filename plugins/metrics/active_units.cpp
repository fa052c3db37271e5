#include <algorithm>

#include "descent/plugin/metric.hpp"

namespace {

/// How many latent dimensions a variational autoencoder uses: those in which the posterior's mean varies over the data, with a variance
/// (divided by n) above `threshold`. Burda et al., Importance Weighted Autoencoders, 2016.
class ActiveUnits final : public descent::MetricOn<descent::LatentVariableModel> {
 public:
  static void options(descent::OptionSpec<ActiveUnits>& o) {
    o.number("threshold", &ActiveUnits::threshold, 0.01)
        .at_least(0)
        .doc("the variance of E[z | x] over x above which a dimension is active")
        .contrast(0.1);
    o.integer("examples", &ActiveUnits::examples, 10000)
        .at_least(2)
        .doc("over how many examples: the first ones of the split, or all where it has fewer")
        .contrast(2);
  }

  std::vector<descent::Measure> declares() const override {
    const std::string over = "over " + descent::counted_examples(examples);
    return {{"active", "1", descent::Direction::neither, over},
            {"mean_variance", "1", descent::Direction::neither,
             over + "; of E[z | x], mean over the dimensions"}};
  }

  void rehearse(descent::LatentVariableModel& model, descent::MetricContext& context) const override {
    context.each_batch({.of_endless = 1, .first = 1},
                       [&](const descent::Batch& batch) { means_of(model, batch, context.pass()); });
  }

  std::vector<double> measure(descent::LatentVariableModel& model,
                              descent::MetricContext& context) const override {
    const auto size = static_cast<std::size_t>(model.latent_shape().size());
    std::vector<double> mean(size),
        squares(size);  // Welford, Note on a Method for Calculating Corrected Sums of Squares, 1962
    double seen = 0;
    context.each_batch({.of_endless = examples, .first = examples}, [&](const descent::Batch& batch) {
      const descent::Variable means = means_of(model, batch, context.pass());
      const descent::Scalar* number = means.value().data();
      for (std::int64_t row = 0; row < batch.size(); ++row) {
        ++seen;
        for (std::size_t i = 0; i < size; ++i) {
          const double difference = static_cast<double>(*number) - mean[i];
          mean[i] += difference / seen;
          squares[i] += difference * (static_cast<double>(*number++) - mean[i]);
        }
      }
    });
    double active = 0, total = 0;
    for (const double sum : squares) {
      active += sum / seen > threshold ? 1 : 0;
      total += sum / seen;
    }
    return {active, total / static_cast<double>(size)};
  }

 private:
  static descent::Variable means_of(descent::LatentVariableModel& model, const descent::Batch& batch,
                                    descent::Pass& pass) {
    const auto posterior =
        model.encode(batch.values(model.fields()), batch.values(model.condition_fields()), pass);
    descent::Variable means = posterior->mean(pass);
    if (!means.defined())
      throw descent::Error(
          "active_units counts by the means of q(z | x), and the model's q has none in closed form");
    return means;
  }

  double threshold;
  std::int64_t examples;
};

}  // namespace

DESCENT_METRIC(ActiveUnits, "active_units",
               "latent dimensions that a variational autoencoder uses (Burda et al., 2016)")
