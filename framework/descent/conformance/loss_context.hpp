#pragma once

#include <deque>

#include "descent/plugin/loss.hpp"
#include "descent/train/training.hpp"

namespace descent::conformance {

/// What a loss may ask for, where it is evaluated by itself: the other items' objective is half the squared
/// length of what the player moves. Internal.
class LossContext final : public Context {
 public:
  LossContext(train::Training& training, Mode mode)
      : Context(mode, 1, 1, 0, BufferUpdates::none), training_(training) {}

  Variable objective(std::string_view player) override;
  std::span<const Variable> parameters(std::string_view player) override;
  std::int64_t examples() const override { return training_.game().examples(); }
  std::span<const std::string> players() const override { return training_.game().player_names(); }
  Substitution substitute(std::string_view group, std::span<const Variable> variables) override;

 private:
  train::Training& training_;
  std::deque<std::vector<Parameter*>> substituted_;  // what guards refer to
};

}  // namespace descent::conformance
