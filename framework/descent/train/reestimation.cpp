#include <algorithm>

#include "descent/data/number_check.hpp"
#include "descent/data/transformed_dataset.hpp"
#include "descent/train/training.hpp"

// Batch statistics at the evaluation point: running averages are of the training weights, and an average of weights,
// such as ema's, has other ones.
namespace descent::train {

namespace {

std::string_view group_of(const Buffer& buffer) {
  return std::string_view(buffer.name()).substr(0, buffer.name().find('.'));
}

bool has_evaluation_point(const chain::ChainUnit& unit) {
  return std::any_of(unit.rules.begin(), unit.rules.end(),
                     [](const chain::RuleState& state) { return state.rule->overrides.evaluation_point; });
}

}  // namespace

void Training::find_reestimated() {
  std::vector<std::string> groups;
  for (const auto& units : units_)
    for (const chain::ChainUnit& unit : units)
      for (const Parameter* parameter : unit.parameters)
        if (has_evaluation_point(unit)) groups.push_back(parameter->group);
  std::vector<bool> plays(game_->players().size());
  for (const auto& buffer : registrar_.buffers()) {
    if (std::find(groups.begin(), groups.end(), group_of(*buffer)) == groups.end()) continue;
    reestimated_.buffers.push_back(buffer.get());
    reestimated_.saved.push_back(Tensor::zeros(buffer->value().shape()));
    const GamePlayer* owner = game_->owner(group_of(*buffer));
    plays[static_cast<std::size_t>(owner - game_->players().data())] = true;
  }
  for (std::size_t p = 0; p < plays.size(); ++p)
    if (plays[p]) reestimated_.players.push_back(p);
}

// Calls use(batch, number) with the first `trainer.evaluation_batches` batches of a permutation of the examples trained
// on, of endless data with fresh examples: the same for the same seed and step.
template <class Use>
void Training::each_statistics_batch(const Use& use) {
  const experiment::TrainerSpec& trainer = experiment_.trainer;
  if (!dataset_) return use(batches_[0], 0);
  const std::uint64_t key = stream_key(experiment_.seed, "statistics");
  const auto at_work = [&](const auto& read) {
    guarded_at_work(*experiment_.dataset->plugin, experiment_.dataset->location(),
                    [&] { read(std::as_const(*dataset_)); });
  };
  // Augmented as for training, by random numbers of its own.
  const auto reading = [&](std::int64_t b) {
    return Reading{.training = true, .seed = key, .epoch = step_, .step = step_, .part = b};
  };
  Batch batch(fields_, trainer.batch_size);
  if (sampler_->endless()) {
    for (std::int64_t b = 0; b < trainer.evaluation_batches; ++b) {
      RandomStream random(key, static_cast<std::uint32_t>(step_), static_cast<std::uint32_t>(b));
      at_work(
          [&](const Dataset& dataset) { data::sample(dataset, Split::train, random, batch, reading(b)); });
      use(batch, b);
    }
    return;
  }
  std::vector<std::int64_t> order;
  sampler_->shuffle(RandomStream(key, static_cast<std::uint32_t>(step_)), order);
  const std::int64_t batches = std::min(trainer.evaluation_batches, sampler_->batches_per_epoch());
  for (std::int64_t b = 0; b < batches; ++b) {
    const std::int64_t begin = b * trainer.batch_size;
    batch.resize(std::min(trainer.batch_size, std::ssize(order) - begin));
    const auto part =
        std::span(order).subspan(static_cast<std::size_t>(begin), static_cast<std::size_t>(batch.size()));
    at_work([&](const Dataset& dataset) {
      data::fill(dataset, Split::train, part, batch, reading(b));
      if (sampler_->has_reading_order()) data::check_numbers(batch, Split::train, part);
    });
    use(batch, b);
  }
}

void Training::save_buffers() {
  for (std::size_t i = 0; i < reestimated_.buffers.size(); ++i)
    reestimated_.saved[i].copy_from(reestimated_.buffers[i]->value());
}

// With the values at the evaluation point: averages become the plain means over training passes with these, and states go
// on from where they are. Other buffers stay as they are, though the passes may go through them.
void Training::reestimate_buffers() {
  if (reestimated_.buffers.empty()) return;
  for (Buffer* buffer : reestimated_.buffers) buffer->begin_estimate();
  each_statistics_batch([&](const Batch& batch, std::int64_t number) {
    const Game::PassCounters counters{.mode = Mode::training,
                                      .seed = stream_key(experiment_.seed, "statistics"),
                                      .step = step_,
                                      .evaluation = number,
                                      .updates = BufferUpdates::reestimated,
                                      .observed = false,
                                      .recorded = false};
    for (const std::size_t p : reestimated_.players) {
      GamePlayer player = game_->players()[p];  // what it logs is of the training point
      game_->evaluate(player, *model_, registrar_, batch, counters, Game::Items::every_step);
    }
    for (Buffer* buffer : reestimated_.buffers) buffer->commit();
    for (const auto& buffer : registrar_.buffers()) buffer->discard();
  });
}

void Training::put_back_buffers() {
  for (std::size_t i = 0; i < reestimated_.buffers.size(); ++i)
    reestimated_.buffers[i]->assign(reestimated_.saved[i]);
  for (const auto& buffer : registrar_.buffers()) buffer->discard();  // of an evaluation that failed
}

}  // namespace descent::train
