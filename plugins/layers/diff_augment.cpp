#include "image_augmentation.hpp"

namespace {

/// During training, changes each image at random, in ways that gradients flow through: as the first layer of a
/// discriminator it is applied to real and made images alike. (batch, height, width, channels) -> the same. Zhao et al.,
/// Differentiable Augmentation for Data-Efficient GAN Training, 2020; definitions and order are those of the authors'
/// code, where images lie in [−1, 1].
class DiffAugment final : public descent::Layer, private ImageAugmentation {
 public:
  static void options(descent::OptionSpec<DiffAugment>& o) {
    o.flag("color", &DiffAugment::color, true)
        .doc("shift the brightness by up to 0.5, scale saturation by 0 to 2 and contrast by 0.5 to 1.5");
    o.number("translation", &DiffAugment::translation, 0.125)
        .in(0, 1)
        .doc("move by up to this part of height and width; zeros come in; 0: not")
        .contrast(0.5);
    o.number("cutout", &DiffAugment::cutout_part, 0.5)
        .in(0, 1)
        .doc("zero a rectangle of this part of height and width; 0: none")
        .contrast(0.25);
  }

  descent::Shape build(const descent::Shape& input, const descent::Shape&, descent::Scope&) override {
    if (input.rank() != 3)
      throw descent::Error("diff_augment needs images, (height, width, channels), but one example is " +
                           input.text());
    return input;
  }

  descent::Variable forward(const descent::Variable& x, const descent::Variable&,
                            descent::Pass& pass) override {
    if (!pass.training()) return x;
    return augmented(x, "diff_augment", pass);
  }
};

}  // namespace

DESCENT_LAYER(DiffAugment, "diff_augment", "changes images at random during training (Zhao et al., 2020)");
