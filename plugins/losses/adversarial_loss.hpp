#pragma once

#include <descent/plugin/play.hpp>

/// What adversarial losses share: the two players, the discriminator's cross entropy −log D(x) − log(1 −
/// D(G(z))), and the observed scores. Goodfellow et al., Generative Adversarial Nets, 2014, equation 1. They
/// differ in what the generator minimizes.
class AdversarialLoss : public descent::LossOn<descent::AdversarialModel> {
 public:
  std::vector<descent::Player> players(const descent::Model& model,
                                       const std::vector<std::string>&) const override {
    const auto& gan = descent::role<descent::AdversarialModel>(model);
    return {{"discriminator", {gan.discriminator_group()}}, {"generator", {gan.generator_group()}}};
  }

  std::vector<descent::TermSpec> declares(std::string_view player, const descent::Model&) const override {
    if (player == "generator") return {{"adversarial"}};
    return {
        {"real"}, {"fake"}, {"score_real", false}, {"score_fake", false}, {"discriminator_accuracy", false}};
  }

  void evaluate(std::string_view player, descent::AdversarialModel& model, const descent::Batch& batch,
                descent::Context& context, descent::Terms& out) const override {
    const auto& fake = adversarial_play(context, model, batch).of_fake.logits;  // (batch)
    if (player == "generator") return out.set("adversarial", generator_term(fake));
    const auto& real = discriminate_real(context, model, batch).logits;
    out.set("real", softplus(-real));
    out.set("fake", softplus(fake));
    if (!out.observed()) return;
    const descent::NoGrad observing;
    out.set("score_real", sigmoid(real));
    out.set("score_fake", sigmoid(fake));
    out.set("discriminator_accuracy", (positive(real) + (1 - positive(fake))) * 0.5);
  }

  /// What the generator minimizes, of the logits (batch) that its samples get.
  virtual descent::Variable generator_term(const descent::Variable& fake_logits) const = 0;
};
