#include "examined_points.hpp"
#include "penalty.hpp"

namespace {

enum class Kind { wgan_gp, one_sided, zero_centered, dragan };

/// A penalty on the slope ‖∇D(x̂)‖; the item's `weight` is the paper's λ, usually 10. `wgan_gp` is (‖∇D‖ − target)²
/// between data and samples: Gulrajani et al., Improved Training of Wasserstein GANs, 2017, equation 3. `one_sided` is
/// max(0, ‖∇D‖ − target)² there: Petzka et al., On the regularization of Wasserstein GANs, 2018, equation 9.
/// `zero_centered` is ‖∇D‖² there: Thanh-Tung et al., Improving Generalization and Stability of Generative Adversarial
/// Networks, 2019, section 5. `dragan` is (‖∇D‖ − target)² around data: Kodali et al., On Convergence and Stability of
/// GANs, 2017, section 2.4. Buffers do not see x̂. With `every: k` it is evaluated on one step of k and not scaled:
/// `weight: kλ` keeps the mean.
class GradientPenalty final : public SlopePenalty {
 public:
  static void options(descent::OptionSpec<GradientPenalty>& o) {
    o.choice("kind", &GradientPenalty::kind, "wgan_gp",
             {{"wgan_gp", Kind::wgan_gp},
              {"one_sided", Kind::one_sided},
              {"zero_centered", Kind::zero_centered},
              {"dragan", Kind::dragan}})
        .doc(
            "which slopes are penalized, and where: between data and samples, or, `dragan`, around data; the "
            "item's "
            "`weight` is λ, usually 10");
    o.number("target", &GradientPenalty::target, 1.0)
        .at_least(0)
        .doc("the slope that is not penalized; `zero_centered` does not use it");
  }

  void evaluate(std::string_view, descent::AdversarialModel& model, const descent::Batch& batch,
                descent::Context& context, descent::Terms& out) const override {
    const auto& play = adversarial_play(context, model, batch);
    const auto points = kind == Kind::dragan
                            ? around_data(play.real, stream, context)
                            : between_data_and_samples(play, model.packing(), stream, context);
    const auto not_training_data = context.no_buffer_updates();
    const auto logits = model.discriminate(points, play.y, context).logits;
    const auto squares = squared_slopes(logits, points, model.packing());
    if (kind == Kind::zero_centered) return out.set("penalty", squares);
    const auto excess = sqrt(squares + least) - target;
    out.set("penalty", square(kind == Kind::one_sided ? relu(excess) : excess));
  }

 private:
  static constexpr const char* stream = "gradient_penalty";
  /// Added under the root, which has no gradient at 0.
  static constexpr double least = 1e-12;

  Kind kind;
  double target;
};

}  // namespace

DESCENT_LOSS(GradientPenalty, "gradient_penalty",
             "keeps the discriminator's slope near a target (Gulrajani et al., 2017, and others)");
