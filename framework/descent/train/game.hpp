#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "descent/chain/arena.hpp"
#include "descent/config/diagnostics.hpp"
#include "descent/experiment/experiment.hpp"
#include "descent/plugin/loss.hpp"

namespace descent::train {

/// One item of an experiment's losses, made.
struct LossInstance {
  const LoadedPlugin* plugin = nullptr;
  std::shared_ptr<Loss> loss;
  std::string name;
  SourceLocation location;
  Schedule weight = 1.0;
  std::int64_t every = 1;
  std::vector<std::pair<std::string, Schedule*>> schedules;
};

/// A term as the game knows it: of which item, for which player.
struct GameTerm {
  std::size_t item = 0;
  TermSpec spec;
  double mean = 0;
  double weight = 0;
  bool fresh = false;  ///< set in the last evaluation of its player that was recorded
};

struct GamePlayer {
  std::string name;
  std::vector<std::string> groups;
  /// The items that add to its objective.
  std::vector<std::size_t> items;
  std::vector<GameTerm> terms;
  /// The value of the last evaluated objective that was recorded: of its first update in a step.
  double objective = 0;
};

/// The losses of an experiment together: who plays, who owns which group, and each player's objective. It
/// knows no model but as what the losses are handed.
class DESCENT_API Game {
 public:
  /// Takes the losses of `items`, which outlive the game.
  Game(std::vector<experiment::LossItem>& items, Diagnostics& diagnostics);
  ~Game();

  /// Checks that every loss can play `model`; adds a problem that names both sides otherwise.
  void check(const Model& model, const LoadedPlugin& model_plugin, const Registrar& registrar,
             Diagnostics& diagnostics) const;
  /// What the losses find in the model that is likely not meant: `gan.yaml:9:5: loss 'r1': …`.
  std::vector<std::string> warnings(const Model& model) const;
  /// That of the first loss that has one; see Loss::decision_threshold().
  std::optional<double> decision_threshold() const;
  /// Lets the losses register what they own.
  void build(const Model& model, const Fields& fields, Registrar& registrar, Diagnostics& diagnostics);
  /// Asks the losses who plays and what for: the game is the union of their players, in the order of the groups they
  /// move. Every group must have exactly one owner.
  void assign_players(const Model& model, const Registrar& registrar, Diagnostics& diagnostics);

  std::vector<GamePlayer>& players() { return players_; }
  const std::vector<GamePlayer>& players() const { return players_; }
  const std::vector<LossInstance>& items() const { return items_; }
  std::vector<std::pair<std::string, Schedule*>> schedules();
  /// The player of this name, or the one that owns the group; nothing: there is none.
  GamePlayer* find_player(std::string_view name_or_group);
  /// The player that owns the group; nothing: there is none.
  GamePlayer* owner(std::string_view group);
  void set_arenas(std::vector<chain::Arena*> arenas) { arenas_ = std::move(arenas); }
  /// The number of training examples, as losses see it; 0 for endless data and without a data set.
  void set_examples(std::int64_t examples) { examples_ = examples; }
  std::int64_t examples() const { return examples_; }
  /// The names of the players, in their order.
  std::span<const std::string> player_names() const { return player_names_; }

  struct PassCounters {
    Mode mode = Mode::training;
    std::uint64_t seed = 0;
    std::int64_t step = 0;
    std::int64_t evaluation = 0;
    BufferUpdates updates = BufferUpdates::staged;
    /// Terms that are only observed are wanted.
    bool observed = true;
    /// Values are left in the player. Those that are not finite are left there in any case.
    bool recorded = true;
  };
  /// Which items with `every` take part in an evaluation.
  enum class Items {
    due,        ///< those whose turn it is at this step
    all,        ///< every one
    every_step  ///< no item that has an `every`
  };
  /// The player's objective on the batch, as a graph; leaves the means of its terms and the objective's value
  /// in the player.
  Variable evaluate(GamePlayer& player, Model& model, const Registrar& registrar, const Batch& batch,
                    const PassCounters& counters, Items items = Items::due);

  /// What of the last evaluation is not finite: `loss 'elbo' is nan`; empty: nothing.
  std::string not_finite(const GamePlayer& player) const;

 private:
  class GameContext;
  bool takes_part(std::size_t item, std::int64_t step, Items items) const;
  enum class Recorded { all, not_finite, nothing };
  void assign_items(const Model& model, const std::vector<std::vector<Player>>& named,
                    Diagnostics& diagnostics);
  Variable evaluate_item(GamePlayer& player, std::size_t item, Model& model, const Batch& batch,
                         GameContext& context, bool observed, Recorded recorded);

  const std::vector<experiment::LossItem>& specs_;
  std::vector<LossInstance> items_;
  std::vector<std::size_t>
      order_;  // of the items, for evaluations, whatever theirs in the file is: those that name players
               // first, both by name
  std::vector<std::vector<std::string>> own_groups_;  // of each item: those that it has registered
  std::vector<GamePlayer> players_;
  std::vector<std::string> player_names_;
  std::int64_t examples_ = 0;
  std::vector<std::pair<std::string, std::vector<Parameter*>>> parameters_of_groups_;
  std::vector<chain::Arena*> arenas_;
  std::vector<Terms::Slot> slots_;
};

}  // namespace descent::train
