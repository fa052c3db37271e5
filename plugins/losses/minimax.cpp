#include "adversarial_loss.hpp"

namespace {

/// The zero-sum game: the generator minimizes log(1 − D(G(z))). Goodfellow et al., Generative Adversarial
/// Nets, 2014, equation 1.
class Minimax final : public AdversarialLoss {
 public:
  static void options(descent::OptionSpec<Minimax>& o) { top_k_option(o); }
  descent::Variable generator_term(const Logits& logits) const override { return -softplus(logits.fake); }
};

}  // namespace

DESCENT_LOSS(Minimax, "minimax", "zero-sum adversarial game (Goodfellow et al., 2014)");
