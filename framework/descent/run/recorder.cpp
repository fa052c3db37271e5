#include "descent/run/recorder.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "descent/base/stopwatch.hpp"
#include "descent/runlog/log_reader.hpp"
#include "descent/runlog/run_files.hpp"

namespace descent::run {

Recorder::Recorder(train::Training& training, Diagnostics& diagnostics,
                   const train::UpdateStatistics::AtStep& also_measured)
    : training_(training) {
  declare_training_sets();
  declare_optimizer(also_measured);
  declare_metrics(diagnostics);
  for (const experiment::TensorLog& spec : training_.experiment().log.tensors) {
    try {
      declare_tensors(spec);
    } catch (const Error& error) {
      diagnostics.append(error);
    }
  }
  declare_samples(diagnostics);
}

Recorder::~Recorder() = default;

static std::int64_t& rows_of(std::vector<runlog::LogLength>& kept, const std::string& path) {
  static std::int64_t none;
  for (runlog::LogLength& length : kept)
    if (length.path == path) return length.rows;
  return none = 0;
}

// A run writes some rows only because it ends. Where it goes on, they are none of the longer run's.
void Recorder::drop_ending(const runlog::LogReader& log, std::vector<runlog::LogLength>& kept) const {
  const std::int64_t step = training_.step();
  const auto drop = [&](const std::string& path, const std::vector<std::int64_t>& steps, bool regular) {
    std::int64_t& rows = rows_of(kept, path);
    if (!regular && rows > 0 && steps.at(static_cast<std::size_t>(rows - 1)) == step) --rows;
  };
  const auto drop_set = [&](std::size_t set, bool regular) {
    const std::string& name = schema_.sets[set].name;
    drop("metrics/" + name, log.steps(name), regular);
  };
  for (const TrainColumns& columns : train_sets_) drop_set(columns.set, is_row(columns, step));
  const auto& optimizer = training_.experiment().log.optimizer;
  for (const std::size_t set : optimizer_sets_) drop_set(set, is_due_or_last(optimizer->every));
  for (std::size_t m = 0; m < metric_sets_.size(); ++m)
    drop_set(metric_sets_[m], is_due_or_last(training_.metrics()[m].every));
  for (const runlog::TensorSeries& series : schema_.samples)
    drop("samples/" + series.path, log.snapshot_steps("samples/" + series.path),
         is_due_or_last(training_.experiment().log.samples_every));
}

static double last_wall_time(const runlog::LogReader& log, std::vector<runlog::LogLength>& kept) {
  double last = 0;
  for (const runlog::MetricSet& set : log.sets())
    if (const std::int64_t rows = rows_of(kept, "metrics/" + set.name); rows > 0)
      last = std::max(last, log.column(set.name, "wall_time").at(static_cast<std::size_t>(rows - 1)));
  return last;
}

void Recorder::open(const std::filesystem::path& directory, const runlog::LogSchema& schema,
                    const runlog::LogOptions& options) {
  log_ = std::make_unique<runlog::LogWriter>(directory, schema, options);
  prepare();
}

void Recorder::reopen(const std::filesystem::path& directory, const runlog::LogSchema& schema,
                      std::vector<runlog::LogLength> kept, const runlog::LogOptions& options) {
  double seconds = 0;
  if (std::any_of(kept.begin(), kept.end(),
                  [](const runlog::LogLength& length) { return length.rows > 0; })) {
    const runlog::LogReader log(directory / runlog::files::log);
    drop_ending(log, kept);
    seconds = last_wall_time(log, kept);
  }
  log_ = std::make_unique<runlog::LogWriter>(directory, schema, runlog::KeptRows{std::move(kept)}, options);
  prepare();
  start_ -= std::chrono::duration_cast<Clock::duration>(std::chrono::duration<double>(seconds));
}

void Recorder::prepare() {
  for (const runlog::MetricSet& set : schema_.sets) handles_.push_back(log_->set(set.name));
  for (TensorTap& tap : taps_)
    if (tap.as == experiment::TensorLog::As::histograms)
      tap.series = log_->histogram(tap.path);
    else if (tap.as == experiment::TensorLog::As::snapshots)
      tap.series = log_->tensor(tap.path);
  for (const runlog::TensorSeries& series : schema_.samples) samples_.push_back(log_->sample(series.path));
  bins_.resize(histogram_bins);
  std::size_t widest = 0;
  for (const runlog::MetricSet& set : schema_.sets) widest = std::max(widest, set.columns.size());
  row_.reserve(widest);
  start_ = Clock::now();
}

double Recorder::seconds() const {
  return std::chrono::duration<double>(Clock::now() - start_).count();
}

bool Recorder::is_due_or_last(const experiment::Duration& every) const {
  return training_.is_due(every, training_.step()) || training_.step() == training_.total_steps();
}

bool Recorder::is_row(const TrainColumns& columns, std::int64_t step) const {
  const auto due = [&](std::int64_t at) {
    return at == 1 || training_.is_due(training_.experiment().log.metrics_every, at);
  };
  const bool last = step == training_.total_steps();
  if (!columns.item) return due(step) || last;
  const std::int64_t every = training_.game().items()[*columns.item].every;
  if ((step - 1) % every != 0) return false;
  for (std::int64_t at = std::max<std::int64_t>(step - every + 1, 1); at < step; ++at)
    if (due(at)) return true;
  return due(step) || last;
}

bool Recorder::is_row(std::string_view set, std::int64_t step) const {
  return std::any_of(train_sets_.begin(), train_sets_.end(), [&](const TrainColumns& columns) {
    return schema_.sets[columns.set].name == set && is_row(columns, step);
  });
}

bool Recorder::is_logged(std::int64_t step) const {
  return std::any_of(train_sets_.begin(), train_sets_.end(),
                     [&](const TrainColumns& columns) { return is_row(columns, step); });
}

void Recorder::record(TensorTap& tap) {
  const std::int64_t step = training_.step();
  if (tap.recorded_step == step || !training_.is_due(tap.every, step)) return;
  const Stopwatch watch(copying_seconds_);
  tap.recorded_step = step;
  if (tap.as == experiment::TensorLog::As::histograms) return record_histogram(tap);
  if (tap.as == experiment::TensorLog::As::summaries) return record_summary(tap);
  log_->append(tap.series, step, std::as_const(tap.tensor).values());
}

void Recorder::record_histogram(const TensorTap& tap) {
  const auto values = tap.tensor.values();
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
  log_->append(tap.series, training_.step(), bins_, low, high);
}

void Recorder::record_summary(const TensorTap& tap) {
  const auto values = tap.tensor.values();
  const auto count = static_cast<double>(values.size());
  double sum = 0, squares = 0, low = std::numeric_limits<double>::infinity(), high = -low;
  for (const Scalar v : values) {
    const auto number = static_cast<double>(v);
    sum += number;
    squares += number * number;
    low = std::min(low, number);
    high = std::max(high, number);
  }
  if (std::isnan(sum)) low = high = sum;  // min() and max() pass over a NaN
  const double mean = sum / count;
  double deviations = 0;
  for (const Scalar v : values)
    deviations += (static_cast<double>(v) - mean) * (static_cast<double>(v) - mean);
  const double row[] = {mean, std::sqrt(deviations / count), low, high, std::sqrt(squares)};
  log_->append(handles_[tap.set], training_.step(), seconds(), row);
}

// Of several updates in one step the first is recorded.
void Recorder::record_arena(experiment::TensorLog::What what, std::span<const std::string> groups,
                            const train::GamePlayer& player) {
  for (TensorTap& tap : taps_) {
    if (tap.what != what) continue;
    const auto& wanted = groups.empty() ? std::span<const std::string>(player.groups) : groups;
    if (std::find(wanted.begin(), wanted.end(), tap.group) != wanted.end()) record(tap);
  }
}

void Recorder::gradients_ready(const train::GamePlayer& player, chain::Arena& arena,
                               std::span<const std::string> groups) {
  statistics_->gradients_ready(player, arena, groups);
  record_arena(experiment::TensorLog::What::gradients, groups, player);
}

bool Recorder::wants_updates() const {
  return statistics_->wants_updates() || std::any_of(taps_.begin(), taps_.end(), [&](const TensorTap& tap) {
           return tap.what == experiment::TensorLog::What::updates &&
                  training_.is_due(tap.every, training_.step());
         });
}

void Recorder::updated(const train::GamePlayer& player, chain::Arena& arena,
                       std::span<const std::string> groups) {
  statistics_->updated(player, arena, groups);
  record_arena(experiment::TensorLog::What::updates, groups, player);
}

void Recorder::step_played() {
  const std::int64_t step = training_.step();
  for (TensorTap& tap : taps_)
    if (tap.what == experiment::TensorLog::What::values || tap.what == experiment::TensorLog::What::slots)
      record(tap);
  record_optimizer();
  train::Game& game = training_.game();
  for (const TrainColumns& columns : train_sets_) {
    if (!is_row(columns, step)) continue;
    row_.clear();
    if (!columns.item)
      for (const std::size_t p : players_) row_.push_back(game.players()[p].objective);
    for (const std::size_t p : players_) {
      for (const train::GameTerm& term : game.players()[p].terms) {
        const bool here = columns.item ? term.item == *columns.item : game.items()[term.item].every <= 1;
        if (here) row_.push_back(term.mean);
      }
    }
    if (!columns.item)
      for (const auto& [name, schedule] : schedules_) row_.push_back(schedule->current());
    log_->append(handles_[columns.set], step, seconds(), row_);
  }
}

static double value_of(experiment::OptimizerLog::Measure measure, const train::UpdateSums& sums) {
  switch (measure) {
    case experiment::OptimizerLog::Measure::gradient_norm:
      return sums.gradient_norm();
    case experiment::OptimizerLog::Measure::update_norm:
      return sums.update_norm();
    case experiment::OptimizerLog::Measure::value_norm:
      return sums.value_norm();
    case experiment::OptimizerLog::Measure::update_ratio:
      return sums.update_ratio();
    case experiment::OptimizerLog::Measure::update_cosine:
      return sums.update_cosine();
    case experiment::OptimizerLog::Measure::effective_learning_rate:
      return sums.effective_learning_rate();
  }
  return std::numeric_limits<double>::quiet_NaN();
}

void Recorder::record_optimizer() {
  const auto& log = training_.experiment().log.optimizer;
  const std::int64_t step = training_.step();
  if (!log || !is_due_or_last(log->every)) return;
  for (std::size_t i = 0; i < players_.size() && !optimizer_sets_.empty(); ++i) {
    const std::size_t player = players_[i];
    row_.clear();
    const auto add = [&](const train::UpdateSums& sums) {
      for (const experiment::OptimizerLog::Measure measure : log->measures)
        row_.push_back(value_of(measure, sums));
    };
    add(statistics_->of_player(player, step));
    for (const train::UpdateStatistics::Entry& entry : statistics_->entries())
      if (log->per_parameter && entry.player == player) add(entry.sums);
    log_->append(handles_[optimizer_sets_[i]], step, seconds(), row_);
  }
}

void Recorder::metric_measured(std::size_t metric, std::span<const double> values) {
  log_->append(handles_[metric_sets_[metric]], training_.step(), seconds(), values);
}

void Recorder::samples(const std::vector<Tensor>& samples) {
  for (std::size_t i = 0; i < samples_.size(); ++i)
    log_->append(samples_[i], training_.step(), std::as_const(samples[i]).values());
}

}  // namespace descent::run
