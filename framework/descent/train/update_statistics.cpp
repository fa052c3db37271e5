#include "descent/train/update_statistics.hpp"

#include <algorithm>
#include <cmath>

#include "descent/base/stopwatch.hpp"
#include "descent/kernels/array.hpp"
#include "descent/kernels/vectorized.hpp"

namespace descent::train {

UpdateSums& UpdateSums::operator+=(const UpdateSums& other) {
  gradient += other.gradient;
  update += other.update;
  value += other.value;
  previous += other.previous;
  product += other.product;
  return *this;
}

double UpdateSums::gradient_norm() const {
  return std::sqrt(gradient);
}
double UpdateSums::update_norm() const {
  return std::sqrt(update);
}
double UpdateSums::value_norm() const {
  return std::sqrt(value);
}
double UpdateSums::update_ratio() const {
  return std::sqrt(update / value);
}
double UpdateSums::update_cosine() const {
  return product / std::sqrt(update * previous);
}
double UpdateSums::effective_learning_rate() const {
  return std::sqrt(update / gradient);
}

UpdateStatistics::UpdateStatistics(Training& training, AtStep due, AtStep with_cosines)
    : training_(training), due_(std::move(due)), with_cosines_(std::move(with_cosines)) {
  for (std::size_t player = 0; player < training_.arenas().size(); ++player) {
    const chain::Arena& arena = *training_.arenas()[player];
    for (std::size_t p = 0; p < arena.parameters().size(); ++p) {
      const Parameter* parameter = arena.parameters()[p];
      for (const chain::ChainUnit& unit : training_.units()[player]) {
        const auto& moved = unit.parameters;
        if (std::find(moved.begin(), moved.end(), parameter) != moved.end())
          entries_.push_back({player, parameter, &unit, arena.offset(p), {}});
      }
    }
    if (with_cosines_) previous_.push_back(Tensor::zeros({arena.size()}));
  }
}

UpdateStatistics::~UpdateStatistics() = default;

template <class Use>
void UpdateStatistics::each_moved(const GamePlayer& player, std::span<const std::string> groups, Use&& use) {
  for (Entry& entry : entries_) {
    if (&training_.game().players()[entry.player] != &player) continue;
    const bool moved =
        groups.empty() || std::find(groups.begin(), groups.end(), entry.parameter->group) != groups.end();
    if (moved) use(entry);
  }
}

static ConstUnalignedView numbers(const Tensor& arena, const UpdateStatistics::Entry& entry) {
  return {arena.data() + entry.offset, entry.parameter->shape.size()};
}

void UpdateStatistics::gradients_ready(const GamePlayer& player, chain::Arena& arena,
                                       std::span<const std::string> groups) {
  const std::int64_t step = training_.step();
  if (!due_(step)) return;
  const Stopwatch watch(seconds_);
  each_moved(player, groups, [&](Entry& entry) {
    if (entry.sums.step == step) return;
    entry.sums.gradient = sum_of_squares(numbers(arena.gradients(), entry));
  });
}

bool UpdateStatistics::holds() const {
  return std::any_of(entries_.begin(), entries_.end(), [&](const Entry& entry) {
    return entry.unit->updates - entry.unit->extrapolations < training_.player_updates()[entry.player];
  });
}

// Where updates are held back, the one before may be any number of steps back.
bool UpdateStatistics::is_remembered(std::int64_t step) const {
  return with_cosines_ && (with_cosines_(step) || with_cosines_(step + 1) || holds());
}

bool UpdateStatistics::wants_updates() const {
  return due_(training_.step()) || is_remembered(training_.step());
}

void UpdateStatistics::updated(const GamePlayer& player, chain::Arena& arena,
                               std::span<const std::string> groups) {
  const std::int64_t step = training_.step();
  const bool due = due_(step), cosines = with_cosines_ && with_cosines_(step);
  const bool remembered = is_remembered(step);
  if (!due && !remembered) return;
  const Stopwatch watch(seconds_);
  each_moved(player, groups, [&](Entry& entry) {
    const ConstUnalignedView update = numbers(arena.gradients(), entry);
    if (due && entry.sums.step != step) {
      UpdateSums& sums = entry.sums;
      sums.step = step;
      sums.value = sum_of_squares(numbers(arena.values(), entry));
      sums.update = sum_of_squares(update);
      sums.previous = sums.product = 0;
      if (cosines) {
        const ConstUnalignedView before = numbers(previous_[entry.player], entry);
        sums.previous = sum_of_squares(before);
        sums.product = (update.cast<double>() * before.cast<double>()).sum();
      }
    }
    if (remembered && !entry.unit->held)
      std::copy_n(update.data(), update.size(), previous_[entry.player].data() + entry.offset);
  });
}

UpdateSums UpdateStatistics::of_player(std::size_t player, std::int64_t step) const {
  UpdateSums sums;
  for (const Entry& entry : entries_)
    if (entry.player == player && entry.sums.step == step) sums += entry.sums;
  sums.step = step;
  return sums;
}

std::vector<std::pair<std::string, Tensor>> UpdateStatistics::state() const {
  std::vector<std::pair<std::string, Tensor>> named;
  for (std::size_t player = 0; player < previous_.size(); ++player)
    named.emplace_back("previous_update/" + training_.game().players()[player].name, previous_[player]);
  return named;
}

}  // namespace descent::train
