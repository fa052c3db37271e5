#include <descent/plugin/layer.hpp>

namespace {

/// (batch, …) -> (batch, features): all numbers of an example in one dimension.
class Flatten final : public descent::Layer {
 public:
  descent::Shape build(const descent::Shape& input, const descent::Shape&, descent::Scope&) override {
    return {input.size()};
  }
  bool flattens() const override { return true; }
  descent::Variable forward(const descent::Variable& x, const descent::Variable&, descent::Pass&) override {
    return reshape(x, {x.value().rows(), x.value().columns()});
  }
};

}  // namespace

DESCENT_LAYER(Flatten, "flatten", "all numbers of an example in one dimension");
