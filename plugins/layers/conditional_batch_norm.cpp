#include "batch_norm_layer.hpp"

namespace {

/// Batch normalization whose scale and shift depend on the condition y: (γ + y·Γ)·x̂ + β + y·B, where x̂ (batch, …,
/// channels) is normalized as by batch_norm. With class labels each class has a scale and a shift of its own: Dumoulin,
/// Shlens and Kudlur, A Learned Representation for Artistic Style, 2017, equation 5. As changes of shared ones: de Vries
/// et al., Modulating early visual processing by language, 2017, equations 4 to 6. Γ and B start at 0.
class ConditionalBatchNorm final : public BatchNormLayer {
 public:
  descent::Shape build(const descent::Shape& input, const descent::Shape& condition,
                       descent::Scope& scope) override {
    if (condition.rank() == 0)
      throw descent::Error(
          "conditional_batch_norm depends on a condition, but this network sees none: give the model one, "
          "such as "
          "condition: label (a discriminator sees it with 'conditioning: concatenate' alone), or use "
          "batch_norm");
    const std::int64_t channels = build_normalization("conditional_batch_norm", input, scope)[0];
    const descent::Shape by_condition = {condition.size(), channels};
    scales = &scope.parameter("condition_scale", by_condition, {}, descent::initialize::constant(0));
    shifts = &scope.parameter("condition_shift", by_condition, {}, descent::initialize::constant(0));
    ones = descent::Tensor::full({channels}, 1);
    zeros = descent::Tensor::zeros({channels});
    return input;
  }

  descent::Variable forward(const descent::Variable& x, const descent::Variable& y,
                            descent::Pass& pass) override {
    const auto of_each = [&](const descent::Parameter& shared, const descent::Parameter& changes) {
      const auto rows = shared.variable + matmul(y, changes.variable);  // (batch, channels)
      return reshape(repeat_rows(rows, x.value().size() / rows.value().size()), x.shape());
    };
    return normalize(x, ones, zeros, pass) * of_each(*scale, *scales) + of_each(*shift, *shifts);
  }

 private:
  descent::Parameter *scales = nullptr, *shifts = nullptr;
  descent::Tensor ones, zeros;
};

}  // namespace

DESCENT_LAYER(ConditionalBatchNorm, "conditional_batch_norm",
              "batch normalization with a scale and shift of each condition (Dumoulin et al., 2017)");
