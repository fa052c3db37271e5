#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "descent/plugin/data.hpp"
#include "descent/plugin/model.hpp"

namespace descent::train {

/// What Training::generate() makes new samples from. They follow from the state of the training and from this alone.
struct Generation {
  std::uint64_t seed = 0;
  Show show = Show::mean;
  /// One for each of condition_fields(): rows (n, …), or class indices (n), which the samples go through in turn.
  /// Undefined, or missing: every class in turn, or rows of the training data.
  std::vector<Tensor> conditions = {};
};

/// Receives a batch of what was made: `samples`, (batch, …) for each of sample_fields(), and `conditions`, (batch, …) for
/// each of condition_fields().
using TakeSamples =
    std::function<void(const std::vector<Tensor>& samples, const std::vector<Tensor>& conditions)>;

/// An end of a path through the latent space.
struct PathEnd {
  /// The split of the example whose code it is; nothing: it is the latent point of a sample.
  std::optional<Split> split = {};
  /// Of the example in its split, or of the sample as generate() counts them.
  std::int64_t index = 0;
};

}  // namespace descent::train
