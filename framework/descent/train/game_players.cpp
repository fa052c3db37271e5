#include <fmt/format.h>

#include <algorithm>

#include "descent/base/text.hpp"
#include "descent/train/game.hpp"

// Who plays: the losses' players, their groups, and which items add to whose objective.
namespace descent::train {

void Game::assign_players(const Model& model, const Registrar& registrar, Diagnostics& diagnostics) {
  const std::vector<std::string> groups = registrar.groups();
  std::vector<std::vector<Player>> named;
  for (std::size_t i = 0; i < items_.size(); ++i) {
    named.push_back(guarded(*items_[i].plugin, items_[i].location,
                            [&] { return items_[i].loss->players(model, groups); }));
    assign_player(i, named.back(), groups, diagnostics);
  }
  if (players_.empty()) {
    diagnostics.add(items_.empty() ? SourceLocation{} : items_[0].location,
                    "no loss names a player; add one that defines a game, such as cross_entropy or elbo");
    return;
  }
  for (const std::string& group : groups) {
    if (owner(group) == nullptr)
      diagnostics.add(items_[0].location, fmt::format("no player owns the parameter group '{}'", group));
  }
  assign_items(named, diagnostics);
}

// The first item that names players defines the game; later ones name some of its players, and may add groups
// of theirs.
void Game::assign_player(std::size_t item, const std::vector<Player>& named,
                         const std::vector<std::string>& groups, Diagnostics& diagnostics) {
  const bool defines = players_.empty();
  for (std::size_t p = 0; p < named.size(); ++p) {
    const Player& player = named[p];
    if (!is_log_name(player.name) || player.name == "plugin")
      diagnostics.add(
          items_[item].location,
          fmt::format("loss '{}' calls a player '{}'; such names are of letters, digits and '_', and "
                      "'plugin' is a key of the experiment's",
                      items_[item].name, player.name));
    if (std::any_of(named.begin(), named.begin() + static_cast<long>(p),
                    [&](const Player& other) { return other.name == player.name; })) {
      diagnostics.add(items_[item].location,
                      fmt::format("loss '{}' names the player '{}' twice", items_[item].name, player.name));
      continue;
    }
    for (const std::string& group : player.groups) {
      if (std::find(groups.begin(), groups.end(), group) == groups.end()) {
        diagnostics.add(items_[item].location,
                        fmt::format("loss '{}': player '{}' owns a group '{}' that the model does not "
                                    "have{}",
                                    items_[item].name, player.name, group, suggestion(group, groups)));
      }
    }
    GamePlayer* assigned = nullptr;
    for (GamePlayer& other : players_)
      if (other.name == player.name) assigned = &other;
    if (assigned == nullptr && !defines) {
      std::vector<std::string> names;
      for (const GamePlayer& other : players_) names.push_back(other.name);
      diagnostics.add(
          items_[item].location,
          fmt::format("loss '{}' names the player '{}', which the game of loss '{}' does not "
                      "have{}",
                      items_[item].name, player.name, items_[0].name, suggestion(player.name, names)));
      continue;
    }
    if (assigned == nullptr) {
      players_.push_back({player.name, {}, {}, {}, 0});
      assigned = &players_.back();
    }
    for (const std::string& group : player.groups) {
      const GamePlayer* other = owner(group);
      if (other == assigned) continue;
      if (other != nullptr) {
        diagnostics.add(items_[item].location,
                        fmt::format("the parameter group '{}' would belong to both '{}' and '{}'", group,
                                    other->name, assigned->name));
        continue;
      }
      assigned->groups.push_back(group);
    }
  }
}

void Game::assign_items(const std::vector<std::vector<Player>>& named, Diagnostics& diagnostics) {
  std::vector<std::string> names;
  for (const GamePlayer& player : players_) names.push_back(player.name);
  for (std::size_t i = 0; i < items_.size(); ++i) {
    std::vector<std::string> wanted = specs_[i].players;
    for (const std::string& name : wanted) {
      if (std::find(names.begin(), names.end(), name) == names.end())
        diagnostics.add(items_[i].location,
                        fmt::format("loss '{}' is for a player '{}' that does not exist{}", items_[i].name,
                                    name, suggestion(name, names)));
    }
    if (wanted.empty())
      for (const Player& player : named[i]) wanted.push_back(player.name);
    if (wanted.empty()) wanted = names;
    for (GamePlayer& player : players_) {
      if (std::find(wanted.begin(), wanted.end(), player.name) == wanted.end()) continue;
      const auto specs = guarded(*items_[i].plugin, items_[i].location,
                                 [&] { return items_[i].loss->declares(player.name); });
      player.items.push_back(i);
      for (const TermSpec& spec : specs) player.terms.push_back({i, spec});
    }
  }
  for (const GamePlayer& player : players_) {
    const auto lazy = [&](std::size_t item) { return items_[item].every > 1; };
    if (!player.items.empty() && std::all_of(player.items.begin(), player.items.end(), lazy))
      diagnostics.add(
          items_[player.items[0]].location,
          fmt::format("player '{}' has nothing to minimize at most steps, for every loss of it has an "
                      "'every'; leave it out of one, or give the player fewer turns",
                      player.name));
  }
  std::size_t most = 0;
  for (const GamePlayer& player : players_) most = std::max(most, player.terms.size());
  slots_.reserve(4 * most + 16);
}

}  // namespace descent::train
