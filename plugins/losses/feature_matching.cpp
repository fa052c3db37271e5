#include <descent/plugin/play.hpp>

namespace {

/// The generator minimizes ‖E[f(x)] − E[f(G(z))]‖², f being the discriminator's features: those of its layer that says
/// `tap: true`, or else the input of its last one. Salimans et al., Improved Techniques for Training GANs, 2016, section
/// 3.1, where it is all that the generator minimizes: there the adversarial loss says `players: discriminator`.
class FeatureMatching final : public descent::LossOn<descent::AdversarialModel> {
 public:
  std::vector<descent::Player> players(const descent::Model&,
                                       const std::vector<std::string>&) const override {
    return {{"generator"}};
  }
  std::vector<descent::TermSpec> declares(std::string_view, const descent::Model&) const override {
    return {{"features"}};
  }

  void evaluate(std::string_view, descent::AdversarialModel& model, const descent::Batch& batch,
                descent::Context& context, descent::Terms& out) const override {
    const auto& fake = adversarial_play(context, model, batch).of_fake.features;
    const auto& real = discriminate_real(context, model, batch).features;
    if (!fake.defined())
      throw descent::Error("feature_matching needs a discriminator that hands out features");
    const auto rows = static_cast<double>(fake.shape()[0]);
    out.set("features", sum(square((sum_batch(real) - sum_batch(fake)) / rows)));
  }
};

}  // namespace

DESCENT_LOSS(
    FeatureMatching, "feature_matching",
    "the generator matches the discriminator's mean features, those of its layer with 'tap: true' or else "
    "the input of its last one; the adversarial loss then says 'players: discriminator' (Salimans et "
    "al., 2016)");
