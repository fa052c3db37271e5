#include <descent/plugin/layer.hpp>

namespace {

/// ½·‖x‖² of each example, whose gradient is x.
class HalfSquare final : public descent::Layer {
 public:
  descent::Shape build(const descent::Shape&, const descent::Shape&, descent::Scope&) override { return {1}; }
  descent::Variable forward(const descent::Variable& x, const descent::Variable&, descent::Pass&) override {
    return reshape(sum_features(square(x)) * 0.5, {x.shape()[0], 1});
  }
};

}  // namespace

DESCENT_LAYER(HalfSquare, "test_half_square", "half of the squared norm, for tests")
