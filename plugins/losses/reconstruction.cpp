#include <descent/plugin/play.hpp>

namespace {

/// −log p(x | z) of one z ~ q(z | x) for each example: an autoencoder's error, without anything that shapes q. Penalties
/// of z beside it make a Wasserstein autoencoder (`latent_mmd`) of it.
class Reconstruction final : public descent::LatentVariableLoss {
 public:
  std::vector<descent::TermSpec> declares(std::string_view, const descent::Model&) const override {
    return {{"reconstruction"}};
  }
  void evaluate(std::string_view, descent::LatentVariableModel& model, const descent::Batch& batch,
                descent::Context& context, descent::Terms& out) const override {
    out.set("reconstruction", -variational_play(context, model, batch).log_likelihood(context));
  }
};

}  // namespace

DESCENT_LOSS(Reconstruction, "reconstruction", "−log p(x | z), an autoencoder's error");
