#include <descent/plugin/play.hpp>

#include "support/pairs.hpp"

namespace {

/// The squared maximum mean discrepancy of the codes z ~ q(z) from samples of the prior, without bias:
/// Σ_{i≠j} k(zᵢ, zⱼ)/(n(n − 1)) + Σ_{i≠j} k(z̃ᵢ, z̃ⱼ)/(n(n − 1)) − 2·Σ k(zᵢ, z̃ⱼ)/n². Tolstikhin et al., Wasserstein
/// Auto-Encoders, 2018, algorithm 2: `[reconstruction, {plugin: latent_mmd, weight: 10}]`. Zhao et al., InfoVAE, 2017,
/// equation 6: `[{plugin: elbo, beta: 0.1}, {plugin: latent_mmd, weight: 100, kernel: rbf}]`, with 1 − α and α + λ − 1.
/// Batches of one, which have no pairs, are refused in training and count as 0 in evaluation.
class LatentMmd final : public descent::LatentVariableLoss {
 public:
  static void options(descent::OptionSpec<LatentMmd>& o) {
    o.choice("kernel", &LatentMmd::rbf, "imq", {{"imq", false}, {"rbf", true}})
        .doc(
            "with C = 2·dimensions·bandwidth²: Σ s·C/(s·C + ‖z − z′‖²), s from 0.1 to 10, or exp(−‖z − "
            "z′‖²/C)");
    o.number("bandwidth", &LatentMmd::bandwidth, 1.0)
        .positive()
        .doc("the standard deviation that the prior has in each dimension")
        .contrast(2.0);
  }

  std::vector<descent::TermSpec> declares(std::string_view, const descent::Model&) const override {
    return {{"mmd"}};
  }

  void evaluate(std::string_view, descent::LatentVariableModel& model, const descent::Batch& batch,
                descent::Context& context, descent::Terms& out) const override {
    const auto& play = latent_play(context, model, batch);
    if (!play.prior)
      throw descent::Error("latent_mmd compares codes with a prior, and the model has 'prior: none'");
    if (!has_pairs("latent_mmd", batch, context)) return out.set("mmd", descent::Variable::scalar(0));
    const auto n = static_cast<double>(batch.size()), pairs = n * (n - 1);
    const descent::Shape flat = {batch.size(), play.z.value.shape().row_size()};
    const auto z = reshape(play.z.value, flat), p = reshape(play.prior->sample(context, "latent_mmd"), flat);
    const double own = rbf ? 2 * n : 14 * n;  // of z and of p with themselves
    out.set("mmd", (similarity(z, z) + similarity(p, p) - own) / pairs - similarity(z, p) * (2 / (n * n)));
  }

 private:
  // Σ k(aᵢ, bⱼ) over all i and j, of a and b (n, dimensions).
  descent::Variable similarity(const descent::Variable& a, const descent::Variable& b) const {
    const auto products = 2.0 * matmul(a, b, false, true);
    const auto distance = relu(reshape(sum_features(square(a)), {a.shape()[0], 1}) - products +
                               sum_features(square(b)));  // (n, n)
    const double c = 2 * static_cast<double>(a.shape()[1]) * bandwidth * bandwidth;
    if (rbf) return sum(exp(distance / -c));
    auto total = descent::Variable::scalar(0);
    for (const double s : {0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0})
      total = total + sum(s * c / (s * c + distance));
    return total;
  }

  bool rbf;
  double bandwidth;
};

}  // namespace

DESCENT_LOSS(LatentMmd, "latent_mmd", "discrepancy of codes and prior (Tolstikhin et al., 2018)");
