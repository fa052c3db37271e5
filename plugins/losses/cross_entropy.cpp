#include <descent/plugin/loss.hpp>

namespace {

/// −log softmax(logits)[label]: the negative log likelihood of a classifier.
class CrossEntropy final : public descent::LossOn<descent::Predictor> {
 public:
  std::vector<descent::Player> players(const descent::Model&,
                                       const std::vector<std::string>& groups) const override {
    return descent::single_player("model", groups);
  }
  std::vector<descent::TermSpec> declares(std::string_view) const override { return {{"cross_entropy"}}; }

  void evaluate(std::string_view, descent::Predictor& model, const descent::Batch& batch,
                descent::Context& context, descent::Terms& out) const override {
    if (find_field(batch.fields(), model.target_field()).classes == 0)
      throw descent::Error("the target '" + model.target_field() +
                           "' is numbers, not a class; use mean_squared_error, or another target");
    const auto logits = model.predict(batch[model.input_field()], context);  // (batch, classes)
    out.set("cross_entropy", -pick(log_softmax(logits), batch[model.target_field()].value()));
  }
};

}  // namespace

DESCENT_LOSS(CrossEntropy, "cross_entropy", "negative log likelihood of class labels");
