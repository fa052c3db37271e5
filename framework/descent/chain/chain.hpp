#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "descent/chain/arena.hpp"
#include "descent/config/diagnostics.hpp"
#include "descent/experiment/experiment.hpp"
#include "descent/plugin/optimizer.hpp"

namespace descent::chain {

/// One rule of a chain with its options, shared by all parameters that the chain moves.
struct RuleInstance {
  const LoadedPlugin* plugin = nullptr;
  std::shared_ptr<Optimizer> optimizer;
  /// `2_adam`: its place in the chain, from 1, and its name. `2.1_adam`: the first rule of the second one's
  /// fallback.
  std::string name;
  SourceLocation location;
  Granularity granularity = Granularity::element;
  Needs needs;
  Overrides overrides;
  std::vector<std::pair<std::string, Schedule*>> schedules;
  ScalarStates scalars;
};

/// Why a rule may not hold the chain behind a probe that looks ahead with it.
DESCENT_API std::string holds_ahead(const LoadedPlugin& rule);

/// The state that one rule keeps for the parameters of one unit.
struct RuleState {
  const RuleInstance* rule = nullptr;
  std::vector<double> scalars;
  /// Slots shaped like their parameters: one arena each, of the unit's layout. Undefined for slots of other
  /// shapes.
  std::vector<Tensor> slot_arenas;
  /// [parameter][slot]: views into the arenas, or tensors of their own.
  std::vector<std::vector<Tensor>> slots;
  std::vector<std::vector<std::string>> slot_names;
  /// [parameter][index]: scratch memory of rules on whole tensors.
  std::vector<std::vector<Tensor>> workspaces;
};

/// The parameters of one group that the same rules move: what begin() is called for, and what counts its
/// updates.
struct ChainUnit {
  std::string group;
  std::vector<Parameter*> parameters;
  /// Where each begins in the player's arena, and in the unit's slots.
  std::vector<std::int64_t> arena_offsets, slot_offsets;
  std::vector<RuleState> rules;
  /// Applied updates, those included with which a probe's chain extrapolated.
  std::int64_t updates = 0;
  std::int64_t extrapolations = 0;
  /// Whether a rule held the last one.
  bool held = false;
};

/// Where one slot lies, and how it is addressed: `2_adam.first_moment/generator.0.weight`.
struct SlotView {
  std::string path;
  Tensor tensor;
};

/// Makes rule objects of an experiment's chains, and finds the chain of each parameter: an exact group first,
/// then a player, then patterns in file order. What a rule refuses is moved by its fallback in its place, or,
/// where that is `frozen`, not at all.
class DESCENT_API ChainTable {
 public:
  /// Takes the rules of `specs`, which outlive the table; problems with keys are found by cover().
  ChainTable(std::vector<experiment::ChainSpec>& specs, Diagnostics& diagnostics);
  ~ChainTable();

  /// The units of one player. Parameters without a chain, rules that refuse a parameter without a fallback,
  /// and keys that name nothing (once all players were covered: see finish()) are problems.
  std::vector<ChainUnit> cover(const std::string& player, Arena& arena, Diagnostics& diagnostics);
  /// Reports the keys that covered no parameter of any player.
  void finish(const std::vector<std::string>& known_names, Diagnostics& diagnostics);

  /// All schedules with the names their values are logged under: `generator.adam.learning_rate`.
  const std::vector<std::pair<std::string, Schedule*>>& schedules() const { return schedules_; }

 private:
  struct Resolved;
  /// Nothing: the parameter is frozen, by a fallback.
  std::optional<std::vector<const RuleInstance*>> rules_for(const experiment::Chain& chain,
                                                            const Parameter& parameter,
                                                            Diagnostics& diagnostics);
  const RuleInstance* instance(const experiment::Rule& rule) const;
  /// The first rule that probes, or whose fallback does; a second one is a problem.
  const experiment::Rule* find_probe(const experiment::Chain& chain, Diagnostics& diagnostics) const;
  void check_ahead(const experiment::Chain& chain, bool ahead, Diagnostics& diagnostics);
  void make(experiment::Chain& chain, const std::string& prefix, const std::string& key,
            Diagnostics& diagnostics);

  const std::vector<experiment::ChainSpec>& specs_;
  std::vector<std::unique_ptr<RuleInstance>> instances_;
  std::vector<std::pair<const experiment::Rule*, const RuleInstance*>> by_rule_;
  std::vector<std::pair<std::string, Schedule*>> schedules_;
  std::vector<bool> used_;
  /// For each spec those that moved parameters which it covers too.
  std::vector<std::set<std::size_t>> takers_;
};

}  // namespace descent::chain
