#include <descent/nn/spectral_norm.hpp>
#include <descent/plugin/layer.hpp>

namespace {

/// γ·o + x, where o at each position of an image is a weighted mean of all positions: with f, g and h linear functions
/// of the channels, β[j, i] = softmax over i of f(x[i])ᵀ·g(x[j]), and o[j] = v(Σ β[j, i]·h(x[i])). (batch, height, width,
/// channels) -> the same. Zhang et al., Self-Attention Generative Adversarial Networks, 2019, equations 1 to 3. γ starts
/// at 0.
class SelfAttention2d final : public descent::Layer {
 public:
  static void options(descent::OptionSpec<SelfAttention2d>& o) {
    o.integer("key_channels", &SelfAttention2d::key_channels, 0)
        .at_least(0)
        .doc("channels of f and g; 0: an eighth of the input's")
        .example(8)
        .contrast(2);
    o.integer("value_channels", &SelfAttention2d::value_channels, 0)
        .at_least(0)
        .doc("channels of h; 0: half of the input's")
        .example(32)
        .contrast(2);
    o.flag("spectral_norm", &SelfAttention2d::has_spectral_norm, false)
        .doc("divide each of the four weights by its largest singular value (Miyato et al., 2018)");
  }

  descent::Shape build(const descent::Shape& input, const descent::Shape&, descent::Scope& scope) override {
    if (input.rank() != 3)
      throw descent::Error("self_attention2d needs images, (height, width, channels), but one example is " +
                           input.text());
    const std::int64_t channels = input[2], keys = chosen(key_channels, channels / 8),
                       values = chosen(value_channels, channels / 2);
    key = {scope, "key", channels, keys, has_spectral_norm};
    query = {scope, "query", channels, keys, has_spectral_norm};
    value = {scope, "value", channels, values, has_spectral_norm};
    output = {scope, "output", values, channels, has_spectral_norm};
    gamma = &scope.parameter("gamma", {1}, {}, descent::initialize::constant(0));
    return input;
  }

  descent::Variable forward(const descent::Variable& x, const descent::Variable&,
                            descent::Pass& pass) override {
    const std::int64_t batch = x.shape()[0], positions = x.shape()[1] * x.shape()[2];
    const auto pixels = reshape(x, {batch * positions, x.shape()[3]});
    const auto of_images = [&](const Projection& function) {
      return reshape(function(pixels, pass), {batch, positions, function.outputs()});
    };
    const auto scores = batched_matmul(of_images(query), of_images(key), false, true);  // (batch, j, i)
    const auto weights = exp(log_softmax(reshape(scores, {batch * positions, positions})));
    const auto attended = batched_matmul(reshape(weights, {batch, positions, positions}), of_images(value));
    const auto o = output(reshape(attended, {batch * positions, value.outputs()}), pass);
    return x + gamma->variable * reshape(o, x.shape());
  }

 private:
  /// x·W of each position: a convolution with a kernel of 1×1.
  struct Projection {
    Projection() = default;
    Projection(descent::Scope& scope, const std::string& name, std::int64_t in, std::int64_t out,
               bool normalize)
        : weight(&scope.parameter(name, {in, out}, {in, out})) {
      if (normalize) normalized = {*weight, name + "_u", scope};
    }
    descent::Variable operator()(const descent::Variable& x, descent::Pass& pass) const {
      return matmul(x, normalized(*weight, pass));
    }
    std::int64_t outputs() const { return weight->shape[1]; }

    descent::Parameter* weight = nullptr;
    descent::SpectralNorm normalized;
  };

  static std::int64_t chosen(std::int64_t given, std::int64_t usual) {
    return given > 0 ? given : std::max<std::int64_t>(1, usual);
  }

  std::int64_t key_channels, value_channels;
  bool has_spectral_norm;
  Projection key, query, value, output;
  descent::Parameter* gamma = nullptr;
};

}  // namespace

DESCENT_LAYER(SelfAttention2d, "self_attention2d",
              "each position of an image attends to all others (Zhang et al., 2019)");
