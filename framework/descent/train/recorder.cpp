#include "descent/train/recorder.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace descent {

Recorder::Recorder(Training& training) : Recorder(training, [](std::int64_t) { return false; }) {}

Recorder::Recorder(Training& training, UpdateStatistics::AtStep also_measured) : training_(training) {
  declare_training_sets();
  declare_optimizer(std::move(also_measured));
  declare_metrics();
  declare_tensors();
  declare_samples();
}

Recorder::~Recorder() = default;

void Recorder::open(const std::filesystem::path& directory, const LogSchema& schema) {
  log_ = std::make_unique<LogWriter>(directory, schema);
  for (const MetricSet& set : schema_.sets) handles_.push_back(log_->set(set.name));
  for (TensorTap& tap : taps_)
    tap.series = tap.histogram ? log_->histogram(tap.path) : log_->tensor(tap.path);
  if (!schema_.samples.empty()) samples_ = log_->sample(schema_.samples[0].path);
  bins_.resize(histogram_bins);
  std::size_t widest = 0;
  for (const MetricSet& set : schema_.sets) widest = std::max(widest, set.columns.size());
  row_.reserve(widest);
  start_ = Clock::now();
}

double Recorder::seconds() const {
  return std::chrono::duration<double>(Clock::now() - start_).count();
}

bool Recorder::is_logged(std::int64_t step) const {
  const Duration& every = training_.experiment().log.metrics_every;
  return training_.is_due(every, step) || step == 1 || step == training_.total_steps();
}

void Recorder::record(TensorTap& tap) {
  const std::int64_t step = training_.step();
  if (tap.recorded_step == step || !training_.is_due(tap.every, step)) return;
  tap.recorded_step = step;
  const auto values = std::as_const(tap.tensor).values();
  if (!tap.histogram) return log_->append(tap.series, step, values);
  const auto finite = [](Scalar v) { return std::isfinite(v); };
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (const Scalar v : values) {
    if (!finite(v)) continue;
    low = std::min(low, static_cast<double>(v));
    high = std::max(high, static_cast<double>(v));
  }
  std::fill(bins_.begin(), bins_.end(), 0);
  const double width = (high - low) / static_cast<double>(histogram_bins);
  for (const Scalar v : values) {
    if (!finite(v)) continue;
    const double place = width > 0 ? (static_cast<double>(v) - low) / width : 0;
    ++bins_[std::min<std::size_t>(static_cast<std::size_t>(place), histogram_bins - 1)];
  }
  log_->append(tap.series, step, bins_, low, high);
}

// Of several updates in one step the first is recorded.
void Recorder::record_arena(TensorLog::What what, std::span<const std::string> groups,
                            const GamePlayer& player) {
  for (TensorTap& tap : taps_) {
    if (tap.what != what) continue;
    const auto& wanted = groups.empty() ? std::span<const std::string>(player.groups) : groups;
    if (std::find(wanted.begin(), wanted.end(), tap.group) != wanted.end()) record(tap);
  }
}

void Recorder::gradients_ready(const GamePlayer& player, Arena& arena, std::span<const std::string> groups) {
  statistics_->gradients_ready(player, arena, groups);
  record_arena(TensorLog::What::gradients, groups, player);
}

void Recorder::updated(const GamePlayer& player, Arena& arena, std::span<const std::string> groups) {
  statistics_->updated(player, arena, groups);
  record_arena(TensorLog::What::updates, groups, player);
}

void Recorder::step_played() {
  const std::int64_t step = training_.step();
  for (TensorTap& tap : taps_)
    if (tap.what == TensorLog::What::values || tap.what == TensorLog::What::slots) record(tap);
  record_optimizer();
  if (!is_logged(step)) return;
  Game& game = training_.game();
  for (const TrainColumns& columns : train_sets_) {
    row_.clear();
    if (columns.item && (step - 1) % game.items()[*columns.item].every != 0) continue;
    if (!columns.item)
      for (const GamePlayer& player : game.players()) row_.push_back(player.objective);
    for (const GamePlayer& player : game.players()) {
      for (const GameTerm& term : player.terms) {
        const bool here = columns.item ? term.item == *columns.item : game.items()[term.item].every <= 1;
        if (here) row_.push_back(term.mean);
      }
    }
    if (!columns.item)
      for (const auto& [name, schedule] : schedules_) row_.push_back(schedule->current());
    log_->append(handles_[columns.set], step, seconds(), row_);
  }
}

static double value_of(OptimizerLog::Measure measure, const UpdateSums& sums) {
  switch (measure) {
    case OptimizerLog::Measure::gradient_norm:
      return sums.gradient_norm();
    case OptimizerLog::Measure::update_norm:
      return sums.update_norm();
    case OptimizerLog::Measure::value_norm:
      return sums.value_norm();
    case OptimizerLog::Measure::update_ratio:
      return sums.update_ratio();
    case OptimizerLog::Measure::update_cosine:
      return sums.update_cosine();
    case OptimizerLog::Measure::effective_learning_rate:
      return sums.effective_learning_rate();
  }
  return std::numeric_limits<double>::quiet_NaN();
}

void Recorder::record_optimizer() {
  const auto& log = training_.experiment().log.optimizer;
  const std::int64_t step = training_.step();
  if (!log || !(training_.is_due(log->every, step) || step == training_.total_steps())) return;
  for (std::size_t player = 0; player < optimizer_sets_.size(); ++player) {
    row_.clear();
    const auto add = [&](const UpdateSums& sums) {
      for (const OptimizerLog::Measure measure : log->measures) row_.push_back(value_of(measure, sums));
    };
    add(statistics_->of_player(player, step));
    for (const UpdateStatistics::Entry& entry : statistics_->entries())
      if (log->per_parameter && entry.player == player) add(entry.sums);
    log_->append(handles_[optimizer_sets_[player]], step, seconds(), row_);
  }
}

void Recorder::metric_measured(std::size_t metric, std::span<const double> values) {
  log_->append(handles_[metric_sets_[metric]], training_.step(), seconds(), values);
}

void Recorder::samples(const Tensor& samples) {
  if (samples_) log_->append(*samples_, training_.step(), std::as_const(samples).values());
}

}  // namespace descent
