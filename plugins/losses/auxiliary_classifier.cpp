#include <descent/plugin/play.hpp>

namespace {

/// Both players minimize the cross entropy of the classes that the discriminator's auxiliary classifier sees: the
/// discriminator of data and of samples, the generator of its samples. Odena, Olah and Shlens, Conditional Image
/// Synthesis with Auxiliary Classifier GANs, 2017, section 3, L_C. For models such as `gan: {condition: label,
/// conditioning: auxiliary}`, beside an adversarial loss.
class AuxiliaryClassifier final : public descent::LossOn<descent::AdversarialModel> {
 public:
  std::vector<descent::Player> players(const descent::Model&,
                                       const std::vector<std::string>&) const override {
    return {{"discriminator"}, {"generator"}};
  }
  std::vector<descent::TermSpec> declares(std::string_view player, const descent::Model&) const override {
    if (player == "generator") return {{"fake"}};
    return {{"real"}, {"fake"}, {"accuracy_real", false}, {"accuracy_fake", false}};
  }

  void evaluate(std::string_view player, descent::AdversarialModel& model, const descent::Batch& batch,
                descent::Context& context, descent::Terms& out) const override {
    const auto& play = adversarial_play(context, model, batch);
    const auto& fake = play.of_fake.classes;
    if (!fake.defined() || play.y.size() != 1)
      throw descent::Error(
          "auxiliary_classifier needs a discriminator that says which class an example is of, such as gan: "
          "{condition: "
          "label, conditioning: auxiliary}");
    const descent::Tensor& label = play.y[0].value();
    out.set("fake", -pick(log_softmax(fake), label));
    if (player == "generator") return;
    const auto& real = discriminate_real(context, model, batch).classes;
    out.set("real", -pick(log_softmax(real), label));
    if (!out.observed()) return;
    out.set("accuracy_real", accuracy(real, label));
    out.set("accuracy_fake", accuracy(fake, label));
  }

 private:
  static descent::Variable accuracy(const descent::Variable& logits, const descent::Tensor& label) {
    const descent::NoGrad observing;
    return pick(one_hot(argmax(logits).value(), logits.shape()[1]), label);
  }
};

}  // namespace

DESCENT_LOSS(AuxiliaryClassifier, "auxiliary_classifier",
             "samples of the class that was asked for, as a classifier sees them (Odena et al., 2017)");
