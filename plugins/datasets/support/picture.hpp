#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace descent {

/// A picture, a byte for each channel of a pixel.
struct Picture {
  std::int64_t height = 0;
  std::int64_t width = 0;
  std::int64_t channels = 1;         ///< 1 gray, 3 red, green and blue
  std::vector<std::uint8_t> pixels;  ///< row after row, pixel after pixel

  std::int64_t size() const { return height * width * channels; }
};

/// Decodes a PNG or a JPEG (its first bytes tell) into `picture`, whose memory is used again. Palettes are resolved, 16 bits
/// become 8, and transparency is dropped, as by PIL's convert('RGB'). Throws Error that says what is wrong with it.
void decode_picture(std::span<const std::uint8_t> file, Picture& picture);
void decode_png(std::span<const std::uint8_t> file, Picture& picture);
void decode_jpeg(std::span<const std::uint8_t> file, Picture& picture);

/// Gray to color, or color to gray: ITU-R 601-2 luma, (19595 R + 38470 G + 7471 B + 2¹⁵) / 2¹⁶, as in PIL's convert('L').
void convert_channels(Picture& picture, std::int64_t channels);

/// Bilinear interpolation, where the picture becomes smaller over all the pixels that a new one covers: PIL's
/// resize(…, BILINEAR) to a bit, which torchvision's Resize takes for pictures.
Picture resized(const Picture& picture, std::int64_t height, std::int64_t width);

/// Scaled until it covers `height` and `width`, and the middle cut out: torchvision's Resize of the shorter side, then
/// CenterCrop.
Picture resized_and_cropped(const Picture& picture, std::int64_t height, std::int64_t width);

}  // namespace descent
