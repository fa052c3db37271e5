#include <descent/plugin/play.hpp>

namespace {

/// A regularized autoencoder: −log p(x | z) + code·½‖z‖² + gradient_penalty·‖∂D(z)/∂z‖², D(z) being the mean of p(x | z).
/// Ghosh et al., From Variational to Deterministic Autoencoders, 2020, equations 11 and 14. The penalty is estimated
/// without bias, by ‖vᵀ·∂D/∂z‖² with v ~ N(0, I). The paper's other regularizers of the decoder are its weight decay (rule
/// `l2` in the decoder's chain) and `spectral_norm` of its layers.
class Rae final : public descent::LatentVariableLoss {
 public:
  static void options(descent::OptionSpec<Rae>& o) {
    o.schedule("code", &Rae::code, 1e-4).at_least(0).doc("weight of ½‖z‖²").contrast(0.5);
    o.schedule("gradient_penalty", &Rae::penalty, 0.0)
        .at_least(0)
        .doc("weight of the squared norm of the decoder's Jacobian; 0: it is not computed")
        .contrast(0.5);
  }

  std::vector<descent::TermSpec> declares(std::string_view, const descent::Model&) const override {
    return {{"reconstruction"}, {"code"}, {"gradient_penalty"}};
  }

  void evaluate(std::string_view, descent::LatentVariableModel& model, const descent::Batch& batch,
                descent::Context& context, descent::Terms& out) const override {
    const auto& play = variational_play(context, model, batch);
    out.set("reconstruction", -play.log_likelihood(context));
    out.set("code", 0.5 * sum_features(square(play.z.value)), context(code));
    const double weight = context(penalty);
    out.set("gradient_penalty", weight > 0 ? jacobian(play, context) : descent::Variable::scalar(0), weight);
  }

 private:
  // (batch)
  static descent::Variable jacobian(const descent::VariationalPlay& play, descent::Context& context) {
    auto projected = descent::Variable::scalar(0);
    for (std::size_t i = 0; i < play.likelihood->parts(); ++i)
      if (const auto made = play.likelihood->part(i).mean(context); made.defined())
        projected = projected + sum(made * context.normal("rae", made.shape()));
    const auto slope = grad(projected, std::span(&play.z.value, 1), {.create_graph = true})[0];
    return sum_features(square(slope));
  }

  descent::Schedule code, penalty;
};

}  // namespace

DESCENT_LOSS(Rae, "rae", "regularized autoencoder (Ghosh et al., 2020)");
