#pragma once

#include <algorithm>
#include <cmath>
#include <descent/kernels/random.hpp>
#include <descent/plugin/layer.hpp>

/// Random changes of images (batch, height, width, channels) that gradients flow through, each image's own. Zhao et al.,
/// Differentiable Augmentation for Data-Efficient GAN Training, 2020; definitions and order are those of the authors'
/// code, where images lie in [−1, 1].
class ImageAugmentation {
 public:
  /// x changed in color, moved, and with a rectangle left out, by numbers from the stream `stream`: the same shape.
  descent::Variable augmented(const descent::Variable& x, const char* stream, descent::Pass& pass) const {
    return without_rectangle(translated(color ? recolored(x, stream, pass) : x, stream, pass), stream, pass);
  }

  /// Each image of x mirrored left and right, or not.
  static descent::Variable mirrored(const descent::Variable& x, const char* stream, descent::Pass& pass) {
    return flip(x, positive(pass.uniform(stream, {x.shape()[0]}) - 0.5).value());
  }

 protected:
  /// Whether augmented() can change images of this shape, (height, width, channels).
  bool augments(const descent::Shape& image) const {
    const auto reaches = [&](std::size_t axis, double part) { return part_of(image[axis], part) > 0; };
    return color || reaches(0, translation) || reaches(1, translation) ||
           (reaches(0, cutout_part) && reaches(1, cutout_part));
  }

  /// Shift the brightness, scale saturation and contrast.
  bool color = true;
  /// Move by up to this part of height and width.
  double translation = 0.125;
  /// Zero a rectangle of this part of height and width.
  double cutout_part = 0.5;

 private:
  static descent::Variable recolored(const descent::Variable& x, const char* stream, descent::Pass& pass) {
    const std::int64_t batch = x.shape()[0];
    const descent::Shape one_each{batch, 1, 1, 1};
    const auto scaled_around = [](const descent::Variable& image, const descent::Variable& center,
                                  const descent::Variable& factor) {
      return (image - center) * factor + center;
    };
    const auto brighter = x + (pass.uniform(stream, one_each) - 0.5);
    const auto of_channels = reshape(brighter, {x.value().size() / x.shape()[3], x.shape()[3]});
    const auto grey =
        reshape(sum_features(of_channels) / static_cast<double>(x.shape()[3]), x.shape().with_last(1));
    const auto saturated = scaled_around(brighter, grey, 2.0 * pass.uniform(stream, one_each));
    const auto mean = reshape(sum_features(saturated) / static_cast<double>(x.value().columns()), one_each);
    return scaled_around(saturated, mean, pass.uniform(stream, one_each) + 0.5);
  }

  /// `part` of an extent, rounded.
  static std::int64_t part_of(std::int64_t extent, double part) {
    return static_cast<std::int64_t>(std::floor(static_cast<double>(extent) * part + 0.5));
  }
  static descent::Tensor places(std::int64_t batch, const descent::kernels::WholeRange& rows,
                                const descent::kernels::WholeRange& columns, const char* stream,
                                descent::Pass& pass) {
    descent::Tensor drawn = descent::Tensor::empty({batch, 2});
    descent::RandomStream random = pass.random(stream);
    descent::kernels::fill_offsets(random, rows, columns, drawn);
    return drawn;
  }

  descent::Variable translated(const descent::Variable& x, const char* stream, descent::Pass& pass) const {
    const std::int64_t down = part_of(x.shape()[1], translation), right = part_of(x.shape()[2], translation);
    if (down == 0 && right == 0) return x;
    return translate(x, places(x.shape()[0], {-down, down}, {-right, right}, stream, pass));
  }

  descent::Variable without_rectangle(const descent::Variable& x, const char* stream,
                                      descent::Pass& pass) const {
    const std::int64_t height = part_of(x.shape()[1], cutout_part),
                       width = part_of(x.shape()[2], cutout_part);
    if (height == 0 || width == 0) return x;
    // The middle lies anywhere in the image, and for even extents also right behind it.
    const auto corners = [](std::int64_t extent, std::int64_t cut) {
      return descent::kernels::WholeRange{-(cut / 2), extent - cut % 2 - cut / 2};
    };
    return cutout(
        x, places(x.shape()[0], corners(x.shape()[1], height), corners(x.shape()[2], width), stream, pass),
        height, width);
  }
};
