#include <descent/base/text.hpp>
#include <descent/plugin/condition.hpp>
#include <descent/plugin/model.hpp>

namespace {

/// A generator and a discriminator, of fully connected layers by default. Goodfellow et al., Generative Adversarial Nets,
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
    o.text("condition", &Gan::condition_field, "")
        .doc("a field that both players see, such as class labels")
        .contrast("label");
  }

  void build(const descent::Fields& data, descent::Registrar& registrar) override {
    names = {field.empty() && !data.empty() ? data[0].name : field};
    if (!condition_field.empty()) condition_names = {condition_field};
    const descent::Field& modeled = find_field(data, names[0]);
    shape = modeled.shape;
    require_reachable(modeled);
    condition = {data, condition_names};
    const descent::Shape made = shape.rank() == 0 ? descent::Shape{1} : shape;
    seen = seen_by(discriminator_spec, shape);
    discriminator = descent::Network(discriminator_spec, condition.joined(seen), {1}, "discriminator",
                                     registrar, condition.shape());
    generator = descent::Network(generator_spec, condition.joined({latent}), made, "generator", registrar,
                                 condition.shape());
  }

  descent::Variable draw_latent(std::int64_t count, const descent::Values&, descent::Pass& pass) override {
    return pass.normal("latent", {count, latent});
  }

  descent::Values from_latent(const descent::Variable& z, const descent::Values& y, descent::Show,
                              descent::Pass& pass) override {
    const auto label = condition(y);
    const auto samples =
        reshape(generator.forward(with_condition(z, label), label, pass), shape.batch(z.shape()[0]));
    if (output == descent::Activation::sigmoid) return sigmoid(samples);
    if (output == descent::Activation::tanh) return tanh(samples);
    return samples;
  }

  descent::DiscriminatorOutput discriminate(const descent::Values& x, const descent::Values& y,
                                            descent::Pass& pass) override {
    const std::int64_t batch = x[0].shape()[0];
    const auto label = condition(y);
    const auto input = with_condition(reshape(x[0], seen.batch(batch)), label);
    const auto [logits, features] = discriminator.forward_with_features(input, label, pass);
    return {reshape(logits, {batch}), features};
  }

  const std::vector<std::string>& fields() const override { return names; }
  const std::vector<std::string>& condition_fields() const override { return condition_names; }

 private:
  /// Numbers outside of what the generator's last function gives would never be made.
  void require_reachable(const descent::Field& modeled) const {
    const double low = output == descent::Activation::sigmoid ? 0 : -1;
    if (output == descent::Activation::none || !(modeled.low < modeled.high)) return;
    if (modeled.low < low || modeled.high > 1)
      throw descent::Error("the generator ends with a function that gives numbers from " +
                           descent::number_text(low) + " to 1, but those of '" + modeled.name +
                           "' lie from " + descent::number_text(modeled.low) + " to " +
                           descent::number_text(modeled.high) +
                           "; use 'transforms: [scale]' in 'dataset', or output: linear");
  }

  std::int64_t latent;
  descent::NetworkSpec generator_spec, discriminator_spec;
  descent::Activation output;
  std::string field, condition_field;
  std::vector<std::string> names, condition_names;
  descent::Condition condition;
  descent::Network generator, discriminator;
  descent::Shape shape, seen;  // of one example: the data's, and the discriminator's input
};

}  // namespace

DESCENT_MODEL(Gan, "gan", "generative adversarial network (Goodfellow et al., 2014)");
