#include <fmt/format.h>

#include <algorithm>

#include "descent/base/text.hpp"
#include "descent/plugin/option_checks.hpp"
#include "descent/train/training.hpp"

// The metrics of a Training: made, and checked against its model, its data set and its game.
namespace descent::train {

void Training::load_runs(const MetricInstance& metric, Diagnostics& diagnostics) {
  for (RunReference* reference : metric.plugin->runs(metric.metric.get())) {
    if (reference->path.empty()) continue;
    if (!resources_.load_run) {
      diagnostics.add(metric.location,
                      fmt::format("metric '{}' looks at the run {}, but this program loads no runs; give "
                                  "assemble() a 'load_run', or leave the metric out",
                                  metric.name, reference->path.string()));
      continue;
    }
    try {
      reference->run = resources_.load_run(reference->path);
    } catch (const Error& error) {
      diagnostics.append(error.within(metric.location));
    }
  }
}

// What an item says by itself. Without a metric, and with problems, where its options are wrong.
static MetricInstance instance_of(experiment::MetricItem& item, Diagnostics& diagnostics) {
  MetricInstance made;
  made.plugin = item.plugin;
  made.name = item.name;
  made.location = item.location();
  made.split = item.split;
  made.every = item.every;
  made.metric = item.take<Metric>(diagnostics);
  return made;
}

std::vector<MetricInstance> declared_metrics(std::vector<experiment::MetricItem> items) {
  Diagnostics diagnostics;
  std::vector<MetricInstance> metrics;
  for (experiment::MetricItem& item : items) {
    metrics.push_back(instance_of(item, diagnostics));
    MetricInstance& made = metrics.back();
    if (made.metric) guarded(*made.plugin, made.location, [&] { made.measures = made.metric->declares(); });
  }
  diagnostics.throw_if_any();
  return metrics;
}

namespace {

/// What metrics check that are measured without a data set: it has no field and plays no role.
class NoDataset final : public Dataset {
 public:
  Fields fields() const override { return {}; }
  std::optional<std::int64_t> size(Split) const override { return 0; }
};

}  // namespace

// Where a metric looks: where it is told to, or else at the test split, or at the training split of data
// without one.
void Training::choose_split(const experiment::MetricItem& item, MetricInstance& metric,
                            Diagnostics& diagnostics) const {
  const auto has = [&](Split split) {
    if (!dataset_) return false;
    if (split == Split::validation) return experiment_.trainer.validation > 0;
    const auto size = dataset_->size(split);
    return !size || *size > 0;
  };
  if (!item.split_given && !has(Split::test)) metric.split = Split::train;
  if (item.split_given && !has(item.split))
    diagnostics.add(
        metric.location,
        fmt::format("metric '{}' looks at the split '{}', which {}", metric.name, split_name(item.split),
                    item.split == Split::validation ? "is empty; set 'trainer.validation'"
                                                    : "the data set does not have"));
}

// A value of `at` must be one that the option takes.
void Training::check_value_at(const experiment::ValueAt& wanted, const Schedule& schedule,
                              Diagnostics& diagnostics) const {
  for (const LossInstance& item : game_->items())
    for (const auto& [name, own] : item.schedules) {
      if (own != &schedule) continue;
      for (const Option& option : item.plugin->options().options())
        if (option.name == name)
          check_schedule(option, wanted.value, Value::of(wanted.value).at(wanted.location),
                         item.plugin->title(), diagnostics);
    }
}

// The options that `at` names, by the names under which their schedules are logged: `elbo.beta`.
void Training::choose_values_at(const experiment::MetricItem& item, MetricInstance& metric,
                                Diagnostics& diagnostics) {
  const auto schedules = game_->schedules();
  for (const experiment::ValueAt& wanted : item.at) {
    const auto found = std::find_if(schedules.begin(), schedules.end(),
                                    [&](const auto& known) { return known.first == wanted.option; });
    if (found != schedules.end()) {
      check_value_at(wanted, *found->second, diagnostics);
      metric.at.emplace_back(found->second, wanted.value);
      continue;
    }
    std::vector<std::string> names;
    for (const auto& [name, schedule] : schedules) names.push_back(name);
    diagnostics.add(
        {wanted.location,
         fmt::format("metric '{}' is measured at a value of '{}', but no loss has such a schedule{}",
                     metric.name, wanted.option, suggestion(wanted.option, names)),
         codes::unknown_key, wanted.option});
  }
}

// Its measures, with the number of examples that they are over.
void Training::describe_measures(MetricInstance& metric) const {
  metric.measures = metric.metric->declares();
  for (Measure& measure : metric.measures)
    measure.note =
        dataset_ ? with_counted_examples(std::move(measure.note), size_for_metrics(metric.split)) : "";
}

void Training::make_metrics(Diagnostics& diagnostics) {
  const NoDataset nothing;
  const Dataset& no_dataset = nothing;
  std::vector<std::string> players, losses;
  for (const GamePlayer& player : game_->players()) players.push_back(player.name);
  for (const LossInstance& item : game_->items()) losses.push_back(item.name);
  for (experiment::MetricItem& item : experiment_.metrics) {
    MetricInstance made = instance_of(item, diagnostics);
    made.batch_size = item.batch_size > 0 ? item.batch_size : experiment_.trainer.batch_size;
    if (!made.metric) continue;
    load_runs(made, diagnostics);
    choose_split(item, made, diagnostics);
    choose_values_at(item, made, diagnostics);
    try {
      guarded(*item.plugin, made.location, [&] {
        made.metric->check(*model_, dataset_ ? *dataset_ : no_dataset);
        made.metric->check_game(players, losses);
        if (dataset_)
          made.metric->check_examples(made.split, [&](Split split) { return size_for_metrics(split); });
        describe_measures(made);
      });
    } catch (const RoleMismatch& mismatch) {
      diagnostics.add(
          made.location,
          fmt::format(
              "metric '{}' needs the role {}, which neither model '{}' nor the data set has in the way it "
              "asks for",
              made.name, mismatch.role(), experiment_.model.plugin->info().name));
    } catch (const Error& error) {
      diagnostics.append(error.within(made.location));
    }
    metrics_.push_back(std::move(made));
  }
}

}  // namespace descent::train
