#include "support/aggregate_posterior.hpp"
#include "support/pairs.hpp"

namespace {

/// The negative evidence lower bound with its divergence in three parts: the mutual information of x and z, the total
/// correlation KL(q(z) ‖ Π q(z_d)), and the divergences of the single dimensions. Chen et al., Isolating Sources of
/// Disentanglement in Variational Autoencoders, 2018, equation 4. Batches of one, which say nothing of q(z), are
/// refused in training; in evaluation their first two parts are 0.
class BetaTcVae final : public descent::LatentVariableLoss {
 public:
  static void options(descent::OptionSpec<BetaTcVae>& o) {
    o.schedule("alpha", &BetaTcVae::alpha, 1.0).at_least(0).doc("weight of the mutual information");
    o.schedule("beta", &BetaTcVae::beta, 6.0).at_least(0).doc("weight of the total correlation");
    o.schedule("gamma", &BetaTcVae::gamma, 1.0).at_least(0).doc("weight of the dimensions' divergences");
    o.choice("estimator", &BetaTcVae::weights, "weighted",
             {{"weighted", BatchWeights::weighted}, {"stratified", BatchWeights::stratified}})
        .doc("how a batch stands for the data: minibatch-weighted or minibatch-stratified sampling");
    o.integer("examples", &BetaTcVae::examples, 0)
        .at_least(0)
        .doc("how many examples q(z) is the mean over; 0: those that are trained on")
        .contrast(1000);
  }

  std::vector<descent::TermSpec> declares(std::string_view, const descent::Model&) const override {
    return {{"reconstruction"}, {"mutual_information"}, {"total_correlation"}, {"dimension_kl"}};
  }

  void evaluate(std::string_view, descent::LatentVariableModel& model, const descent::Batch& batch,
                descent::Context& context, descent::Terms& out) const override {
    has_pairs("beta_tcvae", batch, context);
    const auto& play = variational_play(context, model, batch);
    const auto q = aggregate_posterior(play, context, weights, examples > 0 ? examples : context.examples());
    out.set("reconstruction", -play.log_likelihood(context));
    out.set("mutual_information", q.conditional - q.joint, context(alpha));
    out.set("total_correlation", q.joint - q.product, context(beta));
    out.set("dimension_kl", q.product - play.log_prior(context), context(gamma));
  }

 private:
  descent::Schedule alpha, beta, gamma;
  BatchWeights weights;
  std::int64_t examples;
};

}  // namespace

DESCENT_LOSS(BetaTcVae, "beta_tcvae", "bound with a weight for the total correlation (Chen et al., 2018)");
