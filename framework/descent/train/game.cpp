#include "descent/train/game.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <list>
#include <numeric>

#include "descent/base/text.hpp"

namespace descent::train {

Game::Game(std::vector<experiment::LossItem>& items, Diagnostics& diagnostics) : specs_(items) {
  for (experiment::LossItem& item : items) {
    LossInstance made;
    made.plugin = item.plugin;
    made.name = item.name;
    made.location = item.location();
    made.weight = item.weight;
    made.every = item.every;
    made.loss = item.take<Loss>(diagnostics);
    if (made.loss) made.schedules = item.plugin->named_schedules(made.loss.get());
    items_.push_back(std::move(made));
  }
}

Game::~Game() = default;

void Game::check(const Model& model, const LoadedPlugin& model_plugin, const Registrar& registrar,
                 Diagnostics& diagnostics) const {
  for (const LossInstance& item : items_) {
    try {
      guarded(*item.plugin, item.location, [&] { item.loss->check(model, registrar); });
    } catch (const RoleMismatch& mismatch) {
      diagnostics.add(
          item.location,
          fmt::format("loss '{}' plays with a model of the role {}, which model '{}' does not have",
                      item.plugin->info().name, mismatch.role(), model_plugin.info().name));
    } catch (const Error& error) {
      diagnostics.append(error.within(item.location));
    }
  }
}

std::vector<std::string> Game::warnings(const Model& model) const {
  std::vector<std::string> all;
  for (const LossInstance& item : items_)
    for (const std::string& warning :
         guarded(*item.plugin, item.location, [&] { return item.loss->warnings(model); }))
      all.push_back(fmt::format("{}: loss '{}': {}", item.location.text(), item.name, warning));
  return all;
}

std::optional<double> Game::decision_threshold() const {
  for (const LossInstance& item : items_)
    if (const auto threshold = item.loss->decision_threshold()) return threshold;
  return std::nullopt;
}

void Game::build(const Model& model, const Fields& fields, Registrar& registrar, Diagnostics& diagnostics) {
  own_groups_.resize(items_.size());
  std::vector<std::size_t> by_name(items_.size());
  std::iota(by_name.begin(), by_name.end(), std::size_t{0});
  std::sort(by_name.begin(), by_name.end(),
            [this](std::size_t a, std::size_t b) { return items_[a].name < items_[b].name; });
  // Default turns follow the order of groups, which must not depend on that of the file.
  for (const std::size_t i : by_name) {
    const LossInstance& item = items_[i];
    const std::size_t before = registrar.groups().size();
    try {
      guarded(*item.plugin, item.location, [&] { item.loss->build(model, fields, registrar); });
    } catch (const Error& error) {
      diagnostics.append(error.within(item.location));
    }
    const std::vector<std::string> groups = registrar.groups();
    own_groups_[i].assign(groups.begin() + static_cast<std::ptrdiff_t>(before), groups.end());
  }
}

std::vector<std::pair<std::string, Schedule*>> Game::schedules() {
  std::vector<std::pair<std::string, Schedule*>> all;
  for (LossInstance& item : items_) {
    all.emplace_back(item.name + ".weight", &item.weight);
    for (const auto& [option, schedule] : item.schedules)
      all.emplace_back(item.name + "." + option, schedule);
  }
  return all;
}

GamePlayer* Game::find_player(std::string_view name) {
  for (GamePlayer& player : players_)
    if (player.name == name) return &player;
  return owner(name);
}

GamePlayer* Game::owner(std::string_view group) {
  for (GamePlayer& player : players_)
    if (std::find(player.groups.begin(), player.groups.end(), group) != player.groups.end()) return &player;
  return nullptr;
}

/// What the losses may ask for during one evaluation.
class Game::GameContext final : public Context {
 public:
  GameContext(Game& game, Model& model, const Registrar& registrar, const Batch& batch,
              const PassCounters& counters, Items items)
      : Context(counters.mode, counters.seed, counters.step, counters.evaluation, counters.updates),
        game_(game),
        model_(model),
        registrar_(registrar),
        batch_(batch),
        counters_(counters),
        items_(items) {}

  Variable objective(std::string_view name) override {
    GamePlayer& player = named(name);
    // A pass of its own: the same random numbers that the player's own evaluation draws.
    PassCounters counters = counters_;
    counters.updates = BufferUpdates::none;
    GameContext inner(game_, model_, registrar_, batch_, counters, items_);
    Variable sum;
    for (const std::size_t item : player.items) {
      if (item == item_ || !game_.takes_part(item, counters.step, items_)) continue;
      inner.item_ = item;
      const Variable part =
          game_.evaluate_item(player, item, model_, batch_, inner, false, Recorded::nothing);
      sum = sum.defined() ? sum + part : part;
    }
    return sum.defined() ? sum : Variable::scalar(0);
  }

  std::span<const Variable> parameters(std::string_view name) override {
    const GamePlayer& player = named(name);
    const chain::Arena& arena = *game_.arenas_[static_cast<std::size_t>(&player - game_.players_.data())];
    const auto is_own = [&](const Parameter* parameter, const Variable& own) {
      return parameter->variable.node() == own.node();
    };
    if (std::equal(arena.parameters().begin(), arena.parameters().end(), arena.variables().begin(), is_own))
      return arena.variables();
    Variables& elsewhere = substituted_.emplace_back();
    for (const Parameter* parameter : arena.parameters()) elsewhere.push_back(parameter->variable);
    return elsewhere;
  }

