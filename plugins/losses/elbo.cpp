#include <descent/plugin/play.hpp>

namespace {

/// The negative evidence lower bound: −E_q[log p(x | z)] + β·KL(q(z | x) ‖ p(z)), the mean over some samples of z, the
/// divergence in closed form or of the same samples. Kingma and Welling, Auto-Encoding Variational Bayes, 2014,
/// equations 10 and 6; β: Higgins et al., beta-VAE, 2017. Free bits: Kingma et al., Improved Variational Inference with
/// Inverse Autoregressive Flow, 2016, equation 15.
class Elbo final : public descent::LatentVariableLoss {
 public:
  static void options(descent::OptionSpec<Elbo>& o) {
    o.schedule("beta", &Elbo::beta, 1.0).at_least(0).doc("weight of the divergence").contrast(4.0);
    o.choice("kl", &Elbo::sampled, "analytic", {{"analytic", false}, {"sampled", true}})
        .doc("in closed form, or log q(z | x) − log p(z) of the samples: for distributions without one");
    o.integer("samples", &Elbo::samples, 1)
        .at_least(1)
        .doc("draws of z for each example, from one encoding")
        .contrast(3);
    o.schedule("free_bits", &Elbo::free_bits, 0.0)
        .at_least(0)
        .unit("nats")
        .doc(
            "what each dimension's divergence costs at least; 0: the bound itself, as with a metric's "
            "'at: {elbo.free_bits: 0}'")
        .contrast(0.5);
    o.choice("free_bits_of", &Elbo::per_example, "batch", {{"batch", false}, {"example", true}})
        .doc("of the divergence's mean over the batch, as in the paper, or of each example's");
  }

  std::vector<descent::TermSpec> declares(std::string_view, const descent::Model&) const override {
    return {{"reconstruction"}, {"kl"}};
  }

  void evaluate(std::string_view, descent::LatentVariableModel& model, const descent::Batch& batch,
                descent::Context& context, descent::Terms& out) const override {
    const auto& play = variational_play(context, model, batch, samples);
    out.set("reconstruction", -play.mean_of_draws(play.log_likelihood(context)));
    const double least = context(free_bits);
    const auto per = least > 0 ? descent::Per::element : descent::Per::row;
    const auto kl = play.divergence(context, sampled, per);
    out.set("kl", least > 0 ? with_floor(kl, least) : kl, context(beta));
  }

 private:
  // (batch), or one number: the sum over dimensions of the larger of divergence and floor.
  descent::Variable with_floor(const descent::Variable& kl, double least) const {
    const auto rows = reshape(kl, {kl.shape()[0], kl.shape().row_size()});
    if (per_example) return sum_features(least + relu(rows - least));
    return sum(least + relu(sum_batch(rows) / static_cast<double>(rows.shape()[0]) - least));
  }

  descent::Schedule beta, free_bits;
  bool sampled, per_example;
  std::int64_t samples;
};

}  // namespace

DESCENT_LOSS(Elbo, "elbo", "negative evidence lower bound (Kingma and Welling, 2014)");
