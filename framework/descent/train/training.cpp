#include "descent/train/training.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "descent/kernels/gemm.hpp"

namespace descent::train {

Diverged::Diverged(std::int64_t step, const std::string& what)
    : RunError(fmt::format("diverged at step {}: {}", step, what)), step_(step) {}
Diverged::~Diverged() = default;
StepObserver::~StepObserver() = default;

// A data set whose options are schedules must be read at the step it is read for.
void Training::make_batch_source() {
  if (resources_.batches && dataset_ &&
      experiment_.dataset->plugin->named_schedules(plugin_dataset_.get()).empty())
    source_ = resources_.batches(*sampler_, fields_, experiment_.trainer.batch_size, batches_.size());
  if (!source_) source_ = std::make_unique<data::DirectSource>();
}

void Training::next_batches() {
  if (!sampler_) return;
  const experiment::PluginUse& use = *experiment_.dataset;
  guarded_at_work(*use.plugin, use.location(), [&] { source_->next(step_, *sampler_, batches_); });
  undo_changed_numbers([&] { return use.plugin->title(); });
  if (step_ < total_steps_) source_->announce(step_ + 1, sampler_->cursor(), total_steps_);
}

// What is logged of a step is that of the player's first update in it: objective, terms, gradients and update.
// `first`: not the second evaluation of a probe, which stages no buffers, logs no terms, and is for those
// alone whose chains probe.
void Training::take_gradients(AssignedTurn& turn, const Batch& batch, std::int64_t evaluation, bool observed,
                              bool first) {
  GamePlayer& player = game_->players()[turn.player];
  const bool recorded = first && recorded_step_[turn.player] != step_;
  if (recorded) recorded_step_[turn.player] = step_;
  const Game::PassCounters counters{Mode::training,
                                    experiment_.seed,
                                    step_,
                                    evaluation,
                                    first ? BufferUpdates::staged : BufferUpdates::none,
                                    observed && recorded,
                                    recorded};
  const Variable objective = game_->evaluate(player, *model_, registrar_, batch, counters);
  undo_changed_numbers([&] { return fmt::format("a loss of player '{}', or the model,", player.name); });
  if (!std::isfinite(player.objective)) {
    if (const std::string blame = describe_bad_data(batch); !blame.empty())
      throw RunError(fmt::format("step {}: {} [{}]", step_, blame, experiment_.dataset->location().text()));
    throw Diverged(step_, game_->not_finite(player));
  }
  GradientTargets& sought = first ? turn.all : turn.probed;
  grad_into(objective, sought.variables, sought.gradients);
}

void Training::apply_update(const AssignedTurn& turn, std::int64_t evaluation, StepObserver* observer) {
  GamePlayer& player = game_->players()[turn.player];
  chain::Arena& arena = *arenas_[turn.player];
  if (observer != nullptr) observer->gradients_ready(player, arena, turn.groups);
  const chain::Updates updates =
      observer != nullptr && observer->wants_updates() ? chain::Updates::kept : chain::Updates::dropped;
  const Parameter* failed = runners_[turn.player]->update(step_, evaluation, turn.groups, updates);
  undo_changed_numbers([&] { return fmt::format("a rule of player '{}'", player.name); });
  ++player_updates_[turn.player];
  if (observer != nullptr) observer->updated(player, arena, turn.groups);
  if (failed != nullptr)
    throw Diverged(step_, fmt::format("parameter '{}' is no longer finite", failed->name));
}

void Training::play_turn(AssignedTurn& turn, bool observed, StepObserver* observer) {
  chain::ChainRunner& runner = *runners_[turn.player];
  for (std::int64_t i = 0; i < turn.count; ++i) {
    const Batch& batch = batches_[static_cast<std::size_t>(i)];
    const std::int64_t evaluation = evaluation_++;
    take_gradients(turn, batch, evaluation, observed, true);
    if (turn.probes()) {
      saved_values_[turn.player].copy_from(arenas_[turn.player]->values());
      runner.probe(step_, evaluation, turn.groups);
      take_gradients(turn, batch, evaluation, observed, false);
      restore_values(turn.player);
    }
    apply_update(turn, evaluation, observer);
    commit_buffers();
  }
  undo_changes([&] {
    return fmt::format("a plugin, while player '{}' had its turn,", game_->players()[turn.player].name);
  });
}

// Every player's gradient is taken where all of them stand, and all share the batch and the random numbers.
void Training::play_simultaneously(bool observed, StepObserver* observer) {
  const std::int64_t evaluation = evaluation_++;
  for (AssignedTurn& turn : turns_) take_gradients(turn, batches_[0], evaluation, observed, true);
  if (std::any_of(turns_.begin(), turns_.end(), [](const AssignedTurn& turn) { return turn.probes(); })) {
    for (const AssignedTurn& turn : turns_) {
      if (!turn.probes()) continue;
      saved_values_[turn.player].copy_from(arenas_[turn.player]->values());
      runners_[turn.player]->probe(step_, evaluation, turn.groups);
    }
    for (AssignedTurn& turn : turns_)
      if (turn.probes()) take_gradients(turn, batches_[0], evaluation, observed, false);
    for (const AssignedTurn& turn : turns_)
      if (turn.probes()) restore_values(turn.player);
  }
  for (const AssignedTurn& turn : turns_) apply_update(turn, evaluation, observer);
  commit_buffers();
  undo_changes([] { return "a plugin, while all players had their turn,"; });
}

void Training::restore_values(std::size_t player) {
  Tensor& values = arenas_[player]->values();
  values.copy_from(saved_values_[player]);
  values.mark_written();
}

void Training::commit_buffers() {
  for (const auto& buffer : registrar_.buffers()) buffer->commit();
}

void Training::play_step(bool observed, StepObserver* observer) {
  DESCENT_ASSERT(evaluation_points_ == 0, "a step is played at the training point");
  set_step(step_ + 1);
  evaluation_ = 0;
  next_batches();
  if (experiment_.trainer.simultaneous) {
    play_simultaneously(observed, observer);
  } else {
    for (AssignedTurn& turn : turns_) play_turn(turn, observed, observer);
  }
  look_at_directory();
}

void Training::note_changes(const std::string& culprit, const std::vector<std::string>& changed) {
  const std::string sentence =
      fmt::format("{} changed {}; that was undone", culprit, list_of_changes(changed));
  if (std::find(disturbances_.begin(), disturbances_.end(), sentence) == disturbances_.end())
    disturbances_.push_back(sentence);
}

// To ask the system for it takes as long as a short step.
void Training::look_at_directory() {
  constexpr auto between_looks = std::chrono::milliseconds(10);
  const auto now = std::chrono::steady_clock::now();
  if (now - looked_at_directory_ < between_looks) return;
  looked_at_directory_ = now;
  undo_changes([] { return "a plugin"; }, true);
}

static std::string slot_that_is_not_finite(const chain::ChainUnit& unit, const chain::RuleState& state) {
  for (std::size_t s = 0; s < state.scalars.size(); ++s)
    if (std::isfinite(state.rule->scalars[s].start) && !std::isfinite(state.scalars[s]))
      return fmt::format("{}.{} of the group '{}'", state.rule->name, state.rule->scalars[s].name,
                         unit.group);
  for (std::size_t p = 0; p < unit.parameters.size(); ++p) {
    const Slots declared = guarded_at_work(*state.rule->plugin, state.rule->location,
                                           [&] { return state.rule->optimizer->slots(*unit.parameters[p]); });
    for (std::size_t s = 0; s < state.slots[p].size(); ++s) {
      const auto values = state.slots[p][s].values();
      if (std::isfinite(declared[s].number) &&
          !std::all_of(values.begin(), values.end(), [](Scalar v) { return std::isfinite(v); }))
        return fmt::format("{}.{} of the parameter '{}'", state.rule->name, declared[s].name,
                           unit.parameters[p]->name);
    }
  }
  return "";
}

void Training::check_slots() const {
  for (const auto& units : units_)
    for (const chain::ChainUnit& unit : units)
      for (const chain::RuleState& state : unit.rules)
        if (const std::string slot = slot_that_is_not_finite(unit, state); !slot.empty())
          throw Diverged(step_, fmt::format("the optimizer's {} is no longer finite", slot));
}

void Training::set_step(std::int64_t step) {
  step_ = step;
  for (Schedule* schedule : schedules_) schedule->evaluate(std::max<std::int64_t>(step, 1));
}

bool Training::plays(std::size_t player) const {
  return std::any_of(turns_.begin(), turns_.end(),
                     [&](const AssignedTurn& turn) { return turn.player == player; });
}

double Training::epochs() const {
  if (!sampler_ || sampler_->endless()) return 0;
  return static_cast<double>(sampler_->cursor().epoch) +
         static_cast<double>(sampler_->cursor().position) / static_cast<double>(sampler_->examples());
}

bool Training::is_due(const experiment::Duration& duration, std::int64_t step) const {
  if (duration.count <= 0) return false;
  if (duration.unit == experiment::Duration::Unit::steps) return step % duration.count == 0;
  if (duration.unit == experiment::Duration::Unit::minutes || !sampler_ || sampler_->endless()) return false;
  // A step deals several batches: it is due at the step in which the last batch of the epoch was dealt.
  const std::int64_t batches = static_cast<std::int64_t>(batches_.size());
  const std::int64_t period = sampler_->batches_per_epoch() * duration.count;
  return step * batches / period > (step - 1) * batches / period;
}

std::int64_t Training::first_due(const experiment::Duration& duration) const {
  if (duration.count <= 0) return 0;
  if (duration.unit == experiment::Duration::Unit::steps) return duration.count;
  if (duration.unit == experiment::Duration::Unit::minutes || !sampler_ || sampler_->endless()) return 0;
  return EpochLength{sampler_->batches_per_epoch(), std::ssize(batches_)}.steps(duration.count);
}

std::int64_t Training::parameter_count() const {
  std::int64_t count = 0;
  for (const auto& parameter : registrar_.parameters()) count += parameter->shape.size();
  return count;
}

}  // namespace descent::train
