#include <descent/nn/hierarchy.hpp>
#include <descent/plugin/model.hpp>

namespace {

using descent::DistributionPtr, descent::Hierarchy, descent::Network, descent::Pass, descent::Variable;

/// A variational autoencoder with two stochastic layers: q(z₁ | x)·q(z₂ | z₁) and p(z₂)·p(z₁ | z₂)·p(x | z₁), all of z normal.
/// Burda, Grosse and Salakhutdinov, Importance Weighted Autoencoders, 2016, equations 2 and 3. z is (z₁, z₂) side by
/// side; no divergence has a closed form: `elbo: {kl: sampled}`, or `iwae`.
class HierarchicalVae final : public descent::Model, public descent::LatentVariableModel {
 public:
  static void options(descent::OptionSpec<HierarchicalVae>& o) {
    const auto hidden = descent::NetworkSpec::hidden({200, 200}, "tanh");
    const auto narrow = descent::NetworkSpec::hidden({100, 100}, "tanh");
    o.integer("latent", &HierarchicalVae::lower, 100).at_least(1).doc("dimensions of z₁").contrast(2);
    o.integer("upper_latent", &HierarchicalVae::upper, 50).at_least(1).doc("dimensions of z₂").contrast(3);
    o.network("encoder", &HierarchicalVae::encoder_spec, hidden)
        .doc("from the data to the mean and the log variance of q(z₁ | x)");
    o.network("upper_encoder", &HierarchicalVae::upper_encoder_spec, narrow)
        .doc("from z₁ to those of q(z₂ | z₁)");
    o.network("upper_decoder", &HierarchicalVae::upper_decoder_spec, narrow)
        .doc("from z₂ to those of p(z₁ | z₂)");
    o.network("decoder", &HierarchicalVae::decoder_spec, hidden)
        .doc("from z₁ to the parameters of p(x | z₁)");
    o.likelihood("likelihood", &HierarchicalVae::likelihood, "bernoulli").doc("p(x | z₁)");
    o.text("field", &HierarchicalVae::field, "image").doc("the data set's field that is modeled");
  }

  void build(const descent::Fields& data, descent::Registrar& registrar) override {
    names = {field};
    const descent::Field& modeled = find_field(data, field);
    seen = seen_by(encoder_spec, modeled.shape);
    encoder = {encoder_spec, seen, {2 * lower}, "encoder", registrar};
    upper_encoder = {upper_encoder_spec, {lower}, {2 * upper}, "upper_encoder", registrar};
    likelihood.build(modeled, "decoder", registrar);
    decoder = {decoder_spec, {lower}, likelihood.parameters(), "decoder", registrar};
    upper_decoder = {upper_decoder_spec, {upper}, {2 * lower}, "upper_decoder", registrar};
    of_upper_encoder = registrar.parameters_of("upper_encoder");
    of_upper_decoder = registrar.parameters_of("upper_decoder");
  }

  DistributionPtr prior(std::int64_t rows, const descent::Values&, Pass&) override {
    return descent::make_distribution<Hierarchy>(
        Hierarchy::First::back, lower, descent::Normal::standard({rows, upper}),
        [this](const Variable& z2, Pass& pass) { return normal(upper_decoder.forward(z2, pass)); },
        std::span<descent::Parameter* const>(of_upper_decoder));
  }

  DistributionPtr encode(const descent::Values& x, const descent::Values&, Pass& pass) override {
    return descent::make_distribution<Hierarchy>(
        Hierarchy::First::front, lower,
        normal(encoder.forward(reshape(x[0], seen.batch(x[0].shape()[0])), pass)),
        [this](const Variable& z1, Pass& own) { return normal(upper_encoder.forward(z1, own)); },
        std::span<descent::Parameter* const>(of_upper_encoder));
  }

  DistributionPtr decode(const Variable& z, const descent::Values&, Pass& pass) override {
    return likelihood(decoder.forward(slice_last(z, 0, lower), pass));
  }

  descent::Shape latent_shape() const override { return {lower + upper}; }
  const std::vector<std::string>& fields() const override { return names; }

 private:
  // h (rows, 2·n): means and log variances.
  static DistributionPtr normal(const Variable& h) {
    const std::int64_t n = h.shape()[1] / 2;
    return descent::make_distribution<descent::Normal>(slice_last(h, 0, n), slice_last(h, n, 2 * n));
  }

  std::int64_t lower, upper;
  descent::NetworkSpec encoder_spec, upper_encoder_spec, upper_decoder_spec, decoder_spec;
  descent::Likelihood likelihood;
  std::string field;
  std::vector<std::string> names;
  Network encoder, upper_encoder, upper_decoder, decoder;
  std::vector<descent::Parameter*> of_upper_encoder, of_upper_decoder;
  descent::Shape seen;  // by the encoder, of one example
};

}  // namespace

DESCENT_MODEL(HierarchicalVae, "hierarchical_vae",
              "autoencoder with two stochastic layers (Burda et al., 2016)");
