#include <descent/plugin/layer.hpp>

namespace {

/// An image `factor` times as high and wide: every pixel as a block, or interpolated between the centers of pixels.
class Upsample final : public descent::Layer {
 public:
  static void options(descent::OptionSpec<Upsample>& o) {
    o.extents("factor", &Upsample::factor, 2).main().doc("how many times as high and wide");
    o.choice("mode", &Upsample::mode, "nearest",
             {{"nearest", descent::Resampling::nearest}, {"bilinear", descent::Resampling::bilinear}})
        .doc("nearest repeats pixels; bilinear interpolates between their centers");
  }

  descent::Shape build(const descent::Shape& input, const descent::Shape&, descent::Scope&) override {
    if (input.rank() != 3)
      throw descent::Error("upsample needs images, (height, width, channels), but one example is " +
                           input.text());
    return {factor[0] * input[0], factor[1] * input[1], input[2]};
  }
  descent::Variable forward(const descent::Variable& x, const descent::Variable&, descent::Pass&) override {
    return upsample2d(x, factor, mode);
  }

 private:
  descent::Extents2d factor{};
  descent::Resampling mode;
};

}  // namespace

DESCENT_LAYER(Upsample, "upsample", "larger images: pixels repeated or interpolated");
