#include <descent/nn/spectral_norm.hpp>

#include "window_layer.hpp"

namespace {

/// y[i·stride + p·dilation − padding, j·stride + q·dilation − padding, o] += x[i, j, c]·W[p, q, c, o], plus b_o: spreads each
/// pixel over a window of a larger image. x (batch, height, width, inputs), weight (kernel height, kernel width,
/// inputs, outputs), bias (outputs). Of n pixels it makes (n − 1)·stride + dilation·(kernel − 1) + 1 − 2·padding +
/// output_padding, with `padding: same` n·stride. Zeiler et al., Deconvolutional Networks, 2010; Radford et al., DCGAN,
/// 2016. An activation that follows becomes one op with it.
class ConvTranspose2d final : public WindowLayer {
 public:
  static void options(descent::OptionSpec<ConvTranspose2d>& o) {
    o.size("channels", &ConvTranspose2d::channels).main().doc("number of output channels").example(64);
    window_options(o, 3, 1);
    dilation_option(o);
    o.extents("output_padding", &ConvTranspose2d::output_padding, 0)
        .at_least(0)
        .doc("rows and columns more, below and on the right; less than the stride");
    o.flag("bias", &ConvTranspose2d::has_bias, true).doc("add b");
    o.flag("spectral_norm", &ConvTranspose2d::has_spectral_norm, false)
        .doc(
            "divide W, as a matrix (kernel height·kernel width·inputs, outputs), by its largest singular "
            "value (Miyato et "
            "al., 2018)");
  }

  descent::Shape build(const descent::Shape& input, const descent::Shape&, descent::Scope& scope) override {
    require_image("conv_transpose2d", input);
    for (const std::size_t axis : {0u, 1u})
      if (output_padding[axis] >= stride[axis] || (padding.is_same() && output_padding[axis] > 0))
        throw descent::Error(padding.is_same()
                                 ? "with 'padding: same' there is no 'output_padding': the result is "
                                   "as large as the input times the stride"
                                 : "'output_padding' must be less than 'stride'");
    made = padding.made_of(window(), {input[0], input[1]}, output_padding);
    // Fans as of the convolution that this one transposes, seen from here.
    const std::int64_t in = input[2], out = scope.channels(channels), taps = kernel[0] * kernel[1];
    const descent::Fan fan{taps * in, taps * out};
    weight = &scope.parameter("weight", {kernel[0], kernel[1], in, out}, fan);
    if (has_spectral_norm) normalized = {*weight, "weight_u", scope};
    if (has_bias) bias = &scope.parameter("bias", {out}, fan);
    return {made.size[0], made.size[1], out};
  }

  descent::Variable forward(const descent::Variable& x, const descent::Variable&,
                            descent::Pass& pass) override {
    return conv_transpose2d(x, normalized(*weight, pass),
                            bias == nullptr ? descent::Variable() : bias->variable, made.windows, made.size,
                            after.kind, after.slope);
  }

  bool absorb(const descent::ElementwiseActivation& activation) override {
    after = activation;
    return true;
  }

 private:
  descent::Size channels;
  descent::Extents2d output_padding{};
  bool has_bias, has_spectral_norm;
  descent::SpectralNorm normalized;
  descent::Padding::Transposed made;
  descent::Parameter *weight = nullptr, *bias = nullptr;
  descent::ElementwiseActivation after;
};

}  // namespace

DESCENT_LAYER(ConvTranspose2d, "conv_transpose2d",
              "a transposed convolution: spreads pixels over larger images (Zeiler et al., 2010)");
