#pragma once

#include <descent/plugin/loss.hpp>

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

  std::vector<descent::TermSpec> declares(std::string_view player) const override {
    if (player == "generator") return {{"adversarial"}};
    return {
        {"real"}, {"fake"}, {"score_real", false}, {"score_fake", false}, {"discriminator_accuracy", false}};
  }

  void evaluate(std::string_view player, descent::AdversarialModel& model, const descent::Batch& batch,
                descent::Context& context, descent::Terms& out) const override {
    const auto& real = batch[model.modeled_field()];
    const auto y = descent::condition(batch, model.condition_field());
    const auto z = context.normal("latent", model.latent_shape().batch(batch.size()));
    const auto fake_logits = model.discriminate(model.generate(z, y, context), y, context);
    if (player == "generator") return out.set("adversarial", generator_term(fake_logits));
    const auto real_logits = model.discriminate(real, y, context);
    out.set("real", softplus(-real_logits));
    out.set("fake", softplus(fake_logits));
    if (!out.observed()) return;
    const descent::NoGrad observing;
    out.set("score_real", sigmoid(real_logits));
    out.set("score_fake", sigmoid(fake_logits));
    out.set("discriminator_accuracy", (positive(real_logits) + (1 - positive(fake_logits))) * 0.5);
  }

  /// What the generator minimizes, of the logits (batch) that its samples get.
  virtual descent::Variable generator_term(const descent::Variable& fake_logits) const = 0;
};
