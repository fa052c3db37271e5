#include <descent/plugin/loss.hpp>

namespace {

/// e^−s · (squared error of a predictor) + s with a learned s, and a buffer that counts training
/// evaluations. Kendall et al., Multi-Task Learning Using Uncertainty, 2018, equation 7, in one task.
class LearnedWeight final : public descent::LossOn<descent::Predictor> {
 public:
  void build(const descent::Model&, const descent::Fields&, descent::Registrar& registrar) override {
    log_variance_ =
        &registrar.parameter("uncertainty", "log_variance", {}, descent::initialize::constant(0.5));
    evaluations_ = &registrar.state("uncertainty", "evaluations", descent::Tensor::scalar(0));
  }
  std::vector<descent::Player> players(const descent::Model&,
                                       const std::vector<std::string>&) const override {
    return {{.name = "model", .rest = true}};
  }
  std::vector<descent::TermSpec> declares(std::string_view, const descent::Model&) const override {
    return {{"error"}, {"log_variance"}};
  }
  void evaluate(std::string_view, descent::Predictor& model, const descent::Batch& batch,
                descent::Context& context, descent::Terms& out) const override {
    const descent::Variable prediction = model.predict(batch.values(model.input_fields()), context)[0];
    const descent::Variable error = sum_features(square(prediction - batch[model.target_fields()[0]]));
    out.set("error", exp(-log_variance_->variable) * error);
    out.set("log_variance", log_variance_->variable);
    if (context.training())
      evaluations_->stage(descent::Tensor::scalar(evaluations_->value().item() + 1), context);
  }

 private:
  descent::Parameter* log_variance_ = nullptr;
  descent::Buffer* evaluations_ = nullptr;
};

}  // namespace

DESCENT_LOSS(LearnedWeight, "test_learned_weight", "squared error under a learned weight, for tests")
