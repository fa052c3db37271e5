#include <algorithm>
#include <cmath>

#include "descent/plugin/metric.hpp"

namespace {

/// The share of examples whose largest output is that of their class. Where the outputs are not numbers, the
/// example counts as wrong.
class Accuracy final : public descent::MetricOn<descent::Predictor> {
 public:
  static void options(descent::OptionSpec<Accuracy>& o) {
    o.integer("examples", &Accuracy::examples, 10000).at_least(1).doc("how many, of an endless data set");
  }

  void check(const descent::Model& model, const descent::Dataset& dataset) const override {
    const auto& targets = descent::role<descent::Predictor>(model).target_fields();
    if (targets.size() != 1)
      throw descent::Error("accuracy is of one target, but the model has " + std::to_string(targets.size()));
    const std::string& target = targets[0];
    if (descent::find_field(dataset.fields(), target).classes < 2)
      throw descent::Error("accuracy counts classes, but the model's target, the field '" + target +
                           "', is not one of indices of two classes or more");
  }

  std::vector<descent::Measure> declares() const override {
    return {{"accuracy", "1", descent::Direction::higher_is_better,
             "over " + descent::counted_examples(0, examples)}};
  }

  std::vector<double> measure(descent::Predictor& model, descent::MetricContext& context) const override {
    std::int64_t right = 0, seen = 0;
    context.each_batch({.of_endless = examples}, [&](const descent::Batch& batch) {
      const descent::Variable outputs = model.predict(batch.values(model.input_fields()), context.pass())[0];
      const std::int64_t classes = outputs.value().columns();
      if (classes < 2)
        throw descent::Error("accuracy needs an output for each class, but the model has only one");
      const descent::Scalar* row = outputs.value().data();
      for (const descent::Scalar label : batch[model.target_fields()[0]].value().values()) {
        const auto* best = std::max_element(row, row + classes);
        right += best - row == std::lround(label) && !std::isnan(*best);
        row += classes;
      }
      seen += batch.size();
    });
    return {static_cast<double>(right) / static_cast<double>(seen)};
  }

 private:
  std::int64_t examples = 0;
};

}  // namespace

DESCENT_METRIC(Accuracy, "accuracy", "share of examples classified right")
