#include <descent/nn/spectral_norm.hpp>

#include "window_layer.hpp"

namespace {

/// y[i, j, o] = b_o + Σ x[i·stride + p·dilation − padding, j·stride + q·dilation − padding, c]·W[p, q, c, o]:
/// x (batch, height, width, inputs), weight (kernel height, kernel width, inputs, outputs), bias (outputs). LeCun et
/// al., Gradient-Based Learning Applied to Document Recognition, 1998. An activation that follows becomes one op with
/// it.
class Conv2d final : public WindowLayer {
 public:
  static void options(descent::OptionSpec<Conv2d>& o) {
    o.size("channels", &Conv2d::channels).main().doc("number of output channels").example(64);
    window_options(o, 3, 1);
    dilation_option(o);
    o.flag("bias", &Conv2d::has_bias, true).doc("add b");
    o.flag("spectral_norm", &Conv2d::has_spectral_norm, false)
        .doc(
            "divide W, as a matrix (kernel height·kernel width·inputs, outputs), by its largest singular "
            "value (Miyato et "
            "al., 2018)");
  }

  descent::Shape build(const descent::Shape& input, const descent::Shape&, descent::Scope& scope) override {
    require_image("conv2d", input);
    windows = on(input);
    const std::int64_t in = input[2], out = scope.channels(channels), taps = kernel[0] * kernel[1];
    const descent::Fan fan{taps * in, taps * out};
    weight = &scope.parameter("weight", {kernel[0], kernel[1], in, out}, fan);
    if (has_spectral_norm) normalized = {*weight, "weight_u", scope};
    if (has_bias) bias = &scope.parameter("bias", {out}, fan);
    const auto [height, width] = windows.places({input[0], input[1]});
    return {height, width, out};
  }

  descent::Variable forward(const descent::Variable& x, const descent::Variable&,
                            descent::Pass& pass) override {
    return conv2d(x, normalized(*weight, pass), bias == nullptr ? descent::Variable() : bias->variable,
                  windows, after.kind, after.slope);
  }

  bool absorb(const descent::ElementwiseActivation& activation) override {
    after = activation;
    return true;
  }

 private:
  descent::Size channels;
  bool has_bias, has_spectral_norm;
  descent::SpectralNorm normalized;
  descent::Windows2d windows;
  descent::Parameter *weight = nullptr, *bias = nullptr;
  descent::ElementwiseActivation after;
};

}  // namespace

DESCENT_LAYER(Conv2d, "conv2d", "a convolution of images (LeCun et al., 1998)");
