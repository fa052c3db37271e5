#include <descent/plugin/condition.hpp>

#include "paired_model.hpp"

namespace {

using namespace descent;

/// An autoencoder of an image and a vector at once, given a label; the prior of z is a network of the label.
class OwnModel final : public Model, public own::PairedModel {
 public:
  static void options(OptionSpec<OwnModel>& o) {
    o.integer("latent", &OwnModel::latent, 3).at_least(1).doc("dimensions of z").contrast(2);
    o.network("network", &OwnModel::spec,
              Value::map({{"hidden", Value::list({Value::of(12)}), {}},
                          {"activation", Value::of("tanh"), {}},
                          {"batch_norm", Value::of(true), {}}}))
        .doc("of each of the four parts");
    o.likelihood("likelihood", &OwnModel::image_likelihood, "bernoulli").doc("of the image");
  }

  void build(const Fields& data, Registrar& registrar) override {
    const Field &image = find_field(data, "image"), &target = find_field(data, "target");
    size = image.shape.size();
    shape = target.shape;
    condition = {data, labels};
    const std::int64_t seen = size + shape.size() + condition.size(), inner = latent + condition.size();
    prior_network = Network(spec, {condition.size()}, {2 * latent}, "prior", registrar);
    encoder = Network(spec, {seen}, {2 * latent}, "encoder", registrar);
    image_likelihood.build(image, "image_decoder", registrar);
    target_likelihood = Likelihood::parse(Value::map({{"gaussian", Value::of("shared"), {}}}), none);
    target_likelihood.build(target, "target_decoder", registrar);
    image_decoder = Network(spec, {inner}, image_likelihood.parameters(), "image_decoder", registrar);
    target_decoder = Network(spec, {inner}, target_likelihood.parameters(), "target_decoder", registrar);
  }

  DistributionPtr prior(std::int64_t, const Values& y, Pass& pass) override {
    return normal(prior_network.forward(condition(y), pass));
  }
  DistributionPtr infer(const Values& x, const Values& y, Pass& pass) override {
    const std::int64_t rows = x[0].shape()[0];
    const Variable both = concatenate_last(reshape(x[0], {rows, size}), reshape(x[1], {rows, shape.size()}));
    return normal(encoder.forward(with_condition(both, condition(y)), pass));
  }
  DistributionPtr pair(const Variable& z, const Values& y, Pass& pass) override {
    const Variable given = with_condition(z, condition(y));
    return make_distribution<Joint>(
        std::initializer_list<DistributionPtr>{image_likelihood(image_decoder.forward(given, pass)),
                                               target_likelihood(target_decoder.forward(given, pass))});
  }

  const std::vector<std::string>& fields() const override { return made; }
  const std::vector<std::string>& condition_fields() const override { return labels; }
  Variable draw_latent(std::int64_t count, const Values& y, Pass& pass) override {
    return prior(count, y, pass)->sample(pass, "latent");
  }
  Values from_latent(const Variable& z, const Values& y, Show show, Pass& pass) override {
    const DistributionPtr decoded = pair(z, y, pass);
    Values shown;
    for (std::size_t i = 0; i < decoded->parts(); ++i)
      shown.append(show == Show::mean ? decoded->part(i).mean(pass) : decoded->part(i).sample(pass, "data"));
    return shown;
  }

  // What the role adds to the outputs of Generative.
  void outputs(const Batch& batch, Pass& pass, NamedOutputs& outputs) override {
    Model::outputs(batch, pass, outputs);
    const Values x = batch.values(made), y = batch.values(labels);
    const Draw z = infer(x, y, pass)->draw(pass, "latent");
    outputs.add("infer", z.value, {batch.size(), latent});
    outputs.add("prior", prior(batch.size(), y, pass)->log_prob(z.value, pass), {batch.size()});
    outputs.add("pair", log_prob(*pair(z.value, y, pass), x, pass), {batch.size()});
  }

 private:
  DistributionPtr normal(const Variable& h) const {
    return make_distribution<Normal>(slice_last(h, 0, latent), slice_last(h, latent, 2 * latent));
  }

  const std::vector<std::string> made = {"image", "target"}, labels = {"label"};
  std::int64_t latent, size = 0;
  Shape shape;
  NetworkSpec spec;
  Likelihood image_likelihood, target_likelihood;
  Diagnostics none;
  Condition condition;
  Network prior_network, encoder, image_decoder, target_decoder;
};

}  // namespace

DESCENT_MODEL(OwnModel, "own_model", "an image and a vector from one latent point, given a label")
