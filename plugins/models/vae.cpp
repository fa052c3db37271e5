#include <descent/plugin/model.hpp>

namespace {

/// A variational autoencoder whose posterior is a diagonal normal distribution. Kingma and Welling,
/// Auto-Encoding Variational Bayes, 2014. With `condition` both halves also see a label: Sohn et al.,
/// Learning Structured Output Representation using Deep Conditional Generative Models, 2015.
class Vae final : public descent::Model, public descent::LatentVariableModel {
 public:
  static void options(descent::OptionSpec<Vae>& o) {
    const auto hidden = descent::NetworkSpec::hidden({400}, "relu");
    o.integer("latent", &Vae::latent, 20).at_least(1).doc("dimensions of the latent space").contrast(2);
    o.network("encoder", &Vae::encoder_spec, hidden)
        .doc("from the data to the mean and the log variance of q(z | x)");
    o.network("decoder", &Vae::decoder_spec, hidden)
        .doc("from the latent space to the parameters of p(x | z)");
    o.text("field", &Vae::field, "image").doc("the data set's field that is modeled");
    o.text("condition", &Vae::condition, "")
        .doc("the field of class labels that both halves see")
        .contrast("label");
  }

  void build(const descent::Fields& fields, descent::Registrar& registrar) override {
    const descent::Field& data = find_field(fields, field);
    classes = condition.empty() ? 0 : find_field(fields, condition).classes;
    if (!condition.empty() && classes == 0)
      throw descent::Error("the condition '" + condition + "' must be a field of class labels");
    size = data.shape.size();
    encoder = {encoder_spec, {size + classes}, {2 * latent}, "encoder", registrar};
    decoder = {decoder_spec, {latent + classes}, data.shape, "decoder", registrar};
    shape = data.shape;
  }

  descent::DiagonalNormal encode(const descent::Variable& x, const descent::Variable& y,
                                 descent::Pass& pass) override {
    const auto h =
        encoder.forward(with_label(reshape(x, {x.shape()[0], size}), y), pass);  // (batch, 2·latent)
    return {slice_features(h, 0, latent), slice_features(h, latent, 2 * latent)};
  }

  descent::Variable decode(const descent::Variable& z, const descent::Variable& y,
                           descent::Pass& pass) override {
    return reshape(decoder.forward(with_label(z, y), pass), shape.batch(z.shape()[0]));
  }

  descent::Shape latent_shape() const override { return {latent}; }
  std::string modeled_field() const override { return field; }
  std::string condition_field() const override { return condition; }

 private:
  descent::Variable with_label(const descent::Variable& x, const descent::Variable& y) const {
    return classes == 0 ? x : concatenate_features(x, descent::one_hot(y.value(), classes));
  }

  std::int64_t latent, classes = 0, size = 0;
  descent::NetworkSpec encoder_spec, decoder_spec;
  std::string field, condition;
  descent::Network encoder, decoder;
  descent::Shape shape;
};

}  // namespace

DESCENT_MODEL(Vae, "vae", "variational autoencoder (Kingma and Welling, 2014)");
