#include <descent/plugin/layer.hpp>

namespace {

/// (batch, …) -> (batch, shape…): the same numbers in another shape, as between a linear layer and images:
/// `reshape: [7, 7, 128]` (height, width, channels).
class Reshape final : public descent::Layer {
 public:
  static void options(descent::OptionSpec<Reshape>& o) {
    o.integers("shape", &Reshape::extents, {})
        .at_least(1)
        .required()
        .main()
        .doc("the shape of one example, of as many numbers as its input")
        .example(
            descent::Value::list({descent::Value::of(7), descent::Value::of(7), descent::Value::of(128)}))
        .contrast(descent::Value::list({descent::Value::of(2), descent::Value::of(3)}));
  }

  descent::Shape build(const descent::Shape& input, const descent::Shape&, descent::Scope&) override {
    shape = descent::Shape(extents);
    if (shape.size() != input.size())
      throw descent::Error("an example of shape " + input.text() + " cannot be reshaped to " + shape.text() +
                           ": the first has " + std::to_string(input.size()) + " numbers, the second " +
                           std::to_string(shape.size()));
    return shape;
  }
  descent::Variable forward(const descent::Variable& x, const descent::Variable&, descent::Pass&) override {
    return reshape(x, shape.batch(x.shape()[0]));
  }

 private:
  std::vector<std::int64_t> extents;
  descent::Shape shape;
};

}  // namespace

DESCENT_LAYER(Reshape, "reshape", "the same numbers in another shape");
