#include <fmt/format.h>

#include <array>
#include <cmath>

#include "descent/base/text.hpp"
#include "descent/conformance/gradients.hpp"
#include "descent/conformance/loss_context.hpp"
#include "descent/conformance/loss_setting.hpp"
#include "descent/conformance/option_effects.hpp"
#include "descent/conformance/rule_trial.hpp"

namespace descent::conformance {

namespace {

constexpr std::array<std::int64_t, 3> batch_sizes = {1, 3, 128};

Finding no_partner(const LossTrial& trial) {
  return not_applicable(
      fmt::format("it plays neither a model of the suite nor one of the registry ({})", trial.refusal));
}

// Every player's objective, as the trainer takes it.
Variable objective(train::Training& training, train::GamePlayer& player, const Batch& batch, Mode mode) {
  const train::Game::PassCounters counters{
      .mode = mode, .seed = 1, .step = 1, .updates = BufferUpdates::none};
  return training.game().evaluate(player, training.model(), training.registrar(), batch, counters,
                                  train::Game::Items::all);
}

// What is wrong with the terms of one evaluation; empty: nothing.
std::string wrong_terms(train::Training& training, const Loss& loss, const std::string& player,
                        const Batch& batch, Mode mode) {
  const std::vector<TermSpec> specs = loss.declares(player, training.model());
  std::vector<Terms::Slot> slots;
  for (const TermSpec& spec : specs) {
    if (!is_log_path(spec.name))
      return fmt::format("calls a term '{}'; such names are of letters, digits and '_'", spec.name);
    slots.push_back({&spec, Variable(), 1});
  }
  Terms terms(slots);
  LossContext context(training, mode);
  try {
    loss.evaluate(player, training.model(), batch, context, terms);
  } catch (const Error&) {
    // Batch normalization has nothing to normalize one example with, and may say so.
    if (batch.size() > 1 || mode == Mode::evaluation) throw;
    return "";
  }
  for (const Terms::Slot& slot : slots) {
    if (!slot.value.defined()) return fmt::format("declares '{}' and does not set it", slot.spec->name);
    const Shape& shape = slot.value.shape();
    if (shape.rank() != 0 && !(shape == Shape{batch.size()}))
      return fmt::format("sets '{}' of shape {}; a term is a number or ({}), one for each example",
                         slot.spec->name, shape.text(), batch.size());
    for (const Scalar number : slot.value.value().values())
      if (!std::isfinite(number)) return fmt::format("'{}' is {} at the start", slot.spec->name, number);
  }
  return "";
}

Finding sets_terms(const Subject& subject) {
  const LossTrial trial = play_loss(subject, subject.options);
  if (trial.training == nullptr) return no_partner(trial);
  train::Training& training = *trial.training;
  const Loss& loss = *training.game().items()[trial.item].loss;
  for (const std::int64_t size : batch_sizes) {
    const Batch batch = batch_of(training, size);
    for (const train::GamePlayer& player : training.game().players())
      for (const Mode mode : {Mode::training, Mode::evaluation}) {
        const std::string wrong = wrong_terms(training, loss, player.name, batch, mode);
        if (!wrong.empty())
          return failed(fmt::format("player '{}', {} examples: {}", player.name, batch.size(), wrong));
      }
  }
  return passed(fmt::format("on {}: {}", trial.setting,
                            training.dataset() == nullptr ? "no examples" : "1, 3 and 128 examples"));
}

Finding terms_have_right_gradients(const Subject& subject) {
  const LossTrial trial = play_loss(subject, subject.options);
  if (trial.training == nullptr) return no_partner(trial);
  train::Training& training = *trial.training;
  const Batch batch = batch_of(training, 16);
  auto& players = training.game().players();
  for (std::size_t p = 0; p < players.size(); ++p) {
    const std::string text =
        gradient_mismatch([&] { return objective(training, players[p], batch, Mode::training); },
                          training.arenas()[p]->variables());
    if (!text.empty()) return failed(fmt::format("player '{}': {}", players[p].name, text));
  }
  return passed(fmt::format("on {}; players: {}", trial.setting, players.size()));
}

// The objectives and their gradients, in both modes, one list.
std::vector<double> numbers_of(train::Training& training) {
  const Batch batch = batch_of(training, 16);
  std::vector<double> all;
  for (const Mode mode : {Mode::training, Mode::evaluation}) {
    auto& players = training.game().players();
    for (std::size_t p = 0; p < players.size(); ++p) {
      const Variable value = objective(training, players[p], batch, mode);
      all.push_back(value.item());
      for (const train::GameTerm& term : players[p].terms) all.push_back(term.mean);
      for (const Variable& gradient : grad(value, training.arenas()[p]->variables())) {
        const std::vector<double> numbers = gradient.value().to_doubles();
        all.insert(all.end(), numbers.begin(), numbers.end());
      }
    }
  }
  return all;
}

Finding gives_the_same_terms(const Subject& subject) {
  const LossTrial first = play_loss(subject, subject.options);
  if (first.training == nullptr) return no_partner(first);
  const std::vector<double> expected = numbers_of(*first.training);
  if (first_difference(expected, numbers_of(*first.training)))
    return failed("evaluated twice with the same random numbers, it gives other terms or gradients");
  const LossTrial second = play_loss(subject, subject.options);
  if (first_difference(expected, numbers_of(*second.training)))
    return failed("made anew, it gives other terms or gradients");
  return passed("the same bits, evaluated twice and made anew");
}

Finding options_change_terms(const Subject& subject) {
  if (const LossTrial trial = play_loss(subject, subject.options); trial.training == nullptr)
    return no_partner(trial);
  return options_have_effects(subject, [&](const Value& section) {
    const LossTrial trial = play_loss(subject, section);
    if (trial.training == nullptr) throw Error(trial.refusal);
    return numbers_of(*trial.training);
  });
}

}  // namespace

std::span<const Check> loss_checks() {
  static constexpr std::array all = {
      Check{"terms", "sets every declared term once, as a finite number or one for each example", sets_terms},
      Check{"gradients", "the gradients are those of the values", terms_have_right_gradients},
      Check{"repeatable", "gives the same bits for the same random numbers", gives_the_same_terms},
      Check{"options", "every option changes the terms or their gradients", options_change_terms},
  };
  return all;
}

}  // namespace descent::conformance
