#include "adversarial_loss.hpp"

namespace {

/// The discriminator is a critic that maximizes E[D(x)] − E[D(G(z))], the Wasserstein distance once D is kept
/// Lipschitz, and the generator minimizes −E[D(G(z))]. Arjovsky, Chintala and Bottou, Wasserstein GAN, 2017,
/// algorithm 1. Alone it has no optimum: a critic that nothing bounds grows without end, and so do the numbers. Something else
/// must keep D Lipschitz: the weight clipping of the paper is the optimizer's rule
/// `{plugin: project, low: -0.01, high: 0.01}` at the end of the critic's chain; the loss `gradient_penalty` is WGAN-GP;
/// the layers' `spectral_norm` does so too. Scores are the values of D, which have no zero: there is no accuracy.
class Wasserstein final : public AdversarialLoss {
 public:
  static void options(descent::OptionSpec<Wasserstein>& o) { top_k_option(o); }
  std::optional<double> decision_threshold() const override { return std::nullopt; }
  descent::Variable real_term(const Logits& logits) const override { return -logits.real; }
  descent::Variable fake_term(const Logits& logits) const override { return logits.fake; }
  descent::Variable generator_term(const Logits& logits) const override { return -logits.fake; }
  descent::Variable score(const descent::Variable& own, const descent::Variable&) const override {
    return own;
  }
};

}  // namespace

DESCENT_LOSS(
    Wasserstein, "wasserstein",
    "critic and generator of the Wasserstein GAN; only with something that bounds the critic, which else "
    "grows without end: gradient_penalty, spectral_norm of its layers, or the rule project (Arjovsky et "
    "al., 2017)");
