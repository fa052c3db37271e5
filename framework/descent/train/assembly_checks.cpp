#include <fmt/format.h>

#include <algorithm>
#include <numeric>
#include <optional>

#include "descent/data/number_check.hpp"
#include "descent/train/training.hpp"

// What a Training that was put together is tried on before it plays its first step.
namespace descent::train {

void Training::first_batch() {
  if (!dataset_) return;
  const experiment::PluginUse& use = *experiment_.dataset;
  guarded_at_work(*use.plugin, use.location(), [&] { sampler_->next(batches_[0], 0, 0); });
  sampler_->set_cursor({});
}

// What is not finite in the data would show as a diverged loss, and be blamed on the optimizer.
void Training::check_data(Diagnostics& diagnostics) {
  if (!dataset_) return;
  if (sampler_->endless())
    if (const std::string blame = describe_bad_data(batches_[0]); !blame.empty())
      diagnostics.add(experiment_.dataset->location(), blame);
  if (sampler_->has_reading_order()) return;  // too much to be read twice: it is checked as it is read
  check_split(Split::train, diagnostics);
  const auto looks_at_test = [](const MetricInstance& metric) { return metric.split == Split::test; };
  if (std::any_of(metrics_.begin(), metrics_.end(), looks_at_test)) check_split(Split::test, diagnostics);
}

void Training::check_split(Split split, Diagnostics& diagnostics) {
  const experiment::PluginUse& use = *experiment_.dataset;
  const std::int64_t size =
      guarded_at_work(*use.plugin, use.location(), [&] { return dataset_->size(split).value_or(0); });
  constexpr std::int64_t at_once = 256;
  Batch batch(fields_, at_once);
  std::vector<std::int64_t> indices(at_once);
  for (std::int64_t begin = 0; begin < size; begin += at_once) {
    const std::int64_t count = std::min(at_once, size - begin);
    batch.resize(count);
    std::iota(indices.begin(), indices.end(), begin);
    guarded_at_work(*use.plugin, use.location(), [&] {
      dataset_->fill(split, std::span<const std::int64_t>(indices.data(), static_cast<std::size_t>(count)),
                     batch);
    });
    if (const auto bad = data::find_bad_number(batch)) {
      diagnostics.add(use.location(),
                      fmt::format("{}: {} {}", use.plugin->title(),
                                  data::example_text(*bad->field, split, begin + bad->row), bad->text()));
      return;
    }
  }
}

std::string Training::describe_bad_data(const Batch& batch) const {
  const auto bad = data::find_bad_number(batch);
  if (!bad) return "";
  return fmt::format("{}: '{}' of a batch {}", experiment_.dataset->plugin->title(), bad->field->name,
                     bad->text());
}

// A packed discriminator sees several examples as one, and batches are made of whole packs.
void Training::check_batch_sizes(Diagnostics& diagnostics) const {
  const std::int64_t at_once = examples_at_once(*model_), last = examples_of_last_batch();
  if (!dataset_ || at_once == 1) return;
  const experiment::TrainerSpec& trainer = experiment_.trainer;
  if (trainer.batch_size % at_once != 0)
    diagnostics.add(
        trainer.location,
        fmt::format("'batch_size' is {}, but the discriminator sees {} examples at once; it must be "
                    "a multiple of that",
                    trainer.batch_size, at_once));
  else if (last % at_once != 0)
    diagnostics.add(
        trainer.location,
        fmt::format("an epoch's last batch has {} examples, but the discriminator sees {} at once; "
                    "'last_batch: drop' leaves it out",
                    last, at_once));
}

void Training::rehearse(Diagnostics& diagnostics) {
  first_batch();
  if (const Generative* made = generative();
      made != nullptr && !made->can_draw() && experiment_.log.samples_every.count > 0)
    diagnostics.add(experiment_.log.samples_every.location,
                    "'log.samples': the model has nothing to draw latent points from before a sampler is "
                    "fitted to its codes; leave it out, and run 'descent fit-sampler' after training");
  rehearse_on_first_batch("", diagnostics);
  rehearse_metrics(diagnostics);
  const std::int64_t rest = examples_of_last_batch();
  if (rest == 0 || !diagnostics.empty()) return;
  const std::int64_t size = batches_[0].size();
  batches_[0].resize(rest);
  rehearse_on_first_batch(fmt::format(", in an epoch's last batch, which has {} of {} examples; 'last_batch: "
                                      "drop' leaves it out",
                                      rest, size),
                          diagnostics);
  batches_[0].resize(size);
}

// How many examples the last batch of an epoch has; 0: as many as every other.
std::int64_t Training::examples_of_last_batch() const {
  const experiment::TrainerSpec& trainer = experiment_.trainer;
  if (!sampler_ || sampler_->endless() || trainer.drop_last_batch) return 0;
  return sampler_->examples() % trainer.batch_size;
}

// `where` is the end of what is said of every problem.
void Training::rehearse_on_first_batch(const std::string& where, Diagnostics& diagnostics) {
  const auto add_once = [&](const SourceLocation& location,
                            const std::string& problem) {  // what several players meet
    const Diagnostic one{location, problem + where};
    if (!diagnostics.contains(one)) diagnostics.add(one);
  };
  for (GamePlayer& player : game_->players()) {
    const Game::PassCounters counters{Mode::training, experiment_.seed, 0, 0, BufferUpdates::none, true,
                                      false};
    try {
      game_->evaluate(player, *model_, registrar_, batches_[0], counters, Game::Items::all);
    } catch (const PluginFailure& failure) {
      add_once(failure.location(), failure.problem());
    } catch (const RunError& failure) {
      add_once({}, failure.what());
    }
    undo_changes([&] { return fmt::format("a loss of player '{}', or the model,", player.name); }, true);
    player.objective = 0;
    for (GameTerm& term : player.terms) {
      term.mean = term.weight = 0;
      term.fresh = false;
    }
  }
}

}  // namespace descent::train
