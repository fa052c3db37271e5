#include <algorithm>

#include "descent/plugin/metric.hpp"
#include "support/statistics.hpp"
#include "support/value_rows.hpp"

namespace {

// So many samples are decoded at a time: few enough that their activations stay in a core's cache.
constexpr std::int64_t together = 250;

/// The importance weighted bound on log p(x), or on log p(x | y) of conditional models: log 1/k·Σ p(x | z)·p(z)/q(z | x) over k samples
/// z of q(z | x). Burda et al., Importance Weighted Autoencoders, 2016, equation 8. It rises with k towards log p(x); with k = 1 it is
/// the ELBO, and with 5000 what the literature calls the negative log likelihood. Weights are summed in double, so that any k can be
/// taken.
class IwaeBound final : public descent::MetricOn<descent::LatentVariableModel> {
 public:
  static void options(descent::OptionSpec<IwaeBound>& o) {
    o.integer("samples", &IwaeBound::k, 5000)
        .at_least(1)
        .doc("k: how many samples of z are drawn for each example")
        .trial(5);
    o.integer("examples", &IwaeBound::examples, 10000)
        .at_least(1)
        .doc("over how many examples: the first ones of the split, or all where it has fewer")
        .trial(30);
  }

  std::vector<descent::Measure> declares() const override {
    const std::string over =
        "k = " + std::to_string(k) + "; mean and standard error over " + descent::counted_examples(examples);
    return {{"bound", "nat", descent::Direction::higher_is_better, over},
            {"stderr", "nat", descent::Direction::neither, over}};
  }

  void rehearse(descent::LatentVariableModel& model, descent::MetricContext& context) const override {
    std::vector<double> unused;
    context.each_batch({.of_endless = 1, .first = 1}, [&](const descent::Batch& batch) {
      add_bounds(model, batch.values(model.fields()), batch.values(model.condition_fields()), batch.size(), 1,
                 context.pass(), unused);
    });
  }

  std::vector<double> measure(descent::LatentVariableModel& model,
                              descent::MetricContext& context) const override {
    std::vector<double> bounds;
    context.each_batch({.of_endless = examples, .first = examples}, [&](const descent::Batch& batch) {
      const descent::Values x = batch.values(model.fields()), y = batch.values(model.condition_fields());
      const std::int64_t step = std::max<std::int64_t>(together / k, 1);
      for (std::int64_t begin = 0; begin < batch.size(); begin += step) {
        const std::int64_t end = std::min(begin + step, batch.size());
        add_bounds(model, rows_of(x, begin, end), rows_of(y, begin, end), end - begin, k, context.pass(),
                   bounds);
      }
    });
    const descent::Spread spread = descent::spread_of(bounds);
    return {spread.mean, spread.standard_error};
  }

 private:
  void add_bounds(descent::LatentVariableModel& model, const descent::Values& x, const descent::Values& y,
                  std::int64_t count, std::int64_t draws, descent::Pass& pass,
                  std::vector<double>& bounds) const {
    const auto posterior = model.encode(x, y, pass);
    std::vector<descent::LogSum> weights(static_cast<std::size_t>(count));
    descent::Values xs, ys;
    descent::DistributionPtr posteriors;
    for (std::int64_t done = 0, before = 0, now = 0; done < draws; done += now, before = now) {
      now = std::min(draws - done, std::max<std::int64_t>(together / count, 1));
      if (now != before) {
        xs = repeated(x, now);
        ys = repeated(y, now);
        posteriors = posterior->repeat(now);
      }
      const descent::Draw z = posteriors->draw(pass, "latent");  // (count·now, latent…)
      const auto likelihood = log_prob(*model.decode(z.value, ys, pass), xs, pass);
      const auto from = model.prior(count * now, ys, pass);
      if (!from || !z.log_prob.defined())
        throw descent::Error(
            "iwae_bound needs densities of p(z) and of q(z | x), and the model has no prior, or codes "
            "without noise");
      const auto prior = from->log_prob(z.value, pass);
      const descent::Tensor log_weights = (likelihood + prior - z.log_prob).value();
      for (std::int64_t i = 0; i < log_weights.size(); ++i)
        weights[static_cast<std::size_t>(i / now)].add(static_cast<double>(log_weights.data()[i]));
    }
    for (const descent::LogSum& sum : weights) bounds.push_back(sum.log_mean());
  }

  std::int64_t k, examples;
};

}  // namespace

DESCENT_METRIC(IwaeBound, "iwae_bound",
               "importance weighted bound on the log likelihood (Burda et al., 2016)")
