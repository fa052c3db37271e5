#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "descent/base/pool.hpp"
#include "descent/data/number_check.hpp"
#include "descent/data/transformed_dataset.hpp"
#include "descent/train/training.hpp"

// How a Training is measured, outside of the training step.
namespace descent::train {

Training::EvaluationPoint::EvaluationPoint(Training& training) : training_(training) {
  if (training_.evaluation_points_ == 0) training_.enter_evaluation_point();
  ++training_.evaluation_points_;
}

Training::EvaluationPoint::~EvaluationPoint() {
  if (--training_.evaluation_points_ == 0) training_.leave_evaluation_point();
}

void Training::enter_evaluation_point() {
  source_->wait();  // the data set may be read here
  for (std::size_t p = 0; p < runners_.size(); ++p)
    if (runners_[p]->has_evaluation_point()) saved_values_[p].copy_from(arenas_[p]->values());
  save_buffers();
  try {
    for (const auto& runner : runners_)
      if (runner->has_evaluation_point()) runner->write_evaluation_point(step_);
    reestimate_buffers();
  } catch (...) {
    leave_evaluation_point();
    throw;
  }
}

void Training::leave_evaluation_point() {
  put_back_buffers();
  for (std::size_t p = 0; p < runners_.size(); ++p)
    if (runners_[p]->has_evaluation_point()) restore_values(p);
}

namespace {

/// While one lives, schedules have the values of a metric's `at`.
class SchedulesAt {
 public:
  explicit SchedulesAt(const std::vector<std::pair<Schedule*, double>>& values) {
    for (const auto& [schedule, value] : values) {
      before_.emplace_back(schedule, *schedule);
      *schedule = value;
    }
  }
  ~SchedulesAt() {
    for (const auto& [schedule, before] : before_) *schedule = before;
  }
  SchedulesAt(const SchedulesAt&) = delete;
  SchedulesAt& operator=(const SchedulesAt&) = delete;

 private:
  std::vector<std::pair<Schedule*, Schedule>> before_;
};

}  // namespace

// Those that are trained on, or those set aside for validation: indices of the data set's training split.
static std::span<const std::int64_t> examples_of_split(const data::Sampler& sampler, Split split) {
  return split == Split::validation ? sampler.validation_indices() : sampler.training_indices();
}

std::optional<std::int64_t> Training::size_for_metrics(Split split) const {
  if (!dataset_) return 0;
  const experiment::PluginUse& data = *experiment_.dataset;
  if (split == Split::test)
    return guarded_at_work(*data.plugin, data.location(),
                           [&] { return std::as_const(*dataset_).size(split); });
  // Fresh ones can be drawn of what is trained on; none are set aside for validation.
  if (sampler_->endless()) return split == Split::train ? std::nullopt : std::optional<std::int64_t>(0);
  return std::ssize(examples_of_split(*sampler_, split));
}

/// What a metric may look at.
class Training::EvaluationContext final : public MetricContext {
  // What the data set throws is not the metric's.
  template <class Use>
  auto at_work(Use&& use) const {
    const experiment::PluginUse& data = *training_.experiment_.dataset;
    return guarded_at_work(*data.plugin, data.location(),
                           [&] { return use(std::as_const(*training_.dataset_)); });
  }

 public:
  EvaluationContext(Training& training, const MetricInstance& metric)
      : training_(training),
        metric_(metric),
        seed_(stream_key(training.experiment_.seed, "metric/" + metric.name)),
        pass_(Mode::evaluation, seed_, training.step_, 0, BufferUpdates::none) {}

  const Dataset& dataset() const override {
    if (!training_.dataset_) throw Error("the experiment has no data set");
    return *training_.dataset_;
  }
  const Fields& fields() const override { return training_.fields_; }
  std::int64_t batch_size() const override { return metric_.batch_size; }
  Pass& pass() override { return pass_; }

  Split split() const override { return metric_.split; }

  std::optional<std::int64_t> size(Split split) const override { return training_.size_for_metrics(split); }

  void each_batch(const Examples& examples, const std::function<void(const Batch&)>& look) override {
    if (!training_.dataset_) return look(training_.batches_[0]);
    const Split split = examples.split.value_or(metric_.split);
    Batch batch(training_.fields_, metric_.batch_size);
    const std::optional<std::int64_t> size = this->size(split);
    const std::int64_t all = size.value_or(examples.of_endless);
    const std::int64_t end = size && examples.first > 0 ? std::min(examples.first, all) : all;
    for (std::int64_t begin = 0; begin < end; begin += metric_.batch_size) {
      const std::int64_t count = std::min(metric_.batch_size, end - begin);
      batch.resize(count);
      if (size) {
        fill(split, begin, count, batch);
      } else {
        RandomStream random = pass_.random("data");
        at_work([&](const Dataset& dataset) {
          data::sample(dataset, split, random, batch, reading(begin / metric_.batch_size));
        });
      }
      look(batch);
    }
  }

