#include <fmt/format.h>

#include <cmath>

#include "descent/conformance/optimizer_checks.hpp"
#include "descent/conformance/rule_trial.hpp"
#include "descent/conformance/synthetic_gradients.hpp"

namespace descent::conformance {

namespace {

// Its square is still a number.
constexpr double huge = sizeof(Scalar) == sizeof(double) ? 1e30 : 1e15;
constexpr double overflowing = 1e30;

struct HardGradient {
  std::string name;
  double value;
  /// Of this parameter only its first number; -1: every number of every parameter.
  int parameter = -1;
  /// Before the first update, or after a few of the usual ones.
  bool first = false;
  /// A slot may overflow to infinity, as a square does: that ends a run at its next checkpoint.
  bool may_overflow = false;
};

std::vector<HardGradient> hard_gradients(const std::vector<Parameter*>& parameters) {
  std::vector<HardGradient> all = {{"zero", 0, -1, true},
                                   {"zero", 0, -1, false},
                                   {fmt::format("{:g}", huge), huge, -1, false},
                                   {fmt::format("{:g}", overflowing), overflowing, -1, false, true}};
  for (std::size_t p = 0; p < parameters.size(); ++p)
    for (const double value : {HUGE_VAL, -HUGE_VAL, std::nan("")})
      all.push_back({fmt::format("{} in {}", value, parameters[p]->name), value, static_cast<int>(p)});
  return all;
}

void write(const HardGradient& hard, chain::Arena& arena) {
  auto& gradients = arena.gradient_views();
  if (hard.parameter >= 0) {
    gradients[static_cast<std::size_t>(hard.parameter)].data()[0] = static_cast<Scalar>(hard.value);
    return;
  }
  for (Tensor& gradient : gradients) gradient.fill(hard.value);
}

// The first slot or scalar that is not finite, as `1_adam.second_moment/long.value`; empty: there is none.
std::string unsound_state(train::Training& training) {
  for (chain::ChainUnit& unit : training.units().front()) {
    for (chain::RuleState& state : unit.rules) {
      for (std::size_t s = 0; s < state.scalars.size(); ++s)
        if (!std::isfinite(state.scalars[s]))
          return fmt::format("{}.{} is {}", state.rule->name, state.rule->scalars[s].name, state.scalars[s]);
      for (std::size_t p = 0; p < unit.parameters.size(); ++p)
        for (std::size_t s = 0; s < state.slots[p].size(); ++s)
          for (const Scalar number : state.slots[p][s].values())
            if (!std::isfinite(number))
              return fmt::format("{}.{}/{} holds {}", state.rule->name, state.slot_names[p][s],
                                 unit.parameters[p]->name, number);
    }
  }
  return "";
}

// What went wrong in silence, if something did.
std::string silent_damage(const Subject& subject, const HardGradient& hard, bool& diverged) {
  constexpr int before = 3, after = 20;
  const auto training = play(subject, mixed_problem(600), {.section = subject.options});
  SyntheticGradients gradients(*training);
  for (int i = 0; i < (hard.first ? 0 : before); ++i)
    if (const std::string name = gradients.update(); !name.empty())
      return fmt::format("'{}' is not finite after usual gradients", name);
  std::string failed = gradients.update([&](chain::Arena& arena) { write(hard, arena); });
  for (int i = 0; i < after && failed.empty(); ++i) failed = gradients.update();
  diverged = !failed.empty();
  // Told by name: the run ends there, whatever its slots hold.
  if (diverged) return "";
  if (hard.may_overflow) {
    try {
      training->check_slots();
    } catch (const train::Diverged&) {
      diverged = true;
      return "";
    }
  }
  return unsound_state(*training);
}

}  // namespace

Finding survives_hard_gradients(const Subject& subject) {
  const auto training = play(subject, mixed_problem(600), {.section = subject.options});
  int survived = 0, told = 0;
  for (const HardGradient& hard : hard_gradients(training->arenas().front()->parameters())) {
    bool diverged = false;
    const std::string damage = silent_damage(subject, hard, diverged);
    if (!damage.empty())
      return failed(fmt::format("after a gradient of {}{}: {}, and no parameter was reported as not finite",
                                hard.name, hard.first ? " in the first update" : "", damage));
    if (diverged && hard.value == 0)
      return failed(fmt::format("a gradient of zero{} leaves values that are not finite",
                                hard.first ? " in the first update" : ""));
    ++(diverged ? told : survived);
  }
  return passed(fmt::format("{} left everything finite, {} ended the run with the name of what is not",
                            survived, told));
}

}  // namespace descent::conformance
