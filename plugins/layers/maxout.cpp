#include <descent/nn/spectral_norm.hpp>
#include <descent/plugin/layer.hpp>

namespace {

/// The largest of `pieces` affine functions: x (batch, inputs) -> (batch, units), weight (inputs, units·pieces) with
/// the pieces of a unit side by side, bias (units·pieces). Inputs of more than one dimension are flattened. Goodfellow
/// et al., Maxout Networks, 2013, section 3.
class Maxout final : public descent::Layer {
 public:
  static void options(descent::OptionSpec<Maxout>& o) {
    o.size("units", &Maxout::units).main().doc("number of outputs").example(128);
    o.integer("pieces", &Maxout::pieces, 5).at_least(2).doc("affine functions of each unit");
    o.flag("bias", &Maxout::has_bias, true).doc("add a bias to each");
    o.flag("spectral_norm", &Maxout::has_spectral_norm, false)
        .doc("divide the weight by its largest singular value (Miyato et al., 2018)");
  }

  descent::Shape build(const descent::Shape& input, const descent::Shape&, descent::Scope& scope) override {
    const std::int64_t in = input.size(), out = scope.outputs(units);
    weight = &scope.parameter("weight", {in, out * pieces}, {in, out});
    if (has_spectral_norm) normalized = {*weight, "weight_u", scope};
    if (has_bias) bias = &scope.parameter("bias", {out * pieces}, {in, out});
    return {out};
  }

  descent::Variable forward(const descent::Variable& x, const descent::Variable&,
                            descent::Pass& pass) override {
    const std::int64_t rows = x.value().rows();
    const auto all = dense(reshape(x, {rows, x.value().columns()}), normalized(*weight, pass),
                           bias == nullptr ? descent::Variable() : bias->variable);
    return max_last(reshape(all, {rows, weight->shape[1] / pieces, pieces}));
  }

  bool flattens() const override { return true; }

 private:
  descent::Size units;
  std::int64_t pieces;
  bool has_bias, has_spectral_norm;
  descent::SpectralNorm normalized;
  descent::Parameter *weight = nullptr, *bias = nullptr;
};

}  // namespace

DESCENT_LAYER(Maxout, "maxout", "the largest of several affine functions (Goodfellow et al., 2013)");
