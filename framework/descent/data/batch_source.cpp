#include "descent/data/batch_source.hpp"

namespace descent::data {

BatchSource::~BatchSource() = default;

void DirectSource::next(std::int64_t step, Sampler& sampler, std::vector<Batch>& batches) {
  for (std::size_t i = 0; i < batches.size(); ++i)
    sampler.next(batches[i], step, static_cast<std::int64_t>(i));
}

}  // namespace descent::data
