#include <algorithm>

#include "descent/base/text.hpp"
#include "descent/plugin/metric.hpp"

namespace {

/// What a player minimizes, in evaluation mode: the weighted sum of its terms, each the mean over
/// the examples of the split. For a variational autoencoder this is the negative evidence lower bound per example.
class Objective final : public descent::Metric {
 public:
  static void options(descent::OptionSpec<Objective>& o) {
    o.text("player", &Objective::player, "").doc("whose objective; where empty, the first player's");
    o.text("loss", &Objective::loss, "")
        .doc("the one item of the losses that counts; where empty, all of them");
    o.integer("examples", &Objective::examples, 10000).at_least(1).doc("how many, of an endless data set");
    o.integer("first", &Objective::first, 0)
        .at_least(0)
        .doc("how many of a split that has an end, the first ones in its order; 0: all")
        .contrast(3);
  }

  bool depends_on_loss(const std::string& item) const override { return loss.empty() || loss == item; }

  std::vector<descent::Measure> declares() const override {
    return {{"value", "", descent::Direction::lower_is_better,
             "mean over " + descent::counted_examples(first, examples)}};
  }

  void check_game(const std::vector<std::string>& players,
                  const std::vector<std::string>& losses) const override {
    const auto require = [](const char* what, const std::string& name,
                            const std::vector<std::string>& names) {
      if (!name.empty() && std::find(names.begin(), names.end(), name) == names.end())
        throw descent::Error(std::string("objective: there is no ") + what + " '" + name + "'" +
                             descent::suggestion(name, names));
    };
    require("player", player, players);
    require("loss", loss, losses);
  }

  std::vector<double> measure(descent::Model&, descent::MetricContext& context) const override {
    double sum = 0, examples_seen = 0;
    context.each_batch({.of_endless = examples, .first = first}, [&](const descent::Batch& batch) {
      // The last batch may hold fewer examples, and without a data set a batch holds none.
      const double size = static_cast<double>(std::max<std::int64_t>(batch.size(), 1));
      sum += size * total(context.evaluate_losses(batch));
      examples_seen += size;
    });
    return {sum / examples_seen};
  }

 private:
  double total(const std::vector<descent::TermMean>& terms) const {
    const std::string whose = player.empty() && !terms.empty() ? terms.front().player : player;
    double sum = 0;
    for (const descent::TermMean& term : terms)
      if (term.player == whose && term.minimized && (loss.empty() || term.loss == loss))
        sum += term.weight * term.value;
    return sum;
  }

  std::string player, loss;
  std::int64_t examples = 0, first = 0;
};

}  // namespace

DESCENT_METRIC(Objective, "objective", "what a player minimizes, over a whole split")
