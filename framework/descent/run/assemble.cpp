#include "descent/run/assemble.hpp"

#include "descent/data/prefetcher.hpp"
#include "descent/run/run.hpp"

namespace descent::run {

std::unique_ptr<train::Training> assemble(experiment::Experiment&& experiment) {
  train::Resources resources;
  resources.load_run = load_trained_run;
  resources.batches = [wanted = experiment.trainer.prefetch](
                          const data::Sampler& sampler, const Fields& fields, std::int64_t capacity,
                          std::size_t batches) -> std::unique_ptr<data::BatchSource> {
    // What is read from a disk comes in bursts: several steps ahead, a slow block holds up none.
    constexpr std::size_t depth_of_reading = 8;
    if (!wanted && !sampler.has_reading_order()) return nullptr;
    return std::make_unique<data::Prefetcher>(sampler, fields, capacity, batches,
                                              sampler.has_reading_order() ? depth_of_reading : 1);
  };
  return train::assemble(std::move(experiment), std::move(resources));
}

}  // namespace descent::run
