#include <cmath>
#include <descent/plugin/play.hpp>

namespace {

enum class Gradients { plain, dreg, stl };

/// The importance weighted bound, −E log 1/k·Σ p(x, zᵢ)/q(zᵢ | x). Burda, Grosse and Salakhutdinov, Importance Weighted
/// Autoencoders, 2016, equation 8. `outer` bounds of k samples, averaged: MIWAE of Rainforth et al., Tighter Variational
/// Bounds are Not Necessarily Better, 2018, equation 11. With w̃ᵢ the normalized weights, the encoder's gradient is that of
/// the bound, Σ w̃ᵢ·∂log wᵢ/∂zᵢ·∂zᵢ/∂φ (Roeder et al., Sticking the Landing, 2017), or Σ w̃ᵢ²·∂log wᵢ/∂zᵢ·∂zᵢ/∂φ (Tucker et
/// al., Doubly Reparameterized Gradient Estimators for Monte Carlo Objectives, 2019, equation 8).
class Iwae final : public descent::LatentVariableLoss {
 public:
  static void options(descent::OptionSpec<Iwae>& o) {
    o.integer("samples", &Iwae::k, 5).at_least(1).doc("k, the draws of each bound").contrast(2);
    o.integer("outer", &Iwae::outer, 1).at_least(1).doc("bounds for each example, averaged").contrast(2);
    o.choice("gradients", &Iwae::gradients, "plain",
             {{"plain", Gradients::plain}, {"dreg", Gradients::dreg}, {"stl", Gradients::stl}})
        .doc(
            "the encoder's: those of the bound; doubly reparameterized, with the same expectation and less "
            "noise; or without the score of q, which is biased for k > 1. The bound's value is the same");
  }

  std::vector<descent::TermSpec> declares(std::string_view, const descent::Model&) const override {
    return {{"bound"}, {"effective_samples", false}};
  }

  void evaluate(std::string_view, descent::LatentVariableModel& model, const descent::Batch& batch,
                descent::Context& context, descent::Terms& out) const override {
    const auto& play = variational_play(context, model, batch, k * outer);
    const auto& z = play.z.value;
    auto posterior = play.log_posterior(context);
    if (gradients != Gradients::plain)
      posterior = play.posterior->repeat(k * outer)->detached()->log_prob(z, context);
    const auto log_w = reshape(play.log_likelihood(context) + play.log_prior(context) - posterior,
                               {batch.size() * outer, k});
    const auto weights = exp(log_softmax(log_w)).detach();
    auto bound = log_sum_exp(log_w) - std::log(static_cast<double>(k));  // (batch·outer)
    // Zero, and its gradient turns w̃·∂log w/∂z into w̃²·∂log w/∂z.
    if (gradients == Gradients::dreg) {
      const auto slope = sum_features(descent::grad(bound, std::span(&z, 1))[0] * (z - z.detach()));
      bound = bound + sum_features(reshape(slope, log_w.shape()) * (weights - 1.0));
    }
    out.set("bound", -(outer == 1 ? bound : sum_row_groups(bound, outer) / static_cast<double>(outer)));
    if (out.observed()) out.set("effective_samples", mean(1.0 / sum_features(square(weights))));
  }

 private:
  std::int64_t k, outer;
  Gradients gradients;
};

}  // namespace

DESCENT_LOSS(Iwae, "iwae", "importance weighted bound (Burda et al., 2016)");
