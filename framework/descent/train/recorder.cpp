#include "descent/train/recorder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "descent/base/text.hpp"

namespace descent {

namespace {
constexpr std::int64_t histogram_bins = 64;
}

/// One set of training columns: those of every step, or of one loss item with a cadence of its own.
struct Recorder::TrainColumns {
  std::size_t set;
  std::optional<std::size_t> item;  // nothing: all items that are evaluated at every step
};

/// One tensor that is copied into the log now and then.
struct Recorder::TensorTap {
  TensorLog::What what;
  Duration every;
  Tensor tensor;
  std::string group;
  bool histogram;
  std::string path;
  std::int64_t recorded_step = 0;
  SeriesHandle series{0};
};

Recorder::Recorder(Training& training) : training_(training) {
  declare_training_sets();
  declare_metrics();
  declare_tensors();
  declare_samples();
}

Recorder::~Recorder() = default;

void Recorder::declare_training_sets() {
  Game& game = training_.game();
  const bool several = game.players().size() > 1;
  const auto prefix = [&](const GamePlayer& player) { return several ? player.name + "/" : std::string(); };
  MetricSet all{"train", {}};
  for (const GamePlayer& player : game.players())
    all.columns.push_back(
        {prefix(player) + "objective", "", fmt::format("objective of player '{}'", player.name)});
  const auto add_terms = [&](MetricSet& set, std::optional<std::size_t> item) {
    for (const GamePlayer& player : game.players()) {
      for (const GameTerm& term : player.terms) {
        const LossInstance& loss = game.items()[term.item];
        if (item ? term.item != *item : loss.every > 1) continue;
        set.columns.push_back(
            {prefix(player) + loss.name + "/" + term.spec.name, "",
             fmt::format("term '{}' of loss '{}', mean over the batch", term.spec.name, loss.name)});
      }
    }
  };
  add_terms(all, std::nullopt);
  schedules_ = training_.changing_schedules();
  for (const auto& [name, schedule] : schedules_) all.columns.push_back({name, "", "value of the schedule"});
  train_sets_.push_back({schema_.sets.size(), std::nullopt});
  schema_.sets.push_back(std::move(all));
  for (std::size_t i = 0; i < game.items().size(); ++i) {
    if (game.items()[i].every <= 1) continue;
    MetricSet own{"loss." + game.items()[i].name, {}};
    add_terms(own, i);
    train_sets_.push_back({schema_.sets.size(), i});
    schema_.sets.push_back(std::move(own));
  }
  std::size_t widest = 0;
  for (const MetricSet& set : schema_.sets) widest = std::max(widest, set.columns.size());
  row_.reserve(widest);
}

void Recorder::declare_metrics() {
  for (const MetricInstance& metric : training_.metrics()) {
    MetricSet set{fmt::format("{}.{}", split_name(metric.split), metric.name), {}};
    for (const Measure& measure : metric.measures) set.columns.push_back({measure.name, measure.unit, ""});
    metric_sets_.push_back(schema_.sets.size());
    schema_.sets.push_back(std::move(set));
  }
}

void Recorder::declare_tap(const TensorLog& spec, const std::string& path, const Tensor& tensor,
                           const std::string& description, const std::string& group) {
  TensorTap tap{spec.what, spec.every, tensor, group, spec.histogram, path, 0};
  if (spec.histogram) {
    tap.path += "_histogram";
    schema_.histograms.push_back({tap.path, histogram_bins, description});
  } else {
    TensorSeries series{path, tensor.shape(), {}, description};
    series.compress = training_.experiment().log.compress_tensors;
    schema_.tensors.push_back(std::move(series));
  }
  taps_.push_back(std::move(tap));
}

void Recorder::declare_tensors() {
  for (const TensorLog& spec : training_.experiment().log.tensors) {
    const std::size_t before = taps_.size();
    std::vector<std::string> names;
    if (spec.what == TensorLog::What::slots) {
      for (const auto& units : training_.units()) {
        for (const ChainUnit& unit : units) {
          for (const RuleState& state : unit.rules) {
            for (std::size_t p = 0; p < unit.parameters.size(); ++p) {
              for (std::size_t s = 0; s < state.slots[p].size(); ++s) {
                const std::string slot = state.rule->name + "." + state.slot_names[p][s];
                names.push_back(slot + "/" + unit.parameters[p]->name);
                if (matches(spec.pattern, names.back()))
                  declare_tap(spec, unit.parameters[p]->name + "/" + slot, state.slots[p][s],
                              fmt::format("slot '{}' of rule '{}'", state.slot_names[p][s], state.rule->name),
                              unit.group);
              }
            }
          }
        }
      }
    } else {
      static constexpr const char* kinds[] = {"value", "gradient", "update"};
      const char* kind = kinds[static_cast<std::size_t>(spec.what)];
      for (const auto& arena : training_.arenas()) {
        for (std::size_t p = 0; p < arena->parameters().size(); ++p) {
          const Parameter& parameter = *arena->parameters()[p];
          names.push_back(parameter.name);
          if (!matches(spec.pattern, parameter.name)) continue;
          const bool value = spec.what == TensorLog::What::values;
          declare_tap(spec, parameter.name + "/" + kind, value ? parameter.value : arena->gradient_views()[p],
                      fmt::format("{} of parameter '{}'", kind, parameter.name), parameter.group);
        }
      }
    }
    if (taps_.size() == before)
      throw Error(spec.place, fmt::format("the pattern '{}' matches nothing{}", spec.pattern,
                                          suggestion(spec.pattern, names)));
  }
}

void Recorder::declare_samples() {
  const LogSpec& log = training_.experiment().log;
  const Field* field = training_.sample_field();
  if (log.samples_every.count <= 0) return;
  if (field == nullptr)
    throw Error(training_.experiment().model.place(),
                "'log.samples' wants samples, but this model generates none; leave it out");
  TensorSeries series{
      field->name, field->shape.batch(log.samples_count), {}, "samples on a fixed latent grid"};
  if (field->image.rank() == 3 && (field->image[2] == 1 || field->image[2] == 3)) {
    series.image = true;
    series.minimum = field->low;
    series.maximum = field->high;
    series.shape = field->image[2] == 1 ? Shape{log.samples_count, field->image[0], field->image[1]}
                                        : field->image.batch(log.samples_count);
  }
  schema_.samples.push_back(std::move(series));
}

void Recorder::open(const std::filesystem::path& directory, const LogSchema& schema) {
  log_ = std::make_unique<LogWriter>(directory, schema);
  for (const MetricSet& set : schema_.sets) handles_.push_back(log_->set(set.name));
  for (TensorTap& tap : taps_)
    tap.series = tap.histogram ? log_->histogram(tap.path) : log_->tensor(tap.path);
  if (!schema_.samples.empty()) samples_ = log_->sample(schema_.samples[0].path);
  bins_.resize(histogram_bins);
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

void Recorder::gradients_ready(const GamePlayer& player, Arena&, std::span<const std::string> groups) {
  record_arena(TensorLog::What::gradients, groups, player);
}

void Recorder::updated(const GamePlayer& player, Arena&, std::span<const std::string> groups) {
  record_arena(TensorLog::What::updates, groups, player);
}

void Recorder::step_played() {
  const std::int64_t step = training_.step();
  for (TensorTap& tap : taps_)
    if (tap.what == TensorLog::What::values || tap.what == TensorLog::What::slots) record(tap);
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

void Recorder::metric_measured(std::size_t metric, std::span<const double> values) {
  log_->append(handles_[metric_sets_[metric]], training_.step(), seconds(), values);
}

void Recorder::samples(const Tensor& samples) {
  if (samples_) log_->append(*samples_, training_.step(), std::as_const(samples).values());
}

}  // namespace descent
