#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "descent/train/training.hpp"

// What a Training that was put together is tried on before it plays its first step.
namespace descent {

void Training::deal_first_batch() {
  if (!dataset_) return;
  const PluginUse& use = *experiment_.dataset;
  guarded_at_work(*use.plugin, use.place(), [&] { sampler_->next(batches_[0], 0, 0); });
  sampler_->set_cursor({});
}

// What is not finite in the data would show as a diverged loss, and be blamed on the optimizer.
void Training::check_data(Problems& problems) {
  if (!dataset_) return;
  check_split(Split::train, problems);
  const auto looks_at_test = [](const MetricInstance& metric) { return metric.split == Split::test; };
  if (std::any_of(metrics_.begin(), metrics_.end(), looks_at_test)) check_split(Split::test, problems);
}

void Training::check_split(Split split, Problems& problems) {
  const PluginUse& use = *experiment_.dataset;
  const std::int64_t size =
      guarded_at_work(*use.plugin, use.place(), [&] { return dataset_->size(split).value_or(0); });
  constexpr std::int64_t at_once = 256;
  Batch batch(fields_, at_once);
  std::vector<std::int64_t> indices(at_once);
  for (std::int64_t begin = 0; begin < size; begin += at_once) {
    const std::int64_t count = std::min(at_once, size - begin);
    batch.resize(count);
    std::iota(indices.begin(), indices.end(), begin);
    guarded_at_work(*use.plugin, use.place(), [&] {
      dataset_->fill(split, std::span<const std::int64_t>(indices.data(), static_cast<std::size_t>(count)),
                     batch);
    });
    for (const Field& field : fields_) {
      const auto values = batch[field.name].value().values();
      const auto bad = std::find_if(values.begin(), values.end(), [](Scalar v) { return !std::isfinite(v); });
      if (bad == values.end()) continue;
      problems.add(use.place(), fmt::format("{}: '{}' of {} example {} holds {}; every number must be finite",
                                            use.plugin->title(), field.name,
                                            split == Split::train ? "training" : split_name(split),
                                            begin + (bad - values.begin()) / field.shape.size(), *bad));
      return;
    }
  }
}

void Training::rehearse(Problems& problems) {
  deal_first_batch();
  for (GamePlayer& player : game_->players()) {
    const Game::PassCounters counters{Mode::training, experiment_.seed, 0, 0, false, true, false};
    try {
      game_->evaluate(player, *model_, registrar_, batches_[0], counters, true);
    } catch (const RunError& failure) {
      const auto& told = problems.lines();  // by another player
      if (std::find(told.begin(), told.end(), failure.what()) == told.end()) problems.add(failure.what());
    }
    player.objective = 0;
    for (GameTerm& term : player.terms) {
      term.mean = term.weight = 0;
      term.fresh = false;
    }
  }
}

}  // namespace descent
