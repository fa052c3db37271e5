#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "descent/plugin/data.hpp"

namespace descent {

/// Images of one size, a byte for each channel of a pixel, and their labels: what fields `image` and `label` are
/// filled from.
struct LabeledImages {
  std::int64_t height = 0;
  std::int64_t width = 0;
  /// Image after image, row after row, pixel after pixel.
  std::vector<std::uint8_t> pixels;
  /// One for each image, or none at all.
  std::vector<std::int32_t> labels;
  std::int64_t channels = 1;

  std::int64_t image_size() const { return height * width * channels; }
  std::int64_t count() const { return image_size() == 0 ? 0 : std::ssize(pixels) / image_size(); }
  /// Writes `image`, the bytes 0 to 255 as numbers from 0 to 1, and `label` if there are labels.
  void fill(std::span<const std::int64_t> indices, Batch& batch) const;
};

/// `image` (height, width, channels), and, where `classes` is not 0, `label` ().
Fields image_fields(std::int64_t height, std::int64_t width, std::int64_t classes, std::int64_t channels = 1);

}  // namespace descent
