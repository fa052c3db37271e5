#include <fmt/format.h>

#include "../measured_training.hpp"
#include "descent/base/error.hpp"
#include "measurement.hpp"

namespace descent::bench {

namespace {

// experiments/gan_ring.yaml with batches of 512. Its row of `train` has ten numbers and more: objectives,
// terms, scores and rates.
constexpr const char* experiment_text = R"(
name: bench_log
dataset: {plugin: gaussian_ring, modes: 8, radius: 1.0, stddev: 0.01}
model:
  plugin: gan
  latent: 2
  generator: {hidden: [128, 128], activation: relu, initializer: he_normal}
  discriminator: {hidden: [128, 128], activation: elu, initializer: he_normal}
loss: {plugin: non_saturating}
optimizer:
  generator: {plugin: adam, learning_rate: {schedule: linear, from: 1.0e-3, to: 1.0e-5, steps: 20000}, beta1: 0.5}
  discriminator: {plugin: adam, learning_rate: {schedule: linear, from: 1.0e-3, to: 1.0e-5, steps: 20000}, beta1: 0.5}
trainer: {batch_size: 512, steps: 100000000, turns: [{discriminator: 1}, {generator: 1}]}
log: {metrics: {every: 1}}
)";

}  // namespace

std::vector<Measurement> measure_logged_steps() {
  constexpr int pairs = 10, steps = 200;
  MeasuredTraining logging(experiment_text), silent(experiment_text);
  const std::size_t columns = logging.columns("train");
  if (columns < 10) throw RunError(fmt::format("the row of 'train' has only {} numbers", columns));
  const auto with = [&] {
    for (int i = 0; i < steps; ++i) logging.step();
  };
  const auto without = [&] {
    for (int i = 0; i < steps; ++i) silent.training().play_step(false);
  };
  with();
  without();
  std::vector<double> ratios, on, off;
  for (int pair = 0; pair < pairs; ++pair) {
    // In turn first: what the machine does meanwhile shall hit both.
    const bool logging_first = pair % 2 == 0;
    if (logging_first) on.push_back(seconds_of(with));
    off.push_back(seconds_of(without));
    if (!logging_first) on.push_back(seconds_of(with));
    ratios.push_back(on.back() / off.back());
  }
  return {{fmt::format("a step with {} metrics logged / without a log", columns),
           fmt::format("{} / {}", time_text(median(on) / steps), time_text(median(off) / steps)),
           median(ratios), 1.03, "times"}};
}

}  // namespace descent::bench
