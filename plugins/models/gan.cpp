#include <descent/base/text.hpp>
#include <descent/plugin/condition.hpp>
#include <descent/plugin/model.hpp>

#include "support/discriminator.hpp"

namespace {

/// A generator and a discriminator, of fully connected layers by default. Goodfellow et al., Generative Adversarial Nets,
/// 2014. With `condition` both see a label: Mirza and Osindero, Conditional Generative Adversarial Nets,
/// 2014. The discriminator may see it by projection (Miyato and Koyama, cGANs with Projection Discriminator, 2018,
/// equation 3), or have to guess it (Odena, Olah and Shlens, Conditional Image Synthesis with Auxiliary Classifier
/// GANs, 2017, section 3). `packing` shows it several examples as one: Lin et al., PacGAN, 2018, section 3.
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
        .doc(
            "a field that the generator sees, such as class labels; the discriminator sees it as "
            "'conditioning' "
            "says")
        .contrast("label");
    o.choice("conditioning", &Gan::conditioning, "concatenate",
             {{"concatenate", Conditioning::concatenate},
              {"projection", Conditioning::projection},
              {"auxiliary", Conditioning::auxiliary}})
        .doc(
            "how the discriminator sees the condition: next to its input, as an inner product with its "
            "features, or "
            "not at all, with a classifier for the loss auxiliary_classifier")
        .contrast("projection");
    o.integer("packing", &Gan::packing_, 1)
        .at_least(1)
        .doc(
            "how many examples the discriminator sees as one, in the features or channels; divides the batch "
            "size")
        .contrast(2);
  }

  void build(const descent::Fields& data, descent::Registrar& registrar) override {
    names = {field.empty() && !data.empty() ? data[0].name : field};
    if (!condition_field.empty()) condition_names = {condition_field};
    const descent::Field& modeled = find_field(data, names[0]);
    shape = modeled.shape;
    require_reachable(modeled);
    condition = {data, condition_names};
    const descent::Shape made = shape.rank() == 0 ? descent::Shape{1} : shape;
    discriminator.build(discriminator_spec, made, condition, conditioning, packing_, registrar);
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
    return discriminator(x[0], condition(y), pass);
  }

  std::int64_t packing() const override { return packing_; }
  bool discriminator_mixes_examples() const override { return discriminator.mixes_examples(); }

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
  descent::Network generator;
  Discriminator discriminator;
  Conditioning conditioning;
  std::int64_t packing_;
  descent::Shape shape;  // of one example
};

}  // namespace

DESCENT_MODEL(Gan, "gan", "generative adversarial network (Goodfellow et al., 2014)");
