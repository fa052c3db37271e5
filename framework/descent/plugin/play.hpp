#pragma once

#include "descent/plugin/loss.hpp"

/// What losses look at, played once in an evaluation and shared by all items that ask: one draw, one pass through the
/// networks, one set of batch statistics.
namespace descent {

/// A variational autoencoder on a batch. Kingma and Welling, Auto-Encoding Variational Bayes, 2014.
struct VariationalPlay {
  Values x, y;                 ///< the modeled fields, and the condition
  DistributionPtr posterior;   ///< q(z | x)
  DistributionPtr prior;       ///< p(z), or p(z | y)
  Draw z;                      ///< one for each example, from the posterior
  DistributionPtr likelihood;  ///< p(x | z)
};
DESCENT_API const VariationalPlay& variational_play(Context& context, LatentVariableModel& model,
                                                    const Batch& batch);

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
