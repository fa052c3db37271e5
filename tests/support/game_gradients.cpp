#include "support/game_gradients.hpp"

#include <cmath>
#include <stdexcept>

#include "descent/autograd/ops.hpp"

namespace descent::testing {

static std::vector<Variable> all_parameters(train::Training& training) {
  std::vector<Variable> leaves;
  for (const auto& arena : training.arenas())
    leaves.insert(leaves.end(), arena->variables().begin(), arena->variables().end());
  return leaves;
}

static Variable evaluate(train::Training& training, train::GamePlayer& player, const Batch& batch,
                         Mode mode) {
  train::Game::PassCounters counters;
  counters.mode = mode;
  counters.seed = training.experiment().seed;
  counters.step = 1;
  counters.updates = BufferUpdates::none;
  return training.game().evaluate(player, training.model(), training.registrar(), batch, counters);
}

std::string game_gradient_mismatch(train::Training& training, const Batch& batch,
                                   const GradientCheck& check) {
  for (train::GamePlayer& player : training.game().players()) {
    const std::string mismatch = gradient_mismatch(
        [&] { return evaluate(training, player, batch, Mode::training); }, all_parameters(training), check);
    if (!mismatch.empty()) return player.name + ": " + mismatch;
  }
  return "";
}

double gradient_norm(train::Training& training, const std::string& player, const Batch& batch) {
  double squared = 0;
  for (const Variable& gradient :
       grad(evaluate(training, *training.game().find_player(player), batch, Mode::evaluation),
            all_parameters(training)))
    squared += sum(square(gradient)).item();
  return std::sqrt(squared);
}

std::vector<double> gradient(train::Training& training, const std::string& player,
                             const std::string& parameter, const Batch& batch) {
  for (const auto& candidate : training.registrar().parameters())
    if (candidate->name == parameter)
      return grad(evaluate(training, *training.game().find_player(player), batch, Mode::evaluation),
                  {&candidate->variable, 1})[0]
          .value()
          .to_doubles();
  throw std::out_of_range("no parameter " + parameter);
}

double objective(train::Training& training, const std::string& player, const Batch& batch) {
  return evaluate(training, *training.game().find_player(player), batch, Mode::evaluation).item();
}

}  // namespace descent::testing
