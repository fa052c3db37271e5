#include "descent/conformance/synthetic_gradients.hpp"

#include "descent/base/random.hpp"

namespace descent::conformance {

std::string SyntheticGradients::update(const std::function<void(chain::Arena& arena)>& change) {
  training_.set_step(training_.step() + 1);
  chain::Arena& arena = *training_.arenas().front();
  RandomStream random(stream_key(1, "conformance/gradients"), static_cast<std::uint32_t>(training_.step()));
  for (Tensor& gradient : arena.gradient_views()) random.normal(gradient.data(), gradient.size());
  if (change) change(arena);
  const Parameter* failed = training_.runners().front()->update(training_.step(), 0, {});
  return failed == nullptr ? "" : failed->name;
}

}  // namespace descent::conformance
