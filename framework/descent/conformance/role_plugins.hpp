#pragma once

#include "descent/plugin/registry.hpp"

/// The suite's own partners for plugins that need some: a model for each role, data for all of them, and
/// losses that play any model. Internal.
namespace descent::conformance {

/// Free vectors from its option `start`, which lists them by group: a Point.
const LoadedPlugin& point_double();
/// tanh(image·W + b), whose target its option names: `label` or `target`.
const LoadedPlugin& predictor_double();
/// 16 numbers of `image` to 2 latent ones and back.
const LoadedPlugin& latent_double();
/// Samples of the field that its option names, from 2 latent numbers, and a discriminator.
const LoadedPlugin& adversarial_double();

/// 128 examples of `image` (4, 4, 1) in [0, 1], `label` () of 3 classes, `target` (2) and `point` (as many
/// numbers as its option says). A mixture of two normal distributions, as far as `point` goes.
const LoadedPlugin& example_data();

/// Every group is a player, which minimizes half the squared length of what it moves, and a tenth of its numbers' sum
/// times the squared length of what the others move: so that losses over other losses see players that interact.
const LoadedPlugin& lengths_loss();
/// One player minimizes the mean squares of all of the model's outputs.
const LoadedPlugin& roles_loss();

}  // namespace descent::conformance
