#include <descent/nn/spectral_norm.hpp>
#include <descent/plugin/layer.hpp>

namespace {

/// x·W + b: x (batch, inputs), weight (inputs, outputs), bias (outputs). Inputs of more than one dimension are
/// flattened. An activation that follows becomes one op with it.
class Linear final : public descent::Layer {
 public:
  static void options(descent::OptionSpec<Linear>& o) {
    o.size("outputs", &Linear::outputs).main().doc("number of outputs").example(128);
    o.flag("bias", &Linear::has_bias, true).doc("add b");
    o.flag("spectral_norm", &Linear::has_spectral_norm, false)
        .doc("divide W by its largest singular value (Miyato et al., 2018)");
  }

  descent::Shape build(const descent::Shape& input, const descent::Shape&, descent::Scope& scope) override {
    const std::int64_t in = input.size(), out = scope.outputs(outputs);
    weight = &scope.parameter("weight", {in, out}, {in, out});
    if (has_spectral_norm) normalized = {*weight, "weight_u", scope};
    if (has_bias) bias = &scope.parameter("bias", {out}, {in, out});
    return {out};
  }

  descent::Variable forward(const descent::Variable& x, const descent::Variable&,
                            descent::Pass& pass) override {
    const auto flat = x.shape().rank() == 2 ? x : reshape(x, {x.value().rows(), x.value().columns()});
    return dense(flat, normalized(*weight, pass), bias == nullptr ? descent::Variable() : bias->variable,
                 after.kind, after.slope);
  }

  bool flattens() const override { return true; }
  bool absorb(const descent::ElementwiseActivation& activation) override {
    after = activation;
    return true;
  }

 private:
  descent::Size outputs;
  bool has_bias, has_spectral_norm;
  descent::SpectralNorm normalized;
  descent::Parameter *weight = nullptr, *bias = nullptr;
  descent::ElementwiseActivation after;
};

}  // namespace

DESCENT_LAYER(Linear, "linear", "x·W + b");
