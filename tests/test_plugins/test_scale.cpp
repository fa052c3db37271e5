#include <descent/plugin/layer.hpp>

namespace {

/// x·gain, with one number for all elements.
class Scale final : public descent::Layer {
 public:
  static void options(descent::OptionSpec<Scale>& o) {
    o.number("start", &Scale::start, 1.5).main().doc("where the gain begins");
  }
  descent::Shape build(const descent::Shape& input, const descent::Shape&, descent::Scope& scope) override {
    gain = &scope.parameter("gain", {1}, {}, descent::initialize::constant(start));
    return input;
  }
  descent::Variable forward(const descent::Variable& x, const descent::Variable&, descent::Pass&) override {
    return x * reshape(gain->variable, {});
  }

 private:
  double start;
  descent::Parameter* gain = nullptr;
};

}  // namespace

DESCENT_LAYER(Scale, "test_scale", "x·gain, for tests");
