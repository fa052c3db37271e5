#pragma once

#include "descent/plugin/loss.hpp"
#include "descent/train/training.hpp"

namespace descent::conformance {

/// What a loss may ask for, where it is evaluated by itself: the other items' objective is half the squared
/// length of what the player moves. Internal.
class LossContext final : public Context {
 public:
  LossContext(train::Training& training, Mode mode) : Context(mode, 1, 1, 0, false), training_(training) {}

  Variable objective(std::string_view player) override;
  std::span<const Variable> parameters(std::string_view player) override;
  std::vector<std::string> players() const override;
  std::shared_ptr<void> substitute(std::string_view group, std::span<const Variable> variables) override;

 private:
  train::Training& training_;
};

}  // namespace descent::conformance
