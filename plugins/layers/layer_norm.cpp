#include <descent/plugin/layer.hpp>

namespace {

enum class Over { example, channels };

/// scale·(x − mean)/√(variance + ε) + shift with the biased variance: (batch, …, channels) -> the same, scale
/// and shift (channels). Mean and variance are those of each example, or of the channels at each position. Ba
/// et al., Layer Normalization, 2016, equation 3.
class LayerNorm final : public descent::Layer {
 public:
  static void options(descent::OptionSpec<LayerNorm>& o) {
    o.choice("over", &LayerNorm::over, "example", {{"example", Over::example}, {"channels", Over::channels}})
        .doc("what is normalized together: all numbers of an example, or the channels at each position");
    o.number("epsilon", &LayerNorm::epsilon, 1e-5).positive().doc("ε, added to the variance").contrast(0.5);
    o.flag("affine", &LayerNorm::affine, true).doc("learn scale and shift; without, 1 and 0");
  }

  descent::Shape build(const descent::Shape& input, const descent::Shape&, descent::Scope& scope) override {
    const std::int64_t channels = input.rank() == 0 ? 1 : input[input.rank() - 1];
    count = over == Over::example ? input.size() : channels;
    if (count < 2)
      throw descent::Error(
          "layer_norm needs two numbers or more to normalize together, but of an example of "
          "shape " +
          input.text() + " that is one");
    if (affine) {
      scale = &scope.parameter("scale", {channels}, {}, descent::initialize::constant(1));
      shift = &scope.parameter("shift", {channels}, {}, descent::initialize::constant(0));
    }
    return input;
  }

  descent::Variable forward(const descent::Variable& x, const descent::Variable&, descent::Pass&) override {
    const std::int64_t rows = x.value().size() / count;
    const auto mean_of = [&](const descent::Variable& values) {  // (rows, count) -> (rows, 1)
      return reshape(sum_features(values) / static_cast<double>(count), {rows, 1});
    };
    const auto flat = reshape(x, {rows, count});
    const auto centered = flat - mean_of(flat);
    const auto normalized = reshape(centered / sqrt(mean_of(square(centered)) + epsilon), x.shape());
    return affine ? normalized * scale->variable + shift->variable : normalized;
  }

 private:
  Over over;
  double epsilon;
  bool affine;
  std::int64_t count = 0;
  descent::Parameter *scale = nullptr, *shift = nullptr;
};

}  // namespace

DESCENT_LAYER(LayerNorm, "layer_norm",
              "each example normalized by its own mean and variance (Ba et al., 2016)");
