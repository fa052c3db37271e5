#include <descent/plugin/model.hpp>

namespace {

using namespace descent;

/// A variational autoencoder whose decoder is a GAN's generator: Larsen et al., Autoencoding beyond Pixels using a
/// Learned Similarity Metric, 2016. It plays two roles that are both generative.
class VaeGan final : public Model, public LatentVariableModel, public AdversarialModel {
 public:
  static void options(OptionSpec<VaeGan>& o) {
    o.text("field", &VaeGan::field, "point").doc("the modeled field");
    o.network("network", &VaeGan::hidden, NetworkSpec::hidden({8}, "tanh")).doc("of each of the three");
  }
  void build(const Fields& data, Registrar& registrar) override {
    names = {field};
    shape = find_field(data, field).shape;
    encoder = {hidden, {shape.size()}, {4}, "encoder", registrar};
    generator = {hidden, {2}, shape, "generator", registrar};
    discriminator = {hidden, {shape.size()}, {1}, "discriminator", registrar};
  }
  DistributionPtr encode(const Values& x, const Values&, Pass& pass) override {
    const Variable h = encoder.forward(flat(x), pass);
    return make_distribution<Normal>(slice_last(h, 0, 2), slice_last(h, 2, 4));
  }
  DistributionPtr decode(const Variable& z, const Values&, Pass& pass) override {
    return make_distribution<Normal>(reshape(generator.forward(z, pass), shape.batch(z.shape()[0])), 0.5);
  }
  DiscriminatorOutput discriminate(const Values& x, const Values&, Pass& pass) override {
    const auto [logits, features] = discriminator.forward_with_features(flat(x), {}, pass);
    return {reshape(logits, {logits.shape()[0]}), features};
  }
  Shape latent_shape() const override { return {2}; }
  const std::vector<std::string>& fields() const override { return names; }

 private:
  Variable flat(const Values& x) const { return reshape(x[0], {x[0].shape()[0], shape.size()}); }

  std::string field;
  std::vector<std::string> names;
  NetworkSpec hidden;
  Network encoder, generator, discriminator;
  Shape shape;
};

}  // namespace

DESCENT_MODEL(VaeGan, "test_vae_gan", "a VAE and a GAN at once, for tests")
