#include <descent/plugin/metric.hpp>

namespace {

/// How many examples the split has, the sum of their first field, and the objective summed over the loss
/// items and players of the last batch.
class Reader final : public descent::Metric {
 public:
  static void options(descent::OptionSpec<Reader>& o) {
    o.integer("examples", &Reader::examples, 8).at_least(1).doc("of an endless data set");
  }
  void check(const descent::Model&, const descent::Dataset& dataset) const override {
    if (dataset.fields().empty()) throw descent::Error("test_reader needs a data set with fields");
  }
  std::vector<descent::Measure> declares() const override {
    return {{"examples", "", descent::Direction::neither},
            {"sum", "", descent::Direction::higher_is_better},
            {"objective", "nat", descent::Direction::lower_is_better}};
  }
  std::vector<double> measure(descent::Model&, descent::MetricContext& context) const override {
    double count = 0, total = 0, objective = 0;
    context.each_batch({.of_endless = examples}, [&](const descent::Batch& batch) {
      count += static_cast<double>(batch.size());
      for (const double number : batch[context.fields()[0].name].value().to_doubles()) total += number;
      objective = 0;
      for (const descent::TermMean& term : context.evaluate_losses(batch))
        if (term.minimized) objective += term.weight * term.value;
    });
    return {count, total, objective};
  }

 private:
  std::int64_t examples = 0;
};

}  // namespace

DESCENT_METRIC(Reader, "test_reader", "reads a split, for tests")
