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

Substitution LossContext::substitute(std::string_view group, std::span<const Variable> variables) {
  std::vector<Parameter*>& parameters = substituted_.emplace_back();
  for (const auto& parameter : training_.registrar().parameters())
    if (parameter->group == group) parameters.push_back(parameter.get());
  return {*this, group, parameters, variables};
}

}  // namespace descent::conformance
