#include <cmath>
#include <descent/plugin/loss.hpp>

namespace {

enum class Variant { minimax, non_saturating, wasserstein };

/// The Dirac-GAN: a generator's point mass at θ, data at 0, the discriminator D(x) = ψx. Of L(θ, ψ) = f(ψθ) +
/// f(0) the generator minimizes L and the discriminator −L, where f(t) = −log(1 + e^−t), or t for
/// `wasserstein`; the non-saturating generator minimizes −f(−ψθ). Mescheder, Geiger and Nowozin, Which
/// Training Methods for GANs do actually Converge?, 2018, definition 2.1 and section 3.
///
/// By gradient steps alone none of the three converges to its equilibrium (0, 0); with R1 or instance noise
/// they do. The point is started as `{generator: [1], discriminator: [1]}`.
class DiracGan final : public descent::LossOn<descent::Point> {
 public:
  static void options(descent::OptionSpec<DiracGan>& o) {
    o.choice("variant", &DiracGan::variant, "minimax",
             {{"minimax", Variant::minimax},
              {"non_saturating", Variant::non_saturating},
              {"wasserstein", Variant::wasserstein}})
        .doc("what the players minimize")
        .contrast("wasserstein");
    o.schedule("r1", &DiracGan::r1, 0.0)
        .at_least(0)
        .doc("γ of the discriminator's penalty γ/2·ψ²: its squared slope at the data")
        .contrast(1.0);
    o.schedule("gradient_penalty", &DiracGan::gradient_penalty, 0.0)
        .at_least(0)
        .doc("γ of WGAN-GP's penalty γ/2·(|ψ| − target)²")
        .contrast(1.0);
    o.number("target", &DiracGan::target, 1.0).at_least(0).doc("the slope that `gradient_penalty` asks for");
    o.schedule("instance_noise", &DiracGan::instance_noise, 0.0)
        .at_least(0)
        .doc(
            "σ: data and samples are blurred by N(0, σ²), and players minimize the expectation: nothing is "
            "drawn")
        .contrast(1.0);
  }
  void check(const descent::Model& model, const descent::Registrar&) const override {
    const auto& vectors = descent::role<descent::Point>(model).vectors();
    if (vectors.size() != 2 || vectors[0]->group != "generator" || vectors[1]->group != "discriminator" ||
        vectors[0]->shape.size() != 1 || vectors[1]->shape.size() != 1)
      throw descent::Error(
          "dirac_gan is a game of two numbers; start them as {generator: [1], discriminator: [1]}");
  }
  std::vector<descent::Player> players(const descent::Model&,
                                       const std::vector<std::string>&) const override {
    return {{"generator", {"generator"}}, {"discriminator", {"discriminator"}}};
  }
  std::vector<descent::TermSpec> declares(std::string_view player, const descent::Model&) const override {
    if (player == "generator") return {{"adversarial"}};
    return {{"real"}, {"fake"}, {"penalty"}};
  }

  void evaluate(std::string_view player, descent::Point& model, const descent::Batch&,
                descent::Context& context, descent::Terms& out) const override {
    const auto theta = reshape(model.vectors()[0]->variable, {}),
               psi = reshape(model.vectors()[1]->variable, {});
    const double sigma = context(instance_noise);
    if (player == "generator")
      return out.set("adversarial", variant == Variant::non_saturating ? -expected_f(-psi, theta, sigma)
                                                                       : expected_f(psi, theta, sigma));
    out.set("fake", -expected_f(psi, theta, sigma));
    out.set("real", -expected_f(-psi, descent::Variable::scalar(0), sigma));
    out.set("penalty",
            context(r1) / 2 * square(psi) + context(gradient_penalty) / 2 * square(abs(psi) - target));
  }

 private:
  descent::Variable f(const descent::Variable& t) const {
    return variant == Variant::wasserstein ? t : -softplus(-t);
  }
  /// E[f(slope·x)] for x ~ N(mean, sigma²), by the trapezoidal rule over ±8σ: its error falls exponentially
  /// with the distance of f's poles, π/(|slope|·sigma) beside the real axis, in spacings. 64 nodes see 2π of
  /// these where |slope|·sigma is 2; it has as many more as that is larger, in powers of two, so that memory
  /// of the same sizes is asked for again.
  descent::Variable expected_f(const descent::Variable& slope, const descent::Variable& mean,
                               double sigma) const {
    if (sigma == 0 || variant == Variant::wasserstein) return f(slope * mean);
    const double steepness = std::abs(static_cast<double>(slope.item())) * sigma;
    std::int64_t nodes = 65;
    while (static_cast<double>(nodes) < 32 * steepness && nodes < most_nodes) nodes = 2 * nodes - 1;
    const double spacing = 16.0 / static_cast<double>(nodes - 1);
    auto offsets = descent::Tensor::empty({nodes}), weights = descent::Tensor::empty({nodes});
    const std::int64_t middle = nodes / 2;
    for (std::int64_t i = 0; i < nodes; ++i) {
      const double z = spacing * static_cast<double>(i - middle);
      offsets.data()[i] = static_cast<descent::Scalar>(sigma * z);
      weights.data()[i] = static_cast<descent::Scalar>(spacing * std::exp(-z * z / 2) / std::sqrt(2 * M_PI));
    }
    return sum(weights * f(slope * (mean + offsets)));
  }

  /// Enough for |slope|·sigma up to 1000; there f is two straight lines for all that numbers can tell.
  static constexpr std::int64_t most_nodes = 1 << 15;

  Variant variant;
  descent::Schedule r1, gradient_penalty, instance_noise;
  double target;
};

}  // namespace

DESCENT_LOSS(DiracGan, "dirac_gan", "the smallest adversarial game (Mescheder, Geiger and Nowozin, 2018)");
