#include <cmath>
#include <descent/base/error.hpp>
#include <descent/plugin/play.hpp>

namespace {

enum class Estimator { weighted, stratified };

/// The negative evidence lower bound with its divergence in three parts: the mutual information of x and z, the total
/// correlation KL(q(z) ‖ Π q(z_d)), and the divergences of the single dimensions. Chen et al., Isolating Sources of
/// Disentanglement in Variational Autoencoders, 2018, equation 4; q(z) is estimated from the batch as in their equation 5
/// or appendix C.2.
class BetaTcVae final : public descent::LossOn<descent::LatentVariableModel> {
 public:
  static void options(descent::OptionSpec<BetaTcVae>& o) {
    o.schedule("alpha", &BetaTcVae::alpha, 1.0).at_least(0).doc("weight of the mutual information");
    o.schedule("beta", &BetaTcVae::beta, 6.0).at_least(0).doc("weight of the total correlation");
    o.schedule("gamma", &BetaTcVae::gamma, 1.0).at_least(0).doc("weight of the dimensions' divergences");
    o.choice("estimator", &BetaTcVae::estimator, "weighted",
             {{"weighted", Estimator::weighted}, {"stratified", Estimator::stratified}})
        .doc("how a batch stands for the data: minibatch-weighted or minibatch-stratified sampling");
    o.integer("examples", &BetaTcVae::examples, 0)
        .at_least(0)
        .doc("how many examples q(z) is the mean over; 0: those that are trained on")
        .contrast(1000);
  }

  std::vector<descent::Player> players(const descent::Model&,
                                       const std::vector<std::string>&) const override {
    return {{.name = "model", .rest = true}};
  }
  std::vector<descent::TermSpec> declares(std::string_view, const descent::Model&) const override {
    return {{"reconstruction"}, {"mutual_information"}, {"total_correlation"}, {"dimension_kl"}};
  }

  void evaluate(std::string_view, descent::LatentVariableModel& model, const descent::Batch& batch,
                descent::Context& context, descent::Terms& out) const override {
    const auto& play = variational_play(context, model, batch);
    const std::int64_t m = batch.size(), d = play.z.value.shape().row_size();
    const auto per_element = [&](const descent::Variable& density) { return reshape(density, {m, d}); };
    const auto own = per_element(play.log_posterior(context, descent::Per::element));
    // Row j·m + i: log q(z_i | x_j) − log q(z_i | x_i). No exponential of it overflows: its mean is 1.
    const auto all = play.posterior->repeat(m)->log_prob(tiled(play.z.value), context, descent::Per::element);
    const auto ratio = reshape(all, {m * m, d}) - tiled(own);
    const descent::Variable weights = log_weights(m, context);  // (m·m, 1)
    const auto sum_over_j = [&](const descent::Variable& log, std::int64_t columns) {
      return reshape(descent::log(sum_batch(reshape(exp(log + weights), {m, m * columns}))), {m, columns});
    };
    const auto joint = sum_features(sum_over_j(reshape(sum_features(ratio), {m * m, 1}), 1));
    const auto product = sum_features(sum_over_j(ratio, d));
    out.set("reconstruction", -play.log_likelihood(context));
    out.set("mutual_information", -joint, context(alpha));
    out.set("total_correlation", joint - product, context(beta));
    out.set("dimension_kl", sum_features(own) + product - play.log_prior(context), context(gamma));
  }

 private:
  // All rows one after the other, as often as there are rows: (m, …) -> (m·m, …).
  static descent::Variable tiled(const descent::Variable& x) {
    const std::int64_t m = x.shape()[0], size = x.value().size();
    return reshape(broadcast_to(reshape(x, {1, size}), {m, size}), x.shape().row().batch(m * m));
  }

  // The logarithm of the weight of q(z_i | x_j) in q(z_i), in row j·m + i: (m·m, 1).
  descent::Tensor log_weights(std::int64_t m, const descent::Context& context) const {
    const auto batch = static_cast<double>(m);
    const auto n = static_cast<double>(examples > 0 ? examples : context.examples());
    if (n < batch)
      throw descent::Error(
          "beta_tcvae must know how many examples there are, at least those of a batch; say 'examples: N'");
    if (estimator == Estimator::weighted || m == 1)
      return descent::Tensor::full({m * m, 1}, -std::log(m == 1 ? 1 : n * batch));
    const double others = batch - 1;
    auto weights = descent::Tensor::full({m * m, 1}, -std::log(others));
    for (std::int64_t i = 0; i < m; ++i) {
      weights.data()[i * m + i] = static_cast<descent::Scalar>(-std::log(n));
      weights.data()[(i + 1) % m * m + i] =
          static_cast<descent::Scalar>(std::log((n - others) / (n * others)));
    }
    return weights;
  }

  descent::Schedule alpha, beta, gamma;
  Estimator estimator;
  std::int64_t examples;
};

}  // namespace

DESCENT_LOSS(BetaTcVae, "beta_tcvae", "bound with a weight for the total correlation (Chen et al., 2018)");
