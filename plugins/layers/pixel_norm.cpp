#include <descent/plugin/layer.hpp>

namespace {

/// x/√(mean of x² over the channels + ε) at each position of (batch, …, channels). Karras et al., Progressive Growing
/// of GANs, 2018, section 4.2.
class PixelNorm final : public descent::Layer {
 public:
  static void options(descent::OptionSpec<PixelNorm>& o) {
    o.number("epsilon", &PixelNorm::epsilon, 1e-8)
        .positive()
        .doc("ε, added to the mean square")
        .contrast(0.5);
  }

  descent::Shape build(const descent::Shape& input, const descent::Shape&, descent::Scope&) override {
    if (input.rank() == 0)
      throw descent::Error("pixel_norm needs inputs with channels, but one example is a single number");
    return input;
  }
  descent::Variable forward(const descent::Variable& x, const descent::Variable&, descent::Pass&) override {
    const std::int64_t channels = x.shape()[x.shape().rank() - 1], rows = x.value().size() / channels;
    const auto flat = reshape(x, {rows, channels});
    const auto mean_square = sum_features(square(flat)) / static_cast<double>(channels);
    return reshape(flat / reshape(sqrt(mean_square + epsilon), {rows, 1}), x.shape());
  }

 private:
  double epsilon;
};

}  // namespace

DESCENT_LAYER(PixelNorm, "pixel_norm",
              "the channels at each position scaled to a mean square of 1 (Karras et al., 2018)");
