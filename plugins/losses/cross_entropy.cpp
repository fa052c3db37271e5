#include <descent/plugin/loss.hpp>

namespace {

/// −log softmax(logits)[label]: the negative log likelihood of a classifier; of several targets, the sum.
class CrossEntropy final : public descent::LossOn<descent::Predictor> {
 public:
  std::vector<descent::Player> players(const descent::Model&,
                                       const std::vector<std::string>&) const override {
    return {{.name = "model", .rest = true}};
  }
  std::vector<descent::TermSpec> declares(std::string_view, const descent::Model&) const override {
    return {{"cross_entropy"}};
  }

  void evaluate(std::string_view, descent::Predictor& model, const descent::Batch& batch,
                descent::Context& context, descent::Terms& out) const override {
    const auto& targets = model.target_fields();
    const auto logits = model.predict(batch.values(model.input_fields()), context);  // each (batch, classes)
    descent::Variable sum;
    for (std::size_t i = 0; i < targets.size(); ++i) {
      if (find_field(batch.fields(), targets[i]).classes == 0)
        throw descent::Error("the target '" + targets[i] +
                             "' is numbers, not a class; use mean_squared_error, or another target");
      const auto term = -pick(log_softmax(logits[i]), batch[targets[i]].value());
      sum = sum.defined() ? sum + term : term;
    }
    out.set("cross_entropy", sum);
  }
};

}  // namespace

DESCENT_LOSS(CrossEntropy, "cross_entropy", "negative log likelihood of class labels");
