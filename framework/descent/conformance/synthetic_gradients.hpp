#pragma once

#include <functional>
#include <string>

#include "descent/train/training.hpp"

namespace descent::conformance {

/// Plays a training's chains on gradients that are made up, without its game. Internal.
class SyntheticGradients {
 public:
  /// Of a training with one player.
  explicit SyntheticGradients(train::Training& training) : training_(training) {}

  /// Standard normal gradients, the same for the same number of calls, then one update. `change` may rewrite
  /// them first. Returns the name of a parameter that is no longer finite; empty: all are.
  std::string update(const std::function<void(chain::Arena& arena)>& change = {});

 private:
  train::Training& training_;
};

}  // namespace descent::conformance
