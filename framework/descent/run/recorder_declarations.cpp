#include <fmt/format.h>

#include <algorithm>

#include "descent/base/text.hpp"
#include "descent/run/recorder.hpp"

// Which columns and series a log has follows from the experiment alone.
namespace descent::run {

void Recorder::declare_training_sets() {
  train::Game& game = training_.game();
  for (std::size_t p = 0; p < game.players().size(); ++p)
    if (training_.plays(p)) players_.push_back(p);
  const bool several = game.players().size() > 1;
  const auto prefix = [&](const train::GamePlayer& player) {
    return several ? player.name + "/" : std::string();
  };
  // Objectives and terms are drawn in one plot, schedules are not: they are of other sizes.
  const auto in_one_plot = [](runlog::MetricSet& set) {
    for (std::size_t i = 1; i < set.columns.size(); ++i) set.columns[i].beside_first = true;
  };
  runlog::MetricSet all{"train", {}};
  for (const std::size_t p : players_)
    all.columns.push_back({prefix(game.players()[p]) + "objective", "",
                           fmt::format("objective of player '{}'", game.players()[p].name),
                           several ? "" : "lower"});  // of several players none is right to want the least
  const auto add_terms = [&](runlog::MetricSet& set, std::optional<std::size_t> item) {
    for (const std::size_t p : players_) {
      const train::GamePlayer& player = game.players()[p];
      for (const train::GameTerm& term : player.terms) {
        const train::LossInstance& loss = game.items()[term.item];
        if (item ? term.item != *item : loss.every > 1) continue;
        set.columns.push_back(
            {prefix(player) + loss.name + "/" + term.spec.name, "",
             fmt::format("term '{}' of loss '{}', mean over the batch", term.spec.name, loss.name)});
      }
    }
  };
  add_terms(all, std::nullopt);
  in_one_plot(all);
  schedules_ = training_.changing_schedules();
  for (const auto& [name, schedule] : schedules_) all.columns.push_back({name, "", "value of the schedule"});
  train_sets_.push_back({schema_.sets.size(), std::nullopt});
  schema_.sets.push_back(std::move(all));
  for (std::size_t i = 0; i < game.items().size(); ++i) {
    if (game.items()[i].every <= 1) continue;
    runlog::MetricSet own{"loss." + game.items()[i].name, {}};
    add_terms(own, i);
    if (own.columns.empty()) continue;
    in_one_plot(own);
    train_sets_.push_back({schema_.sets.size(), i});
    schema_.sets.push_back(std::move(own));
  }
}

void Recorder::declare_optimizer(const train::UpdateStatistics::AtStep& also_measured) {
  const auto& log = training_.experiment().log.optimizer;
  const auto logged = [this, &log](std::int64_t step) {
    return log && (training_.is_due(log->every, step) || step == training_.total_steps());
  };
  const bool cosines =
      log && std::find(log->measures.begin(), log->measures.end(),
                       experiment::OptimizerLog::Measure::update_cosine) != log->measures.end();
  statistics_ = std::make_unique<train::UpdateStatistics>(
      training_, [=](std::int64_t step) { return logged(step) || (also_measured && also_measured(step)); },
      cosines ? train::UpdateStatistics::AtStep(logged) : nullptr);
  if (!log) return;
  const auto& players = training_.game().players();
  for (const std::size_t player : players_) {
    runlog::MetricSet set{"optimizer." + players[player].name, {}};
    const auto add = [&](const std::string& prefix, const std::string& of) {
      for (const experiment::OptimizerLog::Measure measure : log->measures) {
        const std::string& name = experiment::optimizer_measure_names()[static_cast<std::size_t>(measure)];
        set.columns.push_back({prefix + name, "", name + " of " + of});
        set.columns.back().beside_first = set.columns.size() > 1 && prefix.empty() &&
                                          name.ends_with("_norm") &&
                                          set.columns.front().name.ends_with("_norm");
      }
    };
    add("", fmt::format("all that player '{}' moves", players[player].name));
    for (const train::UpdateStatistics::Entry& entry : statistics_->entries())
      if (log->per_parameter && entry.player == player)
        add(entry.parameter->name + "/", fmt::format("parameter '{}'", entry.parameter->name));
    optimizer_sets_.push_back(schema_.sets.size());
    schema_.sets.push_back(std::move(set));
  }
}

static const char* better(Direction direction) {
  switch (direction) {
    case Direction::lower_is_better:
      return "lower";
    case Direction::higher_is_better:
      return "higher";
    case Direction::neither:
      return "";
  }
  return "";
}

static void check_measure_names(const train::MetricInstance& metric, Diagnostics& diagnostics) {
  for (const Measure& measure : metric.measures)
    if (!runlog::is_measure_name(measure.name))
      diagnostics.add(metric.location,
                      fmt::format("{} calls a measure '{}'; such names are of letters, digits and '_', and "
                                  "none of step, wall_time, row_checksum",
                                  metric.plugin->title(), measure.name));
}

void Recorder::declare_metrics(Diagnostics& diagnostics) {
  for (const train::MetricInstance& metric : training_.metrics()) {
    check_measure_names(metric, diagnostics);
    runlog::MetricSet set{fmt::format("{}.{}", split_name(metric.split), metric.name), {}};
    for (const Measure& measure : metric.measures)
      set.columns.push_back({measure.name, measure.unit, "", better(measure.direction), measure.note,
                             !set.columns.empty() && measure.unit == metric.measures.front().unit,
                             measure.logarithmic});
    metric_sets_.push_back(schema_.sets.size());
    schema_.sets.push_back(std::move(set));
  }
}

void Recorder::declare_tap(const experiment::TensorLog& spec, const std::string& path, const Tensor& tensor,
                           const std::string& description, const std::string& group) {
  TensorTap tap{spec.what, spec.every, tensor, group, spec.as, path};
  if (spec.as == experiment::TensorLog::As::histograms) tap.path += "_histogram";
  const auto same = [&](const TensorTap& other) { return other.as == tap.as && other.path == tap.path; };
  if (std::any_of(taps_.begin(), taps_.end(), same))
    throw Error(spec.location,
                fmt::format("the {} is logged by an entry before this one already", description));
  if (spec.as == experiment::TensorLog::As::histograms) {
    schema_.histograms.push_back({tap.path, histogram_bins, description});
  } else if (spec.as == experiment::TensorLog::As::summaries) {
    tap.set = schema_.sets.size();
    std::string name_of_set = "summary." + path;
    std::replace(name_of_set.begin(), name_of_set.end(), '/', '.');
    runlog::MetricSet set{std::move(name_of_set), {}};
    for (const char* name : {"mean", "stddev", "minimum", "maximum", "norm"}) {
      set.columns.push_back({name, "", fmt::format("{} of the {}", name, description)});
      set.columns.back().beside_first = set.columns.size() > 1;
    }
    schema_.sets.push_back(std::move(set));
  } else {
    runlog::TensorSeries series{path, tensor.shape(), {}, description};
    series.compress = training_.experiment().log.compress_tensors;
    schema_.tensors.push_back(std::move(series));
  }
  taps_.push_back(std::move(tap));
}

void Recorder::declare_slots(const experiment::TensorLog& spec, std::vector<std::string>& names) {
  for (const auto& units : training_.units())
    for (const chain::ChainUnit& unit : units)
      for (const chain::RuleState& state : unit.rules)
        for (std::size_t p = 0; p < unit.parameters.size(); ++p)
          for (std::size_t s = 0; s < state.slots[p].size(); ++s) {
            const std::string slot = state.rule->name + "." + state.slot_names[p][s];
            names.push_back(slot + "/" + unit.parameters[p]->name);
            if (matches(spec.pattern, names.back()))
              declare_tap(spec, unit.parameters[p]->name + "/" + slot, state.slots[p][s],
                          fmt::format("slot '{}' of rule '{}'", state.slot_names[p][s], state.rule->name),
                          unit.group);
          }
}

void Recorder::declare_arenas(const experiment::TensorLog& spec, std::vector<std::string>& names) {
  static constexpr const char* kinds[] = {"value", "gradient", "update"};
  const char* kind = kinds[static_cast<std::size_t>(spec.what)];
  for (const auto& arena : training_.arenas()) {
    for (std::size_t p = 0; p < arena->parameters().size(); ++p) {
      const Parameter& parameter = *arena->parameters()[p];
      names.push_back(parameter.name);
      if (!matches(spec.pattern, parameter.name)) continue;
      const bool value = spec.what == experiment::TensorLog::What::values;
      declare_tap(spec, parameter.name + "/" + kind, value ? parameter.value : arena->gradient_views()[p],
                  fmt::format("{} of parameter '{}'", kind, parameter.name), parameter.group);
    }
  }
}

void Recorder::declare_tensors(const experiment::TensorLog& spec) {
  const std::size_t before = taps_.size();
  std::vector<std::string> names;
  spec.what == experiment::TensorLog::What::slots ? declare_slots(spec, names) : declare_arenas(spec, names);
  if (taps_.size() == before)
    throw Error(spec.location, names.empty() ? "there is nothing to log: no rule of the optimizer keeps slots"
                                             : fmt::format("the pattern '{}' matches nothing{}", spec.pattern,
                                                           suggestion(spec.pattern, names)));
}

void Recorder::declare_samples(Diagnostics& diagnostics) {
  const experiment::LogSpec& log = training_.experiment().log;
  if (log.samples_every.count <= 0) return;
  const std::vector<const Field*> fields = training_.sample_fields();
  if (fields.empty())
    return diagnostics.add(training_.experiment().model.location(),
                           "'log.samples' wants samples, but this model generates none; leave it out");
  for (const Field* field : fields) {
    runlog::TensorSeries series{runlog::unreserved_name(field->name),
                                field->shape.batch(log.samples_count),
                                {},
                                "samples on a fixed latent grid"};
    // HDF5's images are gray or of three colors.
    if (field->image && (field->shape[2] == 1 || field->shape[2] == 3)) {
      series.image = true;
      series.minimum = field->low;
      series.maximum = field->high;
    }
    schema_.samples.push_back(std::move(series));
  }
}

}  // namespace descent::run
