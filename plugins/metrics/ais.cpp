#include <algorithm>
#include <cmath>

#include "descent/plugin/metric.hpp"
#include "support/annealing.hpp"
#include "support/statistics.hpp"
#include "support/value_rows.hpp"

namespace {

enum class Schedule { linear, sigmoid };

/// log p(x), or log p(x | y), by annealed importance sampling from the prior, which needs no encoder: Wu et al., On the Quantitative
/// Analysis of Decoder-Based Generative Models, 2017. It is a lower bound in the mean, tighter with more temperatures and
/// chains. `reverse` also takes data that the model itself has drawn, where there is an upper bound as well: the distance of the two
/// is how far off the bounds are there. Both are stochastic, of samples of p(x | z), which are binary under a Bernoulli likelihood:
/// they hold on average over chains and examples, and may cross. Grosse et al., Sandwiching the Marginal Likelihood Using Bidirectional Monte Carlo, 2015.
class Ais final : public descent::MetricOn<descent::LatentVariableModel> {
 public:
  static void options(descent::OptionSpec<Ais>& o) {
    o.integer("examples", &Ais::examples, 100)
        .at_least(1)
        .doc("over how many examples: the first ones of the split, or all where it has fewer")
        .trial(6);
    o.integer("chains", &Ais::chains, 16).at_least(1).doc("how many chains for each example").trial(2);
    o.integer("temperatures", &Ais::temperatures, 1000)
        .at_least(2)
        .doc(
            "how many intermediate distributions; each costs as many decodings of every chain as it has "
            "leapfrog steps")
        .trial(4);
    o.choice("schedule", &Ais::schedule, "sigmoid",
             {{"linear", Schedule::linear}, {"sigmoid", Schedule::sigmoid}})
        .doc("how the temperatures lie between 0 and 1: evenly, or closer near the ends");
    o.integer("leapfrog", &Ais::leapfrog, 10)
        .at_least(1)
        .doc("steps of each Hamiltonian transition")
        .trial(2);
    o.number("step_size", &Ais::step_size, 0.1)
        .positive()
        .at_most(1)
        .doc("of the first transition; each chain adapts its own, towards accepting 65 %");
    o.flag("reverse", &Ais::reverse, false)
        .doc(
            "also on as many examples that the model has drawn, samples of p(x | z): a lower and an upper "
            "bound, which hold on average and may cross");
  }

  std::vector<descent::Measure> declares() const override {
    constexpr auto neither = descent::Direction::neither;
    const std::string how =
        std::to_string(chains) + " chains over " + std::to_string(temperatures) + " temperatures";
    const std::string over = how + "; mean and standard error over " + descent::counted_examples(examples);
    std::vector<descent::Measure> measures = {
        {"log_likelihood", "nat", descent::Direction::higher_is_better, over},
        {"stderr", "nat", neither, over},
        {"acceptance", "1", neither, "share of the transitions' proposals"}};
    if (reverse) {
      const std::string drawn = how +
                                "; mean over as many examples that the model has drawn, samples of p(x | z); "
                                "the bounds hold on average, and may cross";
      measures.push_back({"simulated_lower", "nat", neither, drawn});
      measures.push_back({"simulated_upper", "nat", neither, drawn});
    }
    return measures;
  }

  void rehearse(descent::LatentVariableModel& model, descent::MetricContext& context) const override {
    context.each_batch({.of_endless = 1, .first = 1}, [&](const descent::Batch& batch) {
      if (!model.prior(batch.size(), batch.values(model.condition_fields()), context.pass()))
        throw descent::Error("ais begins at the density p(z), and the model has no prior");
    });
  }

  std::vector<double> measure(descent::LatentVariableModel& model,
                              descent::MetricContext& context) const override {
    const descent::Annealing how{levels(), leapfrog, step_size};
    std::vector<double> bounds, acceptances, lower, upper;
    context.each_batch({.of_endless = examples, .first = examples}, [&](const descent::Batch& batch) {
      const descent::Values y = batch.values(model.condition_fields()), ys = repeated(y, chains);
      const std::int64_t rows = batch.size() * chains;
      descent::AnnealedChains all(model, repeated(batch.values(model.fields()), chains), ys, rows,
                                  context.pass(), how);
      add_means(all.forward(), 1, bounds);
      acceptances.push_back(all.acceptance());
      if (!reverse) return;
      const auto z = model.prior(batch.size(), y, context.pass())->sample(context.pass(), "latent");
      const auto x = model.from_latent(z, y, descent::Show::sample, context.pass());
      descent::AnnealedChains drawn(model, repeated(x, chains), ys, rows, context.pass(), how);
      add_means(drawn.forward(), 1, lower);
      add_means(drawn.backward(repeat_rows(z, chains).value()), -1, upper);
    });
    const descent::Spread spread = descent::spread_of(bounds);
    std::vector<double> values = {spread.mean, spread.standard_error, descent::spread_of(acceptances).mean};
    if (reverse) {
      values.push_back(descent::spread_of(lower).mean);
      values.push_back(descent::spread_of(upper).mean);
    }
    return values;
  }

 private:
  // sign·log of the mean of e^(sign·weight) over each example's chains.
  void add_means(const std::vector<double>& weights, double sign, std::vector<double>& means) const {
    for (std::size_t begin = 0; begin < weights.size(); begin += static_cast<std::size_t>(chains)) {
      descent::LogSum sum;
      for (std::size_t i = begin; i < begin + static_cast<std::size_t>(chains); ++i)
        sum.add(sign * weights[i]);
      means.push_back(sign * sum.log_mean());
    }
  }

  // From 0 to 1. Sigmoid: σ(δ·(2t/K − 1)) with δ = 4, shifted and scaled to the ends: Grosse et al. 2015.
  std::vector<double> levels() const {
    std::vector<double> levels;
    const auto sigmoid = [](double t) { return 1 / (1 + std::exp(-4 * (2 * t - 1))); };
    for (std::int64_t k = 0; k <= temperatures; ++k) {
      const double t = static_cast<double>(k) / static_cast<double>(temperatures);
      levels.push_back(schedule == Schedule::linear ? t
                                                    : (sigmoid(t) - sigmoid(0)) / (sigmoid(1) - sigmoid(0)));
    }
    return levels;
  }

  std::int64_t examples, chains, temperatures, leapfrog;
  Schedule schedule;
  double step_size;
  bool reverse;
};

}  // namespace

DESCENT_METRIC(Ais, "ais", "log likelihood by annealed importance sampling (Wu et al., 2017)")
