#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "descent/base/text.hpp"
#include "descent/train/game.hpp"

// Who plays: the union of the losses' players, their groups, and which items add to whose objective.
namespace descent::train {

namespace {

/// The players that the losses name together.
class Union {
 public:
  Union(const std::vector<LossInstance>& items, const std::vector<std::string>& groups,
        Diagnostics& diagnostics)
      : items_(items), groups_(groups), diagnostics_(diagnostics) {}

  void add(std::size_t item, const std::vector<Player>& named) {
    for (std::size_t p = 0; p < named.size(); ++p) {
      const Player& player = named[p];
      check_name(item, player.name);
      if (std::any_of(named.begin(), named.begin() + static_cast<std::ptrdiff_t>(p),
                      [&](const Player& other) { return other.name == player.name; })) {
        problem(item, fmt::format("loss '{}' names the player '{}' twice", items_[item].name, player.name));
        continue;
      }
      Member& member = member_called(player.name, item);
      for (const std::string& group : player.groups) claim(item, player, group, member);
      if (player.rest) claim_rest(item, member);
    }
  }

  // Gives what nobody claims to the player of the rest, and leaves the players in the order of their groups.
  std::vector<GamePlayer> players() {
    for (const std::string& group : groups_) {
      if (owner_of(group) != nullptr) continue;
      if (rest_)
        members_[*rest_].groups.push_back(group);
      else
        diagnostics_.add(items_[0].location, fmt::format("no player owns the parameter group '{}'", group));
    }
    for (const Member& member : members_)
      if (member.groups.empty()) lacks_groups(member);
    const auto place = [&](const Member& member) {
      std::ptrdiff_t first = std::ssize(groups_);
      for (const std::string& group : member.groups)
        first = std::min(first, std::find(groups_.begin(), groups_.end(), group) - groups_.begin());
      return first;
    };
    std::stable_sort(members_.begin(), members_.end(),
                     [&](const Member& a, const Member& b) { return place(a) < place(b); });
    std::vector<GamePlayer> players;
    for (const Member& member : members_) {
      players.push_back({member.name, {}, {}, {}, 0});
      for (const std::string& group : groups_)  // in the registrar's order
        if (std::count(member.groups.begin(), member.groups.end(), group) > 0)
          players.back().groups.push_back(group);
    }
    return players;
  }

 private:
  struct Member {
    std::string name;
    std::size_t first_item;  // that names it
    std::vector<std::string> groups;
    std::vector<std::size_t> claimed_by;  // the item that gave it each group
  };

  void problem(std::size_t item, const std::string& message) {
    diagnostics_.add(items_[item].location, message);
  }

  void check_name(std::size_t item, const std::string& name) {
    if (is_log_name(name) && name != "plugin" && name != "all" && name != "game") return;
    problem(item, fmt::format("loss '{}' calls a player '{}'; such names are of letters, digits and '_', and "
                              "'plugin', 'all' and 'game' are words of the experiment's",
                              items_[item].name, name));
  }

  Member& member_called(const std::string& name, std::size_t item) {
    for (Member& member : members_)
      if (member.name == name) return member;
    return members_.emplace_back(Member{name, item, {}, {}});
  }

  const Member* owner_of(const std::string& group) const {
    for (const Member& member : members_)
      if (std::count(member.groups.begin(), member.groups.end(), group) > 0) return &member;
    return nullptr;
  }

  void claim(std::size_t item, const Player& player, const std::string& group, Member& member) {
    if (std::find(groups_.begin(), groups_.end(), group) == groups_.end())
      return problem(
          item,
          fmt::format("loss '{}': player '{}' owns a group '{}' that neither the model nor a loss has{}",
                      items_[item].name, player.name, group, suggestion(group, groups_)));
    const Member* other = owner_of(group);
    if (other == nullptr) {
      member.groups.push_back(group);
      member.claimed_by.push_back(item);
    } else if (other != &member) {
      const auto place = std::find(other->groups.begin(), other->groups.end(), group) - other->groups.begin();
      const std::size_t before = other->claimed_by[static_cast<std::size_t>(place)];
      problem(item,
              fmt::format(
                  "loss '{}' gives the parameter group '{}' to the player '{}', but loss '{}' gives it to "
                  "'{}'; a group has one player",
                  items_[item].name, group, member.name, items_[before].name, other->name));
    }
  }

