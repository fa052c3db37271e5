#pragma once

#include <span>
#include <string>
#include <utility>
#include <vector>

#include "descent/train/training.hpp"
#include "memory.hpp"

namespace descent::bench {

struct AdamSettings {
  double learning_rate = 1e-3, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-8;
};

/// One step of Adam (Kingma and Ba 2015, algorithm 1) over `count` numbers, a multiple of 16, in one pass;
/// `update` counts from 1.
void adam_step(const AdamSettings& settings, long update, long count, float* value, const float* gradient,
               float* first_moment, float* second_moment);

/// What a step over four arrays costs that only moves memory: reads each number, multiplies it by `one`, and
/// writes it.
void read_modify_write(float one, long count, float* a, float* b, float* c, float* d);

/// A copy of the parameters of one player of a training, and Adam's state for them: what a floor trains.
class FloorParameters {
 public:
  /// The parameters of these groups, with their values of now.
  FloorParameters(const train::Training& training, std::span<const std::string> groups);

  float* value(const std::string& name) const { return values_.data() + offset(name); }
  float* gradient(const std::string& name) const { return gradients_.data() + offset(name); }
  void step(const AdamSettings& settings);
  /// Reads and writes all that step() does, and changes nothing.
  void touch(float one);

  struct Difference {
    double apart_squared = 0;  ///< ‖θ − θ'‖², θ' being the training's parameters
    double moved_squared = 0;  ///< ‖θ − θ₀‖²
  };
  Difference compare(const train::Training& training) const;

 private:
  long offset(const std::string& name) const;

  std::vector<std::pair<std::string, long>> offsets_;
  Memory values_, gradients_, first_moments_, second_moments_, starts_;
  long updates_ = 0;
};

}  // namespace descent::bench
