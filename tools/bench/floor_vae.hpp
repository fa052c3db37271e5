#pragma once

#include <cstdint>
#include <vector>

#include "dense_layer.hpp"

namespace descent::bench {

/// The VAE 784-400-(20, 20)-20-400-784 with the negative evidence lower bound and Adam, written by hand: no
/// graph, no plugins, every array preallocated, whatever is done to an element done in one pass. It deals the
/// batches, converts the bytes and draws the noise that Descent does.
class FloorVae {
 public:
  static constexpr long pixels = 784, hidden = 400, latent = 20, batch = 128;

  /// Starts from the training's parameters of now, which must be those of step 0. `images` holds (examples,
  /// 784) bytes.
  FloorVae(const train::Training& training, const std::vector<std::uint8_t>& images);

  /// One step; returns the loss, the mean over the batch.
  double step();
  /// The products of one step, in their order.
  Products products() const;
  FloorParameters& parameters() { return parameters_; }

 private:
  void next_batch();
  void shuffle();
  void sample_latent();
  double reconstruction();
  double divergence();

  std::uint64_t seed_;
  const std::vector<std::uint8_t>& images_;
  std::vector<std::int64_t> order_;
  std::size_t position_ = 0;
  std::uint32_t epoch_ = 0, step_ = 0;
  FloorParameters parameters_;
  Memory x_, noise_, deviation_, z_, z_gradient_;
  DenseLayer encoder_hidden_, encoder_output_, decoder_hidden_, decoder_output_;
};

}  // namespace descent::bench
