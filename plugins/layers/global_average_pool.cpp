#include <descent/plugin/layer.hpp>

namespace {

/// The mean of each channel over its image: (batch, height, width, channels) -> (batch, channels). Lin et al., Network In
/// Network, 2014.
class GlobalAveragePool final : public descent::Layer {
 public:
  descent::Shape build(const descent::Shape& input, const descent::Shape&, descent::Scope&) override {
    if (input.rank() != 3)
      throw descent::Error(
          "global_average_pool needs images, (height, width, channels), but one example is " + input.text());
    whole_image.kernel = {input[0], input[1]};
    return {input[2]};
  }
  descent::Variable forward(const descent::Variable& x, const descent::Variable&, descent::Pass&) override {
    return reshape(average_pool2d(x, whole_image), {x.shape()[0], x.shape()[3]});
  }

 private:
  descent::Windows2d whole_image;
};

}  // namespace

DESCENT_LAYER(GlobalAveragePool, "global_average_pool", "the mean of each channel (Lin et al., 2014)");