  std::int64_t examples() const override { return game_.examples(); }
  std::span<const std::string> players() const override { return game_.player_names(); }

  Substitution substitute(std::string_view group, std::span<const Variable> variables) override {
    for (const auto& [name, parameters] : game_.parameters_of_groups_)
      if (name == group) return {*this, group, parameters, variables};
    throw Error(fmt::format("substitute('{}'): there is no such group of parameters", group));
  }

  void set_item(std::size_t item) { item_ = item; }

 private:
  GamePlayer& named(std::string_view name) {
    for (GamePlayer& player : game_.players_)
      if (player.name == name) return player;
    const std::vector<std::string> names(players().begin(), players().end());
    throw Error(fmt::format("the game has no player '{}'{}", name, suggestion(name, names)));
  }

  Game& game_;
  Model& model_;
  const Registrar& registrar_;
  const Batch& batch_;
  PassCounters counters_;
  Items items_;
  std::size_t item_ = 0;
  std::list<Variables, PoolAllocator<Variables>> substituted_;  // what parameters() has handed out
};

bool Game::takes_part(std::size_t item, std::int64_t step, Items items) const {
  if (items_[item].every <= 1 || items == Items::all) return true;
  return items == Items::due && (step - 1) % items_[item].every == 0;
}

Variable Game::evaluate_item(GamePlayer& player, std::size_t item, Model& model, const Batch& batch,
                             GameContext& context, bool observed, Recorded recorded) {
  const LossInstance& loss = items_[item];
  // Evaluations nest (a loss may ask for the others' objective): each takes its slots behind those in use.
  const std::size_t first = slots_.size();
  std::size_t count = 0;
  for (GameTerm& term : player.terms) {
    if (term.item != item) continue;
    if (slots_.size() == slots_.capacity())
      throw RunError(fmt::format(
          "loss '{}' and others ask for each other's objectives without end; only one of them may "
          "look at the others",
          loss.name));
    slots_.push_back({&term.spec, Variable(), 1});
    ++count;
  }
  struct Release {
    std::vector<Terms::Slot>& slots;
    std::size_t first;
    ~Release() { slots.resize(first, {nullptr, Variable(), 0}); }
  } release{slots_, first};

  Terms terms({slots_.data() + first, count});
  terms.set_observed(observed);
  guarded_at_work(*loss.plugin, loss.location,
                  [&] { loss.loss->evaluate(player.name, model, batch, context, terms); });
  Variable sum;
  std::size_t s = first;
  for (GameTerm& term : player.terms) {
    if (term.item != item) continue;
    Terms::Slot& slot = slots_[s++];
    if (!slot.value.defined()) {
      if (!term.spec.minimized && !observed) continue;
      throw RunError(fmt::format("{}: loss '{}' declared the term '{}' for player '{}' and did not set it",
                                 loss.location.text(), loss.name, term.spec.name, player.name));
    }
    if (slot.value.shape().rank() > 1)
      throw RunError(
          fmt::format("{}: loss '{}' sets the term '{}' of shape {}; a term is a number for each example, "
                      "(batch), or a single one",
                      loss.location.text(), loss.name, term.spec.name, slot.value.shape().text()));
    const Variable average = slot.value.shape().rank() == 0 ? slot.value : mean(slot.value);
    const double value = average.item();
    if (recorded == Recorded::all || (recorded == Recorded::not_finite && !std::isfinite(value))) {
      term.mean = value;
      term.weight = term.spec.minimized ? slot.weight * loss.weight.current() : 0;
      term.fresh = true;
    }
    if (!term.spec.minimized) continue;
    const double weight = slot.weight * loss.weight.current();
    const Variable part = weight == 1 ? average : average * weight;
    sum = sum.defined() ? sum + part : part;
  }
  return sum.defined() ? sum : Variable::scalar(0);
}

Variable Game::evaluate(GamePlayer& player, Model& model, const Registrar& registrar, const Batch& batch,
                        const PassCounters& counters, Items items) {
  const NoGrad recording(false);  // a loss may take gradients, whoever asks for its value
  GameContext context(*this, model, registrar, batch, counters, items);
  if (counters.recorded)
    for (GameTerm& term : player.terms) term.fresh = false;
  const Recorded recorded = counters.recorded ? Recorded::all : Recorded::not_finite;
  Variable objective;
  for (const std::size_t item : player.items) {
    if (!takes_part(item, counters.step, items)) continue;
    context.set_item(item);
    const Variable part = evaluate_item(player, item, model, batch, context, counters.observed, recorded);
    objective = objective.defined() ? objective + part : part;
  }
  if (!objective.defined()) objective = Variable::scalar(0);
  const double value = objective.item();
  if (counters.recorded || !std::isfinite(value)) player.objective = value;
  return objective;
}

std::string Game::not_finite(const GamePlayer& player) const {
  const auto says = [](const std::string& what, double value) {
    return fmt::format("{} is {}", what, value);
  };
  for (const GameTerm& term : player.terms) {
    if (!term.fresh || !term.spec.minimized || std::isfinite(term.mean)) continue;
    const LossInstance& loss = items_[term.item];
    const std::string what = loss.name == term.spec.name
                                 ? fmt::format("loss '{}'", loss.name)
                                 : fmt::format("loss '{}' (term '{}')", loss.name, term.spec.name);
    return says(what, term.mean);
  }
  if (!std::isfinite(player.objective))
    return says(fmt::format("the objective of player '{}'", player.name), player.objective);
  return "";
}

}  // namespace descent::train
