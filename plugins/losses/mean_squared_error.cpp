#include <descent/plugin/loss.hpp>

namespace {

/// The mean over the outputs of (prediction − target)²; of several targets, the sum of these.
class MeanSquaredError final : public descent::LossOn<descent::Predictor> {
 public:
  std::vector<descent::Player> players(const descent::Model&,
                                       const std::vector<std::string>&) const override {
    return {{.name = "model", .rest = true}};
  }
  std::vector<descent::TermSpec> declares(std::string_view, const descent::Model&) const override {
    return {{"squared_error"}};
  }

  void evaluate(std::string_view, descent::Predictor& model, const descent::Batch& batch,
                descent::Context& context, descent::Terms& out) const override {
    const auto& targets = model.target_fields();
    const auto predicted =
        model.predict(batch.values(model.input_fields()), context);  // each (batch, outputs)
    descent::Variable sum;
    for (std::size_t i = 0; i < targets.size(); ++i) {
      if (find_field(batch.fields(), targets[i]).classes > 0)
        throw descent::Error("the target '" + targets[i] +
                             "' is a class, not numbers; use cross_entropy, or another target");
      const auto target = reshape(batch[targets[i]], predicted[i].shape());
      const auto term =
          sum_features(square(predicted[i] - target)) / static_cast<double>(predicted[i].shape()[1]);
      sum = sum.defined() ? sum + term : term;
    }
    out.set("squared_error", sum);
  }
};

}  // namespace

DESCENT_LOSS(MeanSquaredError, "mean_squared_error", "mean of the squared differences to the target");
