#include "window_layer.hpp"

namespace {

/// The mean of each window and channel: (batch, height, width, channels), where what is outside of the
/// image does not count.
class AveragePool2d final : public WindowLayer {
 public:
  static void options(descent::OptionSpec<AveragePool2d>& o) { window_options(o, 2, 0); }

  descent::Shape build(const descent::Shape& input, const descent::Shape&, descent::Scope&) override {
    require_image("average_pool2d", input);
    windows = on(input);
    require_pixels(windows);
    const auto [height, width] = windows.places({input[0], input[1]});
    return {height, width, input[2]};
  }
  descent::Variable forward(const descent::Variable& x, const descent::Variable&, descent::Pass&) override {
    return average_pool2d(x, windows);
  }

 private:
  descent::Windows2d windows;
};

}  // namespace

DESCENT_LAYER(AveragePool2d, "average_pool2d", "the mean of each window");
