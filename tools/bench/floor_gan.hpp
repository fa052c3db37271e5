#pragma once

#include <array>
#include <cstdint>

#include "dense_layer.hpp"

namespace descent::bench {

/// A GAN on eight points of a circle, 2-128-128-2 against 2-128-128-1, non-saturating, one turn of Adam each,
/// written by hand: no graph, no plugins, every array preallocated. It draws the points and the noise that
/// Descent does.
class FloorGan {
 public:
  static constexpr long hidden = 128, batch = 64, modes = 8;

  /// Starts from the training's parameters of now, which must be those of step 0.
  explicit FloorGan(const train::Training& training);

  struct Losses {
    double discriminator, generator;
  };
  Losses step();
  /// The products of one step, in their order.
  Products products() const;
  FloorParameters& generator_parameters() { return generator_parameters_; }
  FloorParameters& discriminator_parameters() { return discriminator_parameters_; }
  static AdamSettings adam() { return {.beta1 = 0.5}; }

 private:
  /// Three fully connected layers.
  struct Network {
    Network(const FloorParameters& parameters, const std::string& group, long outputs, const float* input,
            float slope);
    void forward();
    /// From the last layer's output gradient on; leaves that of the input in `input_gradient`, unless it is
    /// null.
    void backward(bool with_parameters, float* input_gradient);
    void list_forward(Products& list) const;
    void list_backward(Products& list, bool with_parameters, float* input_gradient) const;
    std::array<DenseLayer, 3> layers;
  };

  void draw_points();
  void draw_latent(std::uint32_t evaluation);
  double play_discriminator();
  double play_generator();

  std::uint64_t seed_;
  std::uint32_t step_ = 0;
  FloorParameters generator_parameters_, discriminator_parameters_;
  Memory points_, latent_;
  std::array<float, 2 * modes> centers_;
  Network generator_, on_fake_, on_real_;
};

}  // namespace descent::bench
