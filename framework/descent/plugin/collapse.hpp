#pragma once

#include <cstdint>
#include <optional>

#include "descent/nn/pass.hpp"
#include "descent/plugin/data.hpp"
#include "descent/plugin/model.hpp"

namespace descent {

/// What shows that a generative model has collapsed though its losses look well. What a model's roles do not allow is
/// missing.
struct CollapseSigns {
  /// The variance of its samples, summed over all numbers of all fields, relative to that of the data. Near 0: all samples
  /// are alike.
  std::optional<double> spread;
  /// The share of samples and data whose logit is on the right side of the losses' threshold.
  std::optional<double> discriminator_accuracy;
  /// The mean divergence of the posterior from the prior, in nats; and of how many dimensions of z the posterior's mean
  /// varies over the data by more than 0.01 (Burda, Grosse and Salakhutdinov, Importance Weighted Autoencoders, 2016,
  /// section 5.2).
  std::optional<double> kl;
  std::optional<std::int64_t> active_units, units;
};

/// Looks at the model on examples, with as many samples for their conditions. Records no history. `pass`: an evaluation.
/// `threshold`: the logit above which a discriminator takes an example for real (Loss::decision_threshold); nothing: it is
/// not asked.
DESCENT_API CollapseSigns signs_of_collapse(Model& model, const Batch& data, Pass& pass,
                                            std::optional<double> threshold);

}  // namespace descent
