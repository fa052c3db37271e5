#include "adversarial_players.hpp"
#include "support/once.hpp"

namespace {

/// Keeps the discriminator's logits near running means of those of the other side: (D(x) − α_F)² + (D(G(z)) − α_R)²,
/// where α_R and α_F are running means of its logits for data and for samples, up to the update before. Tseng et al.,
/// Regularizing Generative Adversarial Networks under Limited Data, 2021, equations 3 and 4; there the item's weight is
/// 0.3 or less.
class LeCam final : public DiscriminatorLoss {
 public:
  static void options(descent::OptionSpec<LeCam>& o) {
    o.number("decay", &LeCam::decay, 0.99)
        .at_least(0)
        .below(1)
        .doc("of the running means; the first step takes the batch's own");
  }
  void build(const descent::Model&, const descent::Fields&, descent::Registrar& registrar) override {
    require_once("lecam", "lecam", registrar);
    of_data = &registrar.state("lecam", "data", descent::Tensor::scalar(0));
    of_samples = &registrar.state("lecam", "samples", descent::Tensor::scalar(0));
  }
  std::vector<descent::TermSpec> declares(std::string_view, const descent::Model&) const override {
    return {{"real"}, {"fake"}};
  }

  void evaluate(std::string_view, descent::AdversarialModel& model, const descent::Batch& batch,
                descent::Context& context, descent::Terms& out) const override {
    const auto& fake = adversarial_play(context, model, batch).of_fake.logits;
    const auto& real = discriminate_real(context, model, batch).logits;
    out.set("real", square(real - descent::Variable(of_samples->value())));
    out.set("fake", square(fake - descent::Variable(of_data->value())));
    if (!context.training()) return;
    follow(*of_data, real, context);
    follow(*of_samples, fake, context);
  }

 private:
  void follow(descent::Buffer& average, const descent::Variable& logits, descent::Context& context) const {
    const descent::NoGrad constant;
    const double kept = context.step() <= 1 ? 0 : decay;
    average.stage((descent::Variable(average.value()) * kept + mean(logits) * (1 - kept)).value(), context);
  }

  double decay;
  descent::Buffer *of_data = nullptr, *of_samples = nullptr;
};

}  // namespace

DESCENT_LOSS(LeCam, "lecam", "logits near running means of the other side's (Tseng et al., 2021)");
