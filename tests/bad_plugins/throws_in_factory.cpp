#include <stdexcept>

#include <descent/plugin/optimizer.hpp>

namespace {
class ThrowsInFactory final : public descent::Optimizer {
 public:
  ThrowsInFactory() { throw std::invalid_argument("the factory is closed"); }
  void apply(const descent::Step&, descent::Block) const override {}
};
}  // namespace

DESCENT_OPTIMIZER(ThrowsInFactory, "bad_throws_in_factory", "cannot be made")