  Values conditions(std::int64_t begin, std::int64_t count) override {
    return training_.conditions(begin, count, {}, pass_);
  }

  Values conditions_of_data(std::int64_t begin, std::int64_t count) override {
    const std::optional<std::int64_t> size = this->size(metric_.split);
    const auto fields = training_.condition_fields();
    if (fields.empty() || !training_.dataset_ || !size || *size == 0) return conditions(begin, count);
    Batch batch(training_.fields_, count);
    batch.resize(count);
    indices_.clear();
    const auto own =
        metric_.split == Split::test ? std::span<const std::int64_t>() : examples_of_training(metric_.split);
    for (std::int64_t i = begin; i < begin + count; ++i) {
      const std::int64_t example = i % *size;
      indices_.push_back(own.empty() ? example : own[static_cast<std::size_t>(example)]);
    }
    read(metric_.split == Split::test ? Split::test : Split::train, indices_, batch);
    Values y;
    for (const Field* field : fields) y.append(batch[field->name]);
    return y;
  }

  std::vector<std::string> losses() const override {
    std::vector<std::string> names;
    for (const LossInstance& item : training_.game_->items()) names.push_back(item.name);
    return names;
  }

  std::vector<TermMean> evaluate_losses(const Batch& batch) override {
    std::vector<TermMean> means;
    // Each batch draws its own noise.
    const Game::PassCounters counters{Mode::evaluation,    seed_, training_.step_, evaluation_++,
                                      BufferUpdates::none, true};
    for (GamePlayer player : training_.game_->players()) {
      training_.game_->evaluate(player, *training_.model_, training_.registrar_, batch, counters,
                                Game::Items::all);
      for (const GameTerm& term : player.terms)
        means.push_back({player.name, training_.game_->items()[term.item].name, term.spec.name, term.mean,
                         term.weight, term.spec.minimized});
    }
    return means;
  }

 private:
  // Keyed by the run's own seed: what is drawn per epoch or once is what training sees.
  Reading reading(std::int64_t part) const {
    return {.seed = training_.experiment_.seed,
            .epoch = training_.sampler_->cursor().epoch,
            .step = training_.step_,
            .part = part};
  }

  std::span<const std::int64_t> examples_of_training(Split split) const {
    return examples_of_split(*training_.sampler_, split);
  }

  void fill(Split split, std::int64_t begin, std::int64_t count, Batch& batch) {
    if (split != Split::test) {
      const auto part = examples_of_training(split).subspan(static_cast<std::size_t>(begin),
                                                            static_cast<std::size_t>(count));
      return read(Split::train, part, batch);
    }
    indices_.resize(static_cast<std::size_t>(count));
    std::iota(indices_.begin(), indices_.end(), begin);
    read(split, indices_, batch);
  }

  // What is not scanned at the start is checked as it is read.
  void read(Split split, std::span<const std::int64_t> indices, Batch& batch) const {
    at_work([&](const Dataset& dataset) {
      data::fill(dataset, split, indices, batch, reading(0));
      if (training_.sampler_->has_reading_order()) data::check_numbers(batch, split, indices);
    });
  }

  Training& training_;
  const MetricInstance& metric_;
  std::uint64_t seed_;
  Pass pass_;
  std::vector<std::int64_t> indices_;
  std::int64_t evaluation_ = 0;
};

void Training::rehearse_metrics(Diagnostics& diagnostics) {
  const NoGrad no_graph;
  for (const MetricInstance& metric : metrics_) {
    EvaluationContext context(*this, metric);
    try {
      guarded_at_work(*metric.plugin, metric.location, [&] { metric.metric->rehearse(*model_, context); });
    } catch (const PluginFailure& failure) {
      diagnostics.add(failure.location(), failure.problem());
    }
  }
}

std::vector<double> Training::measure(const MetricInstance& metric) {
  undo_changes([] { return "a plugin"; }, true);  // not this one, which is called now
  const EvaluationPoint here(*this);
  const NoGrad no_graph;
  std::vector<double> values;
  {
    const SchedulesAt at(metric.at);
    EvaluationContext context(*this, metric);
    values = guarded_at_work(*metric.plugin, metric.location,
                             [&] { return metric.metric->measure(*model_, context); });
  }
  undo_changes([&] { return metric.plugin->title(); }, true);
  pool::trim();  // a large evaluation must not keep its peak for the rest of the run
  if (values.size() != metric.measures.size())
    throw RunError(fmt::format("{}: metric '{}' declared {} measures and gave {}", metric.location.text(),
                               metric.name, metric.measures.size(), values.size()));
  return values;
}

}  // namespace descent::train
