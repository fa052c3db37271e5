#include <descent/base/error.hpp>
#include <descent/plugin/play.hpp>

namespace {

enum class Kl { analytic, sampled };
enum class Floor { batch, example };

/// The negative evidence lower bound: −E_q[log p(x | z)] + β·KL(q(z | x) ‖ p(z)), the mean over some samples of z, the
/// divergence in closed form or of the same samples. Kingma and Welling, Auto-Encoding Variational Bayes, 2014,
/// equations 10 and 6; β: Higgins et al., beta-VAE, 2017. Free bits: Kingma et al., Improved Variational Inference with
/// Inverse Autoregressive Flow, 2016, equation 15.
class Elbo final : public descent::LossOn<descent::LatentVariableModel> {
 public:
  static void options(descent::OptionSpec<Elbo>& o) {
    o.schedule("beta", &Elbo::beta, 1.0).at_least(0).doc("weight of the divergence").contrast(4.0);
    o.choice("kl", &Elbo::kl, "analytic", {{"analytic", Kl::analytic}, {"sampled", Kl::sampled}})
        .doc(
            "the divergence in closed form, or log q(z | x) − log p(z) of the samples: for distributions "
            "without one")
        .contrast("sampled");
    o.integer("samples", &Elbo::samples, 1)
        .at_least(1)
        .doc("draws of z for each example, from one encoding")
        .contrast(3);
    o.schedule("free_bits", &Elbo::free_bits, 0.0)
        .at_least(0)
        .unit("nats")
        .doc(
            "what each dimension's divergence costs at least, so that there is nothing to gain below; "
            "0: none. Of normal posteriors and priors. A metric with 'at: {elbo.free_bits: 0}' measures the "
            "bound itself")
        .contrast(0.5);
    o.choice("free_bits_of", &Elbo::floor, "batch", {{"batch", Floor::batch}, {"example", Floor::example}})
        .doc("the floor is of the divergence's mean over the batch, as in the paper, or of each example's")
        .contrast("example");
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
    const auto& play = variational_play(context, model, batch, samples);
    out.set("reconstruction", -play.mean_of_draws(play.log_likelihood(context)));
    const double least = context(free_bits);
    const auto nats = divergence(play, least > 0 ? descent::Per::element : descent::Per::row, context);
    out.set("kl", least > 0 ? with_floor(nats, least) : nats, context(beta));
  }

 private:
  // (batch), or (batch, latent…)
  descent::Variable divergence(const descent::VariationalPlay& play, descent::Per per,
                               descent::Context& context) const {
    if (kl == Kl::sampled)
      return play.mean_of_draws(play.log_posterior(context, per) - play.log_prior(context, per));
    auto closed = play.prior ? play.posterior->kl(*play.prior, per) : descent::Variable();
    if (!closed.defined())
      throw descent::Error(std::string("no closed form is known for the divergence of the posterior '") +
                           play.posterior->name() + "' from the prior '" +
                           (play.prior ? play.prior->name() : "none") + "'; use 'kl: sampled'");
    return closed;
  }

  // (batch), or one number: the sum over dimensions of the larger of divergence and floor.
  descent::Variable with_floor(const descent::Variable& divergence, double least) const {
    const auto rows = reshape(divergence, {divergence.shape()[0], divergence.shape().row_size()});
    const auto floored = [&](const descent::Variable& nats) { return least + relu(nats - least); };
    if (floor == Floor::example) return sum_features(floored(rows));
    return sum(floored(sum_batch(rows) / static_cast<double>(rows.shape()[0])));
  }

  descent::Schedule beta, free_bits;
  Kl kl;
  Floor floor;
  std::int64_t samples;
};

}  // namespace

DESCENT_LOSS(Elbo, "elbo", "negative evidence lower bound (Kingma and Welling, 2014)");
