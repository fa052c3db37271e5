#include <descent/plugin/condition.hpp>
#include <descent/plugin/model.hpp>
#include <descent/plugin/prior.hpp>

namespace {

enum class Posterior { normal, deterministic };

/// A variational autoencoder whose posterior is a diagonal normal distribution. Kingma and Welling,
/// Auto-Encoding Variational Bayes, 2014. With `condition` both halves also see a label: Sohn et al.,
/// Learning Structured Output Representation using Deep Conditional Generative Models, 2015. With a deterministic
/// posterior, an autoencoder.
class Vae final : public descent::Model, public descent::LatentVariableModel {
 public:
  static void options(descent::OptionSpec<Vae>& o) {
    const auto hidden = descent::NetworkSpec::hidden({400}, "relu");
    o.integer("latent", &Vae::latent, 20).at_least(1).doc("dimensions of the latent space").contrast(2);
    o.network("encoder", &Vae::encoder_spec, hidden)
        .doc("from the data to the mean and the log variance of q(z | x)");
    o.network("decoder", &Vae::decoder_spec, hidden)
        .doc("from the latent space to the parameters of p(x | z)");
    o.likelihood("likelihood", &Vae::likelihood, "bernoulli").doc("p(x | z)");
    o.choice("posterior", &Vae::posterior, "normal",
             {{"normal", Posterior::normal}, {"deterministic", Posterior::deterministic}})
        .doc("q(z | x): a normal distribution, or the encoder's result itself");
    o.prior("prior", &Vae::latent_prior, "standard")
        .doc(
            "p(z). Those that are mixtures have no divergence in closed form: 'elbo: {kl: sampled}', or "
            "'iwae'");
    o.network("prior_network", &Vae::prior_spec, descent::NetworkSpec::hidden({}, "relu"))
        .doc("of a conditional prior: from the condition to the mean and the log variance of p(z | y)");
    o.text("field", &Vae::field, "image").doc("the data set's field that is modeled");
    o.text("condition", &Vae::condition_field, "")
        .doc("a field that both halves see, such as class labels")
        .contrast("label");
  }

  void build(const descent::Fields& data, descent::Registrar& registrar) override {
    names = {field};
    if (!condition_field.empty()) condition_names = {condition_field};
    const descent::Field& modeled = find_field(data, field);
    condition = {data, condition_names};
    seen = seen_by(encoder_spec, modeled.shape);
    const std::int64_t codes = posterior == Posterior::normal ? 2 * latent : latent;
    encoder = descent::Network(encoder_spec, condition.joined(seen), {codes}, "encoder", registrar,
                               condition.shape());
    likelihood.build(modeled, "decoder", registrar);
    decoder = descent::Network(decoder_spec, condition.joined({latent}), likelihood.parameters(), "decoder",
                               registrar, condition.shape());
    latent_prior.build(latent, modeled, condition, prior_spec, registrar);
  }

  void initialize(const descent::Batch& first, descent::Pass& pass) override {
    latent_prior.initialize(first[field], pass);
  }

  descent::DistributionPtr prior(std::int64_t rows, const descent::Values& y, descent::Pass& pass) override {
    return latent_prior(rows, condition(y), pass,
                        [this](const descent::Variable& pseudo_inputs, descent::Pass& own) {
                          return encode(pseudo_inputs, {}, own);
                        });
  }

  descent::DistributionPtr encode(const descent::Values& x, const descent::Values& y,
                                  descent::Pass& pass) override {
    const auto label = condition(y);
    const auto input = with_condition(reshape(x[0], seen.batch(x[0].shape()[0])), label);
    const auto h = encoder.forward(input, label, pass);  // (batch, 2·latent), or (batch, latent)
    if (posterior == Posterior::deterministic) return descent::make_distribution<descent::PointMass>(h);
    return descent::make_distribution<descent::Normal>(slice_last(h, 0, latent),
                                                       slice_last(h, latent, 2 * latent));
  }

  descent::DistributionPtr decode(const descent::Variable& z, const descent::Values& y,
                                  descent::Pass& pass) override {
    const auto label = condition(y);
    return likelihood(decoder.forward(with_condition(z, label), label, pass));
  }

  bool can_draw() const override { return latent_prior.exists() || has_sampler(); }
  descent::Shape latent_shape() const override { return {latent}; }
  const std::vector<std::string>& fields() const override { return names; }
  const std::vector<std::string>& condition_fields() const override { return condition_names; }

 private:
  std::int64_t latent;
  descent::NetworkSpec encoder_spec, decoder_spec, prior_spec;
  descent::Likelihood likelihood;
  Posterior posterior;
  descent::Prior latent_prior;
  std::string field, condition_field;
  std::vector<std::string> names, condition_names;
  descent::Condition condition;
  descent::Network encoder, decoder;
  descent::Shape seen;  // by the encoder, of one example
};

}  // namespace

DESCENT_MODEL(Vae, "vae", "variational autoencoder (Kingma and Welling, 2014)");
