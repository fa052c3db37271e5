#include "descent/conformance/loss_context.hpp"

namespace descent::conformance {

Variable LossContext::objective(std::string_view player) {
  Variable total = Variable::scalar(0);
  for (const Variable& parameter : parameters(player)) total = total + sum(square(parameter)) * 0.5;
  return total;
}

std::span<const Variable> LossContext::parameters(std::string_view player) {
  const auto& players = training_.game().players();
  for (std::size_t i = 0; i < players.size(); ++i)
    if (players[i].name == player) return training_.arenas()[i]->variables();
  throw Error("the game has no player '" + std::string(player) + "'");
}

std::vector<std::string> LossContext::players() const {
  std::vector<std::string> names;
  for (const train::GamePlayer& player : training_.game().players()) names.push_back(player.name);
  return names;
}

std::shared_ptr<void> LossContext::substitute(std::string_view group, std::span<const Variable> variables) {
  std::vector<std::pair<Parameter*, Variable>> before;
  for (const auto& parameter : training_.registrar().parameters())
    if (parameter->group == group) before.emplace_back(parameter.get(), parameter->variable);
  if (before.size() != variables.size())
    throw Error("substitute: the group does not have as many parameters");
  for (std::size_t i = 0; i < before.size(); ++i) before[i].first->variable = variables[i];
  return {nullptr, [before](void*) {
            for (const auto& [parameter, variable] : before) parameter->variable = variable;
          }};
}

}  // namespace descent::conformance
