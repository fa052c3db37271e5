#include <cmath>
#include <descent/plugin/loss.hpp>

namespace {

/// ½·Σ hᵢθᵢ² whose gradient carries normal noise of variance cᵢ/B in dimension i, for batches of B: the noisy
/// quadratic model of Zhang et al., Which Algorithmic Choices Matter at Which Batch Sizes?, 2019, section 3,
/// by default with its hᵢ = cᵢ = 1/i. Steps of α lead from E[θᵢ²] = A towards αcᵢ/(Bhᵢ(2 − αhᵢ)), A's part
/// shrinking by (1 − αhᵢ)² a step. Schaul, Zhang and LeCun, No More Pesky Learning Rates, 2013, have cᵢ =
/// hᵢ²σᵢ². In evaluation mode there is no noise: the value is the expected loss.
class NoisyQuadratic final : public descent::LossOn<descent::Point> {
 public:
  static void options(descent::OptionSpec<NoisyQuadratic>& o) {
    o.numbers("curvature", &NoisyQuadratic::curvature, {})
        .at_least(0)
        .doc("h: one number for each dimension, or one for all; none: 1/i")
        .contrast(descent::Value::list({descent::Value::of(2.0)}));
    o.numbers("noise", &NoisyQuadratic::noise, {})
        .at_least(0)
        .doc("c: variance of one example's gradient, likewise; none: the curvature")
        .contrast(descent::Value::list({descent::Value::of(0.5)}));
    o.integer("batch_size", &NoisyQuadratic::batch_size, 1)
        .at_least(1)
        .doc("B: how many examples a step averages over")
        .contrast(descent::Value::of(16));
  }
  void check(const descent::Model& model, const descent::Registrar&) const override {
    const auto size = static_cast<std::size_t>(
        only_vector(descent::role<descent::Point>(model), "noisy_quadratic").shape.size());
    for (const auto* numbers : {&curvature, &noise})
      if (numbers->size() > 1 && numbers->size() != size)
        throw descent::Error(
            "noisy_quadratic's 'curvature' and 'noise' have one number, or one for each dimension of the "
            "point, or none");
  }
  std::vector<descent::Player> players(const descent::Model&,
                                       const std::vector<std::string>&) const override {
    return {{.name = "point", .rest = true}};
  }
  std::vector<descent::TermSpec> declares(std::string_view, const descent::Model&) const override {
    return {{"noisy_quadratic"}, {"noise"}};
  }

  void evaluate(std::string_view, descent::Point& model, const descent::Batch&, descent::Context& context,
                descent::Terms& out) const override {
    const auto& x = model.vectors()[0]->variable;  // (n)
    auto h = x.value().clone(), stddev = x.value().clone();
    for (std::int64_t i = 0; i < h.size(); ++i) {
      h.data()[i] = static_cast<descent::Scalar>(curvature_of(i));
      stddev.data()[i] =
          static_cast<descent::Scalar>(std::sqrt(noise_of(i) / static_cast<double>(batch_size)));
    }
    out.set("noisy_quadratic", sum(h * square(x)) * 0.5);
    const bool silent = !context.training();
    out.set("noise", silent ? descent::Variable::scalar(0)
                            : sum(stddev * context.normal("gradient_noise", x.shape()) * x));
  }

 private:
  static double of(const std::vector<double>& numbers, std::int64_t i) {
    return numbers[numbers.size() == 1 ? 0 : static_cast<std::size_t>(i)];
  }
  double curvature_of(std::int64_t i) const {
    return curvature.empty() ? 1 / static_cast<double>(i + 1) : of(curvature, i);
  }
  double noise_of(std::int64_t i) const { return noise.empty() ? curvature_of(i) : of(noise, i); }
  std::vector<double> curvature, noise;
  std::int64_t batch_size;
};

}  // namespace

DESCENT_LOSS(NoisyQuadratic, "noisy_quadratic", "a quadratic with noisy gradients (Zhang et al., 2019)");
