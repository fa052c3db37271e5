#include "adversarial_loss.hpp"

namespace {

/// The discriminator minimizes max(0, 1 − D(x)) + max(0, 1 + D(G(z))), the generator −D(G(z)): what is beyond the
/// margin teaches the discriminator nothing. Lim and Ye, Geometric GAN, 2017; Miyato et al., Spectral
/// Normalization for Generative Adversarial Networks, 2018, equations 16 and 17. Scores are the values of D.
class Hinge final : public AdversarialLoss {
 public:
  static void options(descent::OptionSpec<Hinge>& o) { top_k_option(o); }
  descent::Variable real_term(const Logits& logits) const override { return relu(1 - logits.real); }
  descent::Variable fake_term(const Logits& logits) const override { return relu(1 + logits.fake); }
  descent::Variable generator_term(const Logits& logits) const override { return -logits.fake; }
  descent::Variable score(const descent::Variable& own, const descent::Variable&) const override {
    return own;
  }
};

}  // namespace

DESCENT_LOSS(Hinge, "hinge", "adversarial game with a margin (Lim and Ye, 2017)");
