#include <fmt/format.h>

#include <algorithm>

#include "descent/base/parallel.hpp"
#include "descent/base/text.hpp"
#include "descent/data/transformed_dataset.hpp"
#include "descent/kernels/precision.hpp"
#include "descent/train/training.hpp"

// How a Training is put together: each part is made and checked, and all problems are reported at once.
namespace descent::train {

std::unique_ptr<Training> assemble(experiment::Experiment&& experiment, Resources resources) {
  return std::unique_ptr<Training>(new Training(std::move(experiment), std::move(resources)));
}

Training::Training(experiment::Experiment&& experiment, Resources&& resources)
    : experiment_(std::move(experiment)), resources_(std::move(resources)) {
  Diagnostics diagnostics;
  set_threads(static_cast<int>(experiment_.threads));
  try {
    set_product_inputs(experiment_.precision.products);
  } catch (const Error& error) {
    throw error.within(experiment_.precision.location);
  }
  make_dataset(diagnostics);
  diagnostics.throw_if_any();
  undo_changes([&] { return experiment_.dataset ? experiment_.dataset->plugin->title() : "a plugin"; }, true);
  make_model(diagnostics);
  diagnostics.throw_if_any();
  undo_changes([&] { return experiment_.model.plugin->title(); }, true);
  make_chains(diagnostics);
  assign_turns(diagnostics);
  count_steps(diagnostics);
  make_metrics(diagnostics);
  check_batch_sizes(diagnostics);
  check_data(diagnostics);
  diagnostics.throw_if_any();
  collect_schedules();
  set_epochs(diagnostics);
  diagnostics.throw_if_any();
  set_step(0);
  make_batch_source();
  undo_changes([] { return "a plugin, while the experiment was prepared,"; }, true);
}

Training::~Training() = default;

void Training::make_dataset(Diagnostics& diagnostics) {
  batches_.resize(1);
  if (!experiment_.dataset) return;
  experiment::PluginUse& use = *experiment_.dataset;
  dataset_ = use.take<Dataset>(diagnostics);
  diagnostics.throw_if_any();
  try {
    guarded(*use.plugin, use.location(), [&] {
      dataset_->open();
      add_transforms(diagnostics);
      fields_ = dataset_->fields();
    });
  } catch (const Error& error) {
    throw error.within(use.location(), use.plugin->title() + ": ");
  }
  const experiment::TrainerSpec& trainer = experiment_.trainer;
  try {
    guarded(*use.plugin, use.location(), [&] {
      sampler_.emplace(*dataset_, experiment_.seed, trainer.batch_size, trainer.validation,
                       trainer.drop_last_batch, trainer.shuffle_once);
    });
    batches_[0] = Batch(fields_, trainer.batch_size);
    if (auto* with_transforms = dynamic_cast<data::TransformedDataset*>(dataset_.get()))
      guarded(*use.plugin, use.location(), [&] { with_transforms->learn(sampler_->training_indices()); });
  } catch (const Error& error) {
    throw error.within(trainer.location);
  }
}

// The data set becomes one that its transforms change; the plugin's own object stays known for its schedules.
void Training::add_transforms(Diagnostics& diagnostics) {
  plugin_dataset_ = dataset_;
  const Value* list = experiment_.dataset->section.find("transforms");
  if (list == nullptr) return;
  MadeTransforms made = make_transforms(*list, diagnostics);
  diagnostics.throw_if_any();
  if (!made.list.empty()) dataset_ = data::transformed(plugin_dataset_, made.list);
}

void Training::make_model(Diagnostics& diagnostics) {
  experiment::PluginUse& use = experiment_.model;
  model_ = use.take<Model>(diagnostics);
  game_ = std::make_unique<Game>(experiment_.losses, diagnostics);
  diagnostics.throw_if_any();
  try {
    guarded(*use.plugin, use.location(), [&] { model_->build(fields_, registrar_); });
  } catch (const Error& error) {
    diagnostics.append(error.within(use.location(), use.plugin->title() + ": "));
  }
  diagnostics.throw_if_any();  // a loss must not look at half a model
  game_->check(*model_, *use.plugin, registrar_, diagnostics);
  diagnostics.throw_if_any();
  game_->build(*model_, fields_, registrar_, diagnostics);
  game_->assign_players(*model_, registrar_, diagnostics);
  if (sampler_) game_->set_examples(sampler_->examples());
}

void Training::make_chains(Diagnostics& diagnostics) {
  chains_ = std::make_unique<chain::ChainTable>(experiment_.optimizer, diagnostics);
  std::vector<std::string> names;
  std::vector<chain::Arena*> arenas;
  for (GamePlayer& player : game_->players()) {
    names.push_back(player.name);
    std::vector<Parameter*> parameters;
    for (const auto& parameter : registrar_.parameters())
      if (game_->owner(parameter->group) == &player) parameters.push_back(parameter.get());
    arenas_.push_back(std::make_unique<chain::Arena>(std::move(parameters)));
    arenas.push_back(arenas_.back().get());
  }
  game_->set_arenas(arenas);
  player_updates_.resize(arenas_.size());
  recorded_step_.resize(arenas_.size());
  for (const auto& parameter : registrar_.parameters()) {
    // Slots may start as copies of the values, so these come first.
    // The name of the stream keys every run's first values: it keeps its spelling.
    RandomStream random(stream_key(experiment_.seed, "initialise/" + parameter->name));
    parameter->initialize(random);
  }
  for (const auto& buffer : registrar_.buffers()) {
    RandomStream random(stream_key(experiment_.seed, "initialise/" + buffer->name()));
    buffer->initialize(random);
  }
  first_batch();
  Pass pass(Mode::training, experiment_.seed, 0, 0, BufferUpdates::none);
  guarded_at_work(*experiment_.model.plugin, experiment_.model.location(),
                  [&] { model_->initialize(batches_[0], pass); });
  for (const auto& arena : arenas_) arena->values().mark_written();
  for (std::size_t p = 0; p < arenas_.size(); ++p)
    units_.push_back(chains_->cover(game_->players()[p].name, *arenas_[p], diagnostics));
  for (const std::string& group : registrar_.groups()) names.push_back(group);
  chains_->finish(names, diagnostics);
  for (std::size_t p = 0; p < arenas_.size(); ++p) {
    runners_.push_back(std::make_unique<chain::ChainRunner>(*arenas_[p], units_[p], experiment_.seed));
    saved_values_.push_back(runners_[p]->probes() || runners_[p]->has_evaluation_point()
                                ? Tensor::zeros({arenas_[p]->size()})
                                : Tensor());
  }
  find_reestimated();
}

void Training::gather(AssignedTurn& turn) {
  chain::Arena& arena = *arenas_[turn.player];
  const auto moved = [&](const Parameter* parameter) {
    if (!turn.groups.empty() && parameter->group != turn.groups[0]) return false;
    for (const chain::ChainUnit& unit : units_[turn.player])
      if (std::find(unit.parameters.begin(), unit.parameters.end(), parameter) != unit.parameters.end())
        return true;
    return false;
  };
  for (std::size_t p = 0; p < arena.parameters().size(); ++p) {
    if (!moved(arena.parameters()[p])) continue;
    const auto seek = [&](GradientTargets& sought) {
      sought.variables.push_back(arena.variables()[p]);
      sought.gradients.push_back(arena.gradient_views()[p]);
    };
    seek(turn.all);
    if (runners_[turn.player]->probes(*arena.parameters()[p])) seek(turn.probed);
  }
}

void Training::assign_turns(Diagnostics& diagnostics) {
  const experiment::TrainerSpec& trainer = experiment_.trainer;
  const auto& players = game_->players();
  const auto require_objective = [&](const GamePlayer& player, const SourceLocation& location) {
    if (player.items.empty())
      diagnostics.add(
          location,
          fmt::format("player '{}' has a turn and nothing to minimize: no loss adds to its objective; "
                      "give it one, or leave it out of 'trainer.turns'",
                      player.name));
  };
  std::int64_t most = 1;
  if (trainer.simultaneous || trainer.turns.empty()) {
    for (std::size_t p = 0; p < players.size(); ++p) {
      turns_.push_back({p, {}, 1, {}, {}});
      require_objective(players[p], game_->items()[0].location);
    }
  }
  std::vector<std::string> names;
  for (const GamePlayer& player : players) names.push_back(player.name);
  for (const std::string& group : registrar_.groups())
    if (std::find(names.begin(), names.end(), group) == names.end()) names.push_back(group);
  for (const experiment::Turn& turn : trainer.turns) {
    const GamePlayer* player = game_->find_player(turn.name);
    if (player == nullptr) {
      diagnostics.add(turn.location,
                      fmt::format("a turn is for '{}', which is no player and no parameter group{}",
                                  turn.name, suggestion(turn.name, names)));
      continue;
    }
    require_objective(*player, turn.location);
    AssignedTurn assigned{static_cast<std::size_t>(player - players.data()), {}, turn.count, {}, {}};
    if (player->name != turn.name) assigned.groups = {turn.name};
    turns_.push_back(std::move(assigned));
    most = std::max(most, turn.count);
  }
  for (AssignedTurn& turn : turns_) gather(turn);
  while (batches_.size() < static_cast<std::size_t>(most))
    batches_.push_back(dataset_ ? Batch(fields_, trainer.batch_size) : Batch());
}

void Training::count_steps(Diagnostics& diagnostics) {
  const experiment::Duration& steps = experiment_.trainer.steps;
  const auto check = [&](const experiment::Duration& duration, const char* what) {
    if (duration.unit == experiment::Duration::Unit::epochs && duration.count > 0 &&
        (!sampler_ || sampler_->endless()))
      diagnostics.add(duration.location,
                      fmt::format("'{}' counts epochs, but {} has none; give a number of steps", what,
                                  dataset_ ? "an endless data set" : "an experiment without a data set"));
  };
  check(steps, "steps");
  for (const experiment::MetricItem& metric : experiment_.metrics) check(metric.every, "every");
  for (const experiment::TensorLog& tensor : experiment_.log.tensors) check(tensor.every, "every");
  check(experiment_.log.metrics_every, "log.metrics.every");
  if (const auto& optimizer = experiment_.log.optimizer) check(optimizer->every, "every");
  check(experiment_.log.samples_every, "log.samples.every");
  check(experiment_.checkpoint.every, "checkpoint.every");
  total_steps_ = steps.count;
  if (steps.unit == experiment::Duration::Unit::epochs && sampler_ && !sampler_->endless()) {
    const auto batches = static_cast<std::int64_t>(batches_.size());
    std::int64_t dealt = 0;
    if (__builtin_mul_overflow(steps.count, sampler_->batches_per_epoch(), &dealt) ||
        __builtin_add_overflow(dealt, batches - 1, &dealt))
      diagnostics.add(steps.location,
                      fmt::format("{} epochs are more steps than can be counted", steps.count));
    total_steps_ = dealt / batches;
  }
}

void Training::collect_schedules() {
  const auto add = [this](const std::string& owner, const LoadedPlugin& plugin, void* object) {
    for (const auto& [option, schedule] : plugin.named_schedules(object))
      plugin_schedules_.emplace_back(owner + "." + option, schedule);
  };
  if (dataset_) add("dataset", *experiment_.dataset->plugin, plugin_dataset_.get());
  add("model", *experiment_.model.plugin, model_.get());
  for (const MetricInstance& metric : metrics_)
    add("metric." + metric.name, *metric.plugin, metric.metric.get());
  for (const auto& [name, schedule] : plugin_schedules_) schedules_.push_back(schedule);
  for (const auto& [name, schedule] : chains_->schedules()) schedules_.push_back(schedule);
  for (const auto& [name, schedule] : game_->schedules()) schedules_.push_back(schedule);
}

void Training::set_epochs(Diagnostics& diagnostics) {
  for (Schedule* schedule : schedules_) {
    if (!schedule->counts_epochs()) continue;
    if (sampler_ && !sampler_->endless())
      schedule->set_epoch({sampler_->batches_per_epoch(), std::ssize(batches_)}, diagnostics);
    else
      diagnostics.add(schedule->location(),
                      fmt::format("a schedule counts epochs, but {} has none; give numbers of steps",
                                  dataset_ ? "an endless data set" : "an experiment without a data set"));
  }
}

std::vector<std::pair<std::string, const Schedule*>> Training::changing_schedules() {
  std::vector<std::pair<std::string, const Schedule*>> changing;
  for (const auto& [name, schedule] : chains_->schedules())
    if (!schedule->constant()) changing.emplace_back("optimizer." + name, schedule);
  for (const auto& [name, schedule] : game_->schedules())
    if (!schedule->constant()) changing.emplace_back("loss." + name, schedule);
  for (const auto& [name, schedule] : plugin_schedules_)
    if (!schedule->constant()) changing.emplace_back(name, schedule);
  return changing;
}

}  // namespace descent::train
