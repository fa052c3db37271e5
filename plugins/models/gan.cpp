#include <descent/plugin/model.hpp>

namespace {

/// A generator and a discriminator of fully connected layers. Goodfellow et al., Generative Adversarial Nets,
/// 2014. With `condition` both see a label: Mirza and Osindero, Conditional Generative Adversarial Nets,
/// 2014.
class Gan final : public descent::Model, public descent::AdversarialModel {
 public:
  static void options(descent::OptionSpec<Gan>& o) {
    using descent::Activation, descent::NetworkSpec;
    o.integer("latent", &Gan::latent, 2).at_least(1).doc("dimensions of the generator's noise").contrast(8);
    o.network("generator", &Gan::generator_spec, NetworkSpec::hidden({128, 128}, "relu"))
        .doc("from noise to samples");
    o.network("discriminator", &Gan::discriminator_spec, NetworkSpec::hidden({128, 128}, "leaky_relu"))
        .doc("from samples to the logit of being real");
    o.choice("output", &Gan::output, "linear",
             {{"linear", Activation::none}, {"sigmoid", Activation::sigmoid}, {"tanh", Activation::tanh}})
        .doc("what the generator's last layer ends with; sigmoid for images in [0, 1]")
        .contrast("tanh");
    o.text("field", &Gan::field, "").doc("the data set's field that is modeled; by default its first one");
    o.text("condition", &Gan::condition, "")
        .doc("the field of class labels that both players see")
        .contrast("label");
  }

  void build(const descent::Fields& fields, descent::Registrar& registrar) override {
    if (field.empty() && !fields.empty()) field = fields[0].name;
    shape = find_field(fields, field).shape;
    classes = condition.empty() ? 0 : find_field(fields, condition).classes;
    if (!condition.empty() && classes == 0)
      throw descent::Error("the condition '" + condition + "' must be a field of class labels");
    generator = {generator_spec, {latent + classes}, shape, "generator", registrar};
    discriminator = {discriminator_spec, {shape.size() + classes}, {1}, "discriminator", registrar};
  }

  descent::Variable generate(const descent::Variable& z, const descent::Variable& y,
                             descent::Pass& pass) override {
    const auto samples = reshape(generator.forward(with_label(z, y), pass), shape.batch(z.shape()[0]));
    if (output == descent::Activation::sigmoid) return sigmoid(samples);
    if (output == descent::Activation::tanh) return tanh(samples);
    return samples;
  }

  descent::Variable discriminate(const descent::Variable& x, const descent::Variable& y,
                                 descent::Pass& pass) override {
    const std::int64_t batch = x.shape()[0];
    return reshape(discriminator.forward(with_label(reshape(x, {batch, shape.size()}), y), pass), {batch});
  }

  descent::Shape latent_shape() const override { return {latent}; }
  std::string modeled_field() const override { return field; }
  std::string condition_field() const override { return condition; }

 private:
  descent::Variable with_label(const descent::Variable& x, const descent::Variable& y) const {
    return classes == 0 ? x : concatenate_features(x, descent::one_hot(y.value(), classes));
  }

  std::int64_t latent, classes = 0;
  descent::NetworkSpec generator_spec, discriminator_spec;
  descent::Activation output;
  std::string field, condition;
  descent::Network generator, discriminator;
  descent::Shape shape;
};

}  // namespace

DESCENT_MODEL(Gan, "gan", "generative adversarial network (Goodfellow et al., 2014)");