  void claim_rest(std::size_t item, const Member& member) {
    const auto place = static_cast<std::size_t>(&member - members_.data());
    if (rest_ && *rest_ != place)
      return problem(
          item, fmt::format("loss '{}' gives all other parameter groups to the player '{}', but loss '{}' "
                            "gives them to '{}'",
                            items_[item].name, member.name, items_[rest_item_].name, members_[*rest_].name));
    if (!rest_) rest_item_ = item;
    rest_ = place;
  }

  void lacks_groups(const Member& member) {
    std::vector<std::string> others;
    for (const Member& other : members_)
      if (&other != &member && !other.groups.empty()) others.push_back(other.name);
    problem(member.first_item,
            fmt::format("loss '{}' names the player '{}', to which no loss gives a parameter group{}",
                        items_[member.first_item].name, member.name, suggestion(member.name, others)));
  }

  const std::vector<LossInstance>& items_;
  const std::vector<std::string>& groups_;
  Diagnostics& diagnostics_;
  std::vector<Member> members_;
  std::optional<std::size_t> rest_;
  std::size_t rest_item_ = 0;
};

}  // namespace

void Game::assign_players(const Model& model, const Registrar& registrar, Diagnostics& diagnostics) {
  const std::vector<std::string> groups = registrar.groups();
  for (const std::string& group : groups) {
    auto& [name, parameters] = parameters_of_groups_.emplace_back(group, std::vector<Parameter*>());
    for (const auto& parameter : registrar.parameters())
      if (parameter->group == name) parameters.push_back(parameter.get());
  }
  std::vector<std::vector<Player>> named;
  Union players(items_, groups, diagnostics);
  for (std::size_t i = 0; i < items_.size(); ++i) {
    named.push_back(guarded(*items_[i].plugin, items_[i].location,
                            [&] { return items_[i].loss->players(model, own_groups_[i]); }));
    players.add(i, named.back());
  }
  if (std::all_of(named.begin(), named.end(), [](const auto& none) { return none.empty(); })) {
    diagnostics.add(items_.empty() ? SourceLocation{} : items_[0].location,
                    "no loss names a player; add one that defines a game, such as cross_entropy or elbo");
    return;
  }
  players_ = players.players();
  for (const GamePlayer& player : players_) player_names_.push_back(player.name);
  order_.resize(items_.size());
  std::iota(order_.begin(), order_.end(), std::size_t{0});
  std::sort(order_.begin(), order_.end(), [&](std::size_t a, std::size_t b) {
    return std::pair(named[a].empty(), items_[a].name) < std::pair(named[b].empty(), items_[b].name);
  });
  assign_items(model, named, diagnostics);
}

void Game::assign_items(const Model& model, const std::vector<std::vector<Player>>& named,
                        Diagnostics& diagnostics) {
  for (const std::size_t i : order_) {
    std::vector<std::string> wanted = specs_[i].players;
    for (const std::string& name : wanted) {
      if (std::find(player_names_.begin(), player_names_.end(), name) == player_names_.end())
        diagnostics.add(items_[i].location,
                        fmt::format("loss '{}' is for a player '{}' that does not exist{}", items_[i].name,
                                    name, suggestion(name, player_names_)));
    }
    if (wanted.empty())
      for (const Player& player : named[i]) wanted.push_back(player.name);
    if (wanted.empty()) wanted = player_names_;
    for (GamePlayer& player : players_) {
      if (std::find(wanted.begin(), wanted.end(), player.name) == wanted.end()) continue;
      const auto specs = guarded(*items_[i].plugin, items_[i].location,
                                 [&] { return items_[i].loss->declares(player.name, model); });
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
