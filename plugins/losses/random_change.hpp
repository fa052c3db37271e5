#pragma once

#include <descent/plugin/play.hpp>

#include "../layers/image_augmentation.hpp"

/// A random change of examples that is to matter to nobody: what the consistency of a discriminator is measured by.
class RandomChange : protected ImageAugmentation {
 public:
  /// Throws Error where a field of the model is never changed.
  void require_change(const descent::AdversarialModel& model, const descent::Fields& fields) const {
    for (const std::string& name : model.fields()) {
      const descent::Shape& shape = find_field(fields, name).shape;
      if (noise > 0) continue;
      if (shape.rank() != 3)
        throw descent::Error(
            "consistency has no change for '" + name +
            "', which is no image (height, width, channels); give it 'noise', or use kind: zcr");
      if (!(flips && shape[1] > 1) && !augments(shape))
        throw descent::Error(
            "consistency changes nothing in '" + name + "', images of the shape " + shape.text() +
            "; set 'flip', 'color', 'translation', 'cutout' or 'noise', translation and cutout "
            "so that they come to a pixel");
    }
  }

  /// x changed, each (batch, …).
  descent::Values changed(const descent::Values& x, const char* stream, descent::Context& context) const {
    descent::Values all;
    for (descent::Variable field : x) {
      const bool is_image = field.shape().rank() == 4;
      if (is_image && flips) field = mirrored(field, stream, context);
      if (is_image) field = augmented(field, stream, context);
      all.append(noise > 0 ? field + noise * context.normal(stream, field.shape()) : field);
    }
    return all;
  }

 protected:
  template <class Loss>
  static void change_options(descent::OptionSpec<Loss>& o) {
    o.flag("flip", &Loss::flips, true).doc("mirror images left and right");
    o.flag("color", &Loss::color, false).doc("change brightness, saturation and contrast of images");
    o.number("translation", &Loss::translation, 0.125)
        .in(0, 1)
        .doc("move images by up to this part of height and width")
        .contrast(0.5);
    o.number("cutout", &Loss::cutout_part, 0.0)
        .in(0, 1)
        .doc("zero a rectangle of this part of height and width of images")
        .contrast(0.5);
    o.number("noise", &Loss::noise, 0.0)
        .at_least(0)
        .doc("deviation of normal noise that is added to every field")
        .contrast(0.5);
    o.number("latent_noise", &Loss::latent_noise, 0.03)
        .positive()
        .doc("deviation of zcr's δ, the normal noise that is added to latent points")
        .contrast(0.5);
  }

  bool flips = true;
  double noise = 0, latent_noise = 0.03;
};

/// The mean over all numbers of each example of (a − b)²: (batch).
inline descent::Variable mean_squared_distance(const descent::Values& a, const descent::Values& b) {
  descent::Variable total;
  double numbers = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    const auto squares = sum_features(square(a[i] - b[i]));
    total = total.defined() ? total + squares : squares;
    numbers += static_cast<double>(a[i].shape().row_size());
  }
  return total / numbers;
}
