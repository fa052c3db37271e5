#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "descent/train/training.hpp"

namespace descent::train {

/// What one update was like: sums over the numbers of a parameter, or of several together.
struct DESCENT_API UpdateSums {
  /// The trainer's step it belongs to; 0: none yet.
  std::int64_t step = 0;
  /// Squared Euclidean norms: of the gradient as it enters the chain, of what was subtracted, of the values
  /// behind it, and of the update before.
  double gradient = 0, update = 0, value = 0, previous = 0;
  /// The inner product of this update with the one before that was not held back.
  double product = 0;

  UpdateSums& operator+=(const UpdateSums& other);
  double gradient_norm() const;
  double update_norm() const;
  double value_norm() const;
  /// ‖Δθ‖ / ‖θ‖.
  double update_ratio() const;
  /// Of the angle between this update and the one before that was not held back; NaN where one of them is
  /// zero.
  double update_cosine() const;
  /// ‖Δθ‖ / ‖g‖: the step size with which plain gradient descent would have gone as far.
  double effective_learning_rate() const;
};

/// Measures updates while they happen, at the steps that somebody wants to know about. Of several updates of
/// a parameter in one step the first is measured. An update that a rule held back is zero.
class DESCENT_API UpdateStatistics final : public StepObserver {
 public:
  using AtStep = std::function<bool(std::int64_t step)>;
  /// Parameters that a chain moves, in the order of the players' arenas.
  struct Entry {
    std::size_t player;
    const Parameter* parameter;
    const chain::ChainUnit* unit;  ///< what moves it
    std::int64_t offset;           ///< in the player's arena
    UpdateSums sums;
  };

  /// `due`: at which steps updates are measured. `with_cosines`: at which of them the update before is wanted
  /// too, which costs memory for one update of all players and a copy at the step before.
  UpdateStatistics(Training& training, AtStep due, AtStep with_cosines);
  ~UpdateStatistics() override;

  void gradients_ready(const GamePlayer& player, chain::Arena& arena,
                       std::span<const std::string> groups) override;
  bool wants_updates() const override;
  void updated(const GamePlayer& player, chain::Arena& arena, std::span<const std::string> groups) override;

  const std::vector<Entry>& entries() const { return entries_; }
  /// What measuring took so far: it happens within steps, and is no part of training.
  double seconds() const { return seconds_; }
  /// Of all that a player moved in this step.
  UpdateSums of_player(std::size_t player, std::int64_t step) const;
  /// What must be saved for the next cosines to be what they would have been, by name.
  std::vector<std::pair<std::string, Tensor>> state() const;

 private:
  /// Whether a chain has held updates back, or moves some groups only in a turn.
  bool holds() const;
  /// Whether this step's updates may be the ones before those of a step that wants cosines.
  bool is_remembered(std::int64_t step) const;
  template <class Use>
  void each_moved(const GamePlayer& player, std::span<const std::string> groups, Use&& use);

  Training& training_;
  AtStep due_, with_cosines_;
  std::vector<Entry> entries_;
  double seconds_ = 0;
  std::vector<Tensor> previous_;  // of each player; empty where no cosines are wanted
};

}  // namespace descent::train
