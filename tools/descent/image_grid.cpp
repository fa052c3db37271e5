#include "image_grid.hpp"

#include <fmt/core.h>
#include <png.h>

#include <algorithm>
#include <cmath>

#include "descent/base/error.hpp"

namespace descent::program {
namespace {

constexpr std::int64_t gap = 2;               // pixels between images, and around them
constexpr std::int64_t readable_width = 512;  // narrower grids are magnified
constexpr std::uint8_t gap_gray = 128;        // neither of the colors that most images have at their edge

struct Grid {
  explicit Grid(const ImageStack& images)
      : columns(images.columns > 0
                    ? images.columns
                    : static_cast<std::int64_t>(std::ceil(std::sqrt(static_cast<double>(images.count))))),
        rows((images.count + columns - 1) / columns),
        scale(std::max<std::int64_t>(readable_width / (columns * images.width), 1)),
        width(columns * (scale * images.width + gap) + gap),
        height(rows * (scale * images.height + gap) + gap) {}
  std::int64_t columns, rows, scale, width, height;
};

std::uint8_t shade(double value, double minimum, double maximum) {
  const double share = maximum > minimum ? (value - minimum) / (maximum - minimum) : 0;
  // The comparison is false for NaN.
  return share > 0 ? static_cast<std::uint8_t>(std::lround(255 * std::min(share, 1.0))) : 0;
}

std::pair<double, double> range_of(const ImageStack& images) {
  if (images.minimum < images.maximum) return {images.minimum, images.maximum};
  double low = 0, high = 0;
  bool any = false;
  for (const double value : images.values) {
    if (!std::isfinite(value)) continue;
    low = any ? std::min(low, value) : value;
    high = any ? std::max(high, value) : value;
    any = true;
  }
  return {low, high};
}

std::vector<std::uint8_t> pixels_of(const ImageStack& images, const Grid& grid) {
  const auto [low, high] = range_of(images);
  std::vector<std::uint8_t> pixels(static_cast<std::size_t>(grid.width * grid.height * images.channels),
                                   gap_gray);
  for (std::int64_t image = 0; image < images.count; ++image) {
    const std::int64_t top = gap + image / grid.columns * (grid.scale * images.height + gap);
    const std::int64_t left = gap + image % grid.columns * (grid.scale * images.width + gap);
    for (std::int64_t y = 0; y < grid.scale * images.height; ++y)
      for (std::int64_t x = 0; x < grid.scale * images.width; ++x)
        for (std::int64_t c = 0; c < images.channels; ++c) {
          const std::int64_t row = image * images.height + y / grid.scale;
          const std::int64_t from = (row * images.width + x / grid.scale) * images.channels + c;
          const std::int64_t to = ((top + y) * grid.width + left + x) * images.channels + c;
          pixels[static_cast<std::size_t>(to)] =
              shade(images.values[static_cast<std::size_t>(from)], low, high);
        }
  }
  return pixels;
}

}  // namespace

GridPixels grid_pixels(const ImageStack& images) {
  const Grid grid(images);
  // libpng's simplified interface counts a row's bytes in 31 bits.
  constexpr std::int64_t longest = 100000;
  if (grid.width > longest || grid.height > longest)
    throw Error(
        fmt::format("{} images of {} x {} pixels make a picture of {} x {}, which nothing shows; ask "
                    "for fewer",
                    images.count, images.width, images.height, grid.width, grid.height));
  return {grid.width, grid.height, images.channels, pixels_of(images, grid)};
}

void write_image_grid(const ImageStack& images, const std::filesystem::path& file) {
  const GridPixels grid = grid_pixels(images);
  png_image png{};
  png.version = PNG_IMAGE_VERSION;
  png.width = static_cast<png_uint_32>(grid.width);
  png.height = static_cast<png_uint_32>(grid.height);
  png.format = grid.channels == 3 ? PNG_FORMAT_RGB : PNG_FORMAT_GRAY;
  const std::filesystem::path part = file.string() + ".part";
  std::error_code error;
  if (png_image_write_to_file(&png, part.c_str(), 0, grid.values.data(), 0, nullptr) == 0) {
    std::filesystem::remove(part, error);
    throw RunError(fmt::format("cannot write '{}': {}", file.string(), png.message));
  }
  std::filesystem::rename(part, file, error);
  if (error) {
    std::error_code ignored;
    std::filesystem::remove(part, ignored);
    throw RunError(fmt::format("cannot write '{}': {}", file.string(), error.message()));
  }
}

}  // namespace descent::program
