#pragma once

#include "descent/plugin/loss.hpp"

/// What losses look at, played once in an evaluation and shared by all items that ask: one draw, one pass through the
/// networks, one set of batch statistics.
namespace descent {

/// A variational autoencoder on a batch. Kingma and Welling, Auto-Encoding Variational Bayes, 2014.
struct DESCENT_API VariationalPlay {
  Values x, y;                 ///< the modeled fields, and the condition, each (batch, …)
  DistributionPtr posterior;   ///< q(z | x) over (batch, latent…)
  DistributionPtr prior;       ///< p(z), or p(z | y), likewise; null where the model has none
  std::int64_t samples = 1;    ///< draws for each example, in rows next to each other
  Draw z;                      ///< from the posterior: (batch·samples, latent…)
  DistributionPtr likelihood;  ///< p(x | z) of each draw; null in a latent_play()

  /// log p(x | z) of each draw: (batch·samples).
  Variable log_likelihood(Pass& pass) const;
  /// log p(z) of each draw: (batch·samples), or per element (batch·samples, latent…). Throws Error where the model has
  /// no prior, or where it does not factorize.
  Variable log_prior(Pass& pass, Per per = Per::row) const;
  /// log q(z | x) of each draw, likewise. Throws Error where the posterior has no density.
  Variable log_posterior(Pass& pass, Per per = Per::row) const;
  /// KL(q(z | x) ‖ p(z)) of each example, in nats: in closed form, or sampled, the mean of log q(z | x) − log p(z) over its
  /// draws. (batch), or per element (batch, latent…). Throws Error where the distributions do not allow it.
  Variable divergence(Pass& pass, bool sampled, Per per = Per::row) const;
  /// The mean over each example's draws: (batch·samples, …) -> (batch, …).
  Variable mean_of_draws(const Variable& values) const;
};
/// The play without its last pass, through the decoder: for losses of z alone.
DESCENT_API const VariationalPlay& latent_play(Context& context, LatentVariableModel& model,
                                               const Batch& batch, std::int64_t samples = 1);
/// With `samples` draws for each example. All plays of an evaluation share one encoding, and those of equally many draws
/// the draws.
DESCENT_API const VariationalPlay& variational_play(Context& context, LatentVariableModel& model,
                                                    const Batch& batch, std::int64_t samples = 1);

/// A loss for latent variable models whose player, `model`, moves every group that no other loss gives to a player.
class DESCENT_API LatentVariableLoss : public LossOn<LatentVariableModel> {
 public:
  std::vector<Player> players(const Model& model, const std::vector<std::string>& own_groups) const override;
};

/// A generator's samples, as many as the batch has examples, and what the discriminator says of them. Goodfellow et
/// al., Generative Adversarial Nets, 2014.
struct AdversarialPlay {
  Variable z;            ///< (batch, latent…)
  Values fake, real, y;  ///< real ones are leaves: gradients can be taken with respect to them
  DiscriminatorOutput of_fake;
};
DESCENT_API const AdversarialPlay& adversarial_play(Context& context, AdversarialModel& model,
                                                    const Batch& batch);
/// What the discriminator says of the batch's examples: a pass of its own, after that over the samples, for players
/// that need it.
DESCENT_API const DiscriminatorOutput& discriminate_real(Context& context, AdversarialModel& model,
                                                         const Batch& batch);

}  // namespace descent
