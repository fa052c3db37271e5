#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

namespace descent::program {

/// Images side by side.
struct ImageStack {
  std::int64_t count = 0, height = 0, width = 0;
  std::int64_t channels = 1;   ///< 1 or 3
  std::vector<double> values;  ///< (count, height, width, channels)
  /// What is shown black, and white; equal ends: those of the values.
  double minimum = 0, maximum = 1;
  std::int64_t columns = 0;  ///< of the grid; 0: about as many as rows
};

/// The images in one picture, as write_image_grid() writes it.
struct GridPixels {
  std::int64_t width = 0, height = 0, channels = 1;
  std::vector<std::uint8_t> values;  ///< (height, width, channels)
};
/// Throws Error where that would be wider or higher than anything shows.
GridPixels grid_pixels(const ImageStack& images);

/// Writes a PNG of 8 bits: the images in their order, row by row. Small images are
/// magnified by a whole factor. What lies outside of the range is cut off at its ends; what is no number is
/// black. Throws RunError when the file cannot be written.
void write_image_grid(const ImageStack& images, const std::filesystem::path& file);

}  // namespace descent::program
