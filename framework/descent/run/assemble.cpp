#include "descent/run/assemble.hpp"

#include "descent/data/prefetcher.hpp"
#include "descent/run/run.hpp"

namespace descent::run {

std::unique_ptr<train::Training> assemble(experiment::Experiment&& experiment) {
  train::Resources resources;
  resources.load_run = load_trained_run;
  if (experiment.trainer.prefetch)
    resources.batches = [](const data::Sampler& sampler, const Fields& fields, std::int64_t capacity,
                           std::size_t batches) {
      return std::make_unique<data::Prefetcher>(sampler, fields, capacity, batches);
    };
  resources.workers = std::make_unique<Workers>(static_cast<int>(experiment.threads));
  return train::assemble(std::move(experiment), std::move(resources));
}

}  // namespace descent::run
