#include "descent/plugin/dataset.hpp"

#include <stdexcept>

namespace descent {

Dataset::~Dataset() = default;
Mixture::~Mixture() = default;

void Dataset::fill(Split, std::span<const std::int64_t>, Batch&) const {
  throw std::logic_error("size() gives a number of examples, but fill() is not overridden");
}

bool Dataset::order(Split, RandomStream&, std::span<std::int64_t>) const {
  return false;
}

void Dataset::sample(Split, RandomStream&, Batch&) const {
  throw std::logic_error("size() gives nothing (an endless data set), but sample() is not overridden");
}

}  // namespace descent
