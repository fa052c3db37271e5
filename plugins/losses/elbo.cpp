#include <descent/plugin/play.hpp>

namespace {

enum class Kl { analytic, sampled };

/// The negative evidence lower bound: −E_q[log p(x | z)] + β·KL(q(z | x) ‖ p(z)), one sample of z, the
/// divergence in closed form or of the same sample. Kingma and Welling, Auto-Encoding Variational Bayes, 2014,
/// equations 10 and 6; β: Higgins et al., beta-VAE, 2017.
class Elbo final : public descent::LossOn<descent::LatentVariableModel> {
 public:
  static void options(descent::OptionSpec<Elbo>& o) {
    o.schedule("beta", &Elbo::beta, 1.0).at_least(0).doc("weight of the divergence").contrast(4.0);
    o.choice("kl", &Elbo::kl, "analytic", {{"analytic", Kl::analytic}, {"sampled", Kl::sampled}})
        .doc(
            "the divergence in closed form, or log q(z | x) − log p(z) of the sample: for distributions "
            "without one")
        .contrast("sampled");
  }

  std::vector<descent::Player> players(const descent::Model&,
                                       const std::vector<std::string>&) const override {
    return {{.name = "model", .rest = true}};
  }
  std::vector<descent::TermSpec> declares(std::string_view, const descent::Model&) const override {
    return {{"reconstruction"}, {"kl"}};
  }

  void evaluate(std::string_view, descent::LatentVariableModel& model, const descent::Batch& batch,
                descent::Context& context, descent::Terms& out) const override {
    const auto& play = variational_play(context, model, batch);
    out.set("reconstruction", -log_prob(*play.likelihood, play.x, context));
    out.set("kl", divergence(play, context), context(beta));
  }

 private:
  // (batch)
  descent::Variable divergence(const descent::VariationalPlay& play, descent::Context& context) const {
    if (kl == Kl::sampled) return play.z.log_prob - play.prior->log_prob(play.z.value, context);
    auto closed = play.posterior->kl(*play.prior);
    if (!closed.defined())
      throw descent::Error(std::string("no closed form is known for the divergence of the posterior '") +
                           play.posterior->name() + "' from the prior '" + play.prior->name() +
                           "'; use kl: sampled");
    return closed;
  }

  descent::Schedule beta;
  Kl kl;
};

}  // namespace

DESCENT_LOSS(Elbo, "elbo", "negative evidence lower bound (Kingma and Welling, 2014)");
