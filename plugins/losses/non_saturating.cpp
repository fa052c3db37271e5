#include "adversarial_loss.hpp"

namespace {

/// The generator minimizes −log D(G(z)), which keeps its gradient where the discriminator wins. Goodfellow et
/// al., Generative Adversarial Nets, 2014, section 3.
class NonSaturating final : public AdversarialLoss {
 public:
  static void options(descent::OptionSpec<NonSaturating>& o) { top_k_option(o); }
  descent::Variable generator_term(const Logits& logits) const override { return softplus(-logits.fake); }
};

}  // namespace

DESCENT_LOSS(NonSaturating, "non_saturating",
             "adversarial game with a generator that does not saturate (Goodfellow et al., 2014)");
