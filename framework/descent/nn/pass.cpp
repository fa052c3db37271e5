#include "descent/nn/pass.hpp"

#include <fmt/format.h>

#include "descent/base/error.hpp"
#include "descent/kernels/random.hpp"

namespace descent {

Pass::Pass(Mode mode, std::uint64_t seed, std::int64_t step, std::int64_t evaluation, BufferUpdates updates)
    : mode_(mode), seed_(seed), step_(step), evaluation_(evaluation), updates_(updates) {}

Pass::~Pass() = default;

RandomStream Pass::random(std::string_view name) {
  const std::uint64_t key = stream_key(seed_, name);
  std::size_t i = 0;
  while (i < streams_ && draws_[i].key != key) ++i;
  if (i == streams_) {
    if (streams_ == max_streams)
      throw Error(
          fmt::format("random stream '{}': one evaluation draws from at most {} streams", name, max_streams));
    draws_[streams_++] = {key, 0};
  }
  return RandomStream(key, static_cast<std::uint32_t>(step_), static_cast<std::uint32_t>(evaluation_),
                      draws_[i].count++);
}

Variable Pass::normal(std::string_view name, const Shape& shape) {
  Tensor noise = Tensor::empty(shape);
  RandomStream stream = random(name);
  kernels::fill_normal(stream, noise);
  return noise;
}

Variable Pass::uniform(std::string_view name, const Shape& shape) {
  Tensor noise = Tensor::empty(shape);
  RandomStream stream = random(name);
  kernels::fill_uniform(stream, noise);
  return noise;
}

}  // namespace descent
