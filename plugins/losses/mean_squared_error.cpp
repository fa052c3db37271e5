#include <descent/plugin/loss.hpp>

namespace {

/// The mean over the outputs of (prediction − target)².
class MeanSquaredError final : public descent::LossOn<descent::Predictor> {
 public:
  std::vector<descent::Player> players(const descent::Model&,
                                       const std::vector<std::string>& groups) const override {
    return descent::single_player("model", groups);
  }
  std::vector<descent::TermSpec> declares(std::string_view) const override { return {{"squared_error"}}; }

  void evaluate(std::string_view, descent::Predictor& model, const descent::Batch& batch,
                descent::Context& context, descent::Terms& out) const override {
    if (find_field(batch.fields(), model.target_field()).classes > 0)
      throw descent::Error("the target '" + model.target_field() +
                           "' is a class, not numbers; use cross_entropy, or another target");
    const auto predicted = model.predict(batch[model.input_field()], context);  // (batch, outputs)
    const auto target = reshape(batch[model.target_field()], predicted.shape());
    out.set("squared_error",
            sum_features(square(predicted - target)) / static_cast<double>(predicted.shape()[1]));
  }
};

}  // namespace

DESCENT_LOSS(MeanSquaredError, "mean_squared_error", "mean of the squared differences to the target");
