#include "descent/kernels/columns.hpp"

#include <algorithm>

#include "descent/base/error.hpp"
#include "descent/kernels/detail/shares.hpp"

namespace descent::kernels {

namespace {

// Calls inside(begin, count, column) for each piece of each window that lies inside of its image: `count` scalars from
// offset `begin` of the images on, which belong at offset `column` of the columns; and outside(column, count) for each
// piece outside. Images are shared among threads.
template <class Inside, class Outside>
void for_each_piece(const Shape& images, const Windows2d& windows, Inside inside, Outside outside) {
  const std::int64_t height = images[1], width = images[2], channels = images[3];
  const Extents2d places = windows.places({height, width});
  const std::int64_t rows = places[0], columns = places[1];
  const std::int64_t kernel_height = windows.kernel[0], kernel_width = windows.kernel[1];
  // Neighbors of a window's row lie side by side in memory, and are one piece.
  const std::int64_t step = windows.dilation[1], run = step == 1 ? kernel_width : 1;
  const std::int64_t width_of_image = rows * columns * kernel_height * kernel_width * channels;
  share_rows(images[0], width_of_image, [=](std::int64_t begin, std::int64_t end) {
    std::int64_t column = begin * width_of_image;
    for (std::int64_t n = begin; n < end; ++n)
      for (std::int64_t i = 0; i < rows; ++i)
        for (std::int64_t j = 0; j < columns; ++j)
          for (std::int64_t p = 0; p < kernel_height; ++p) {
            const std::int64_t y = i * windows.stride[0] + p * windows.dilation[0] - windows.before[0];
            for (std::int64_t q = 0; q < kernel_width; q += run, column += run * channels) {
              const std::int64_t x = j * windows.stride[1] + q * step - windows.before[1];
              const std::int64_t first = y < 0 || y >= height ? run : std::clamp<std::int64_t>(-x, 0, run);
              const std::int64_t last = std::clamp<std::int64_t>(width - x, first, run);
              outside(column, first * channels);
              if (last > first)
                inside(((n * height + y) * width + x + first) * channels, (last - first) * channels,
                       column + first * channels);
              outside(column + last * channels, (run - last) * channels);
            }
          }
  });
}

}  // namespace

void gather_columns(const Tensor& x, const Windows2d& windows, Tensor& columns) {
  const Scalar* from = x.data();
  Scalar* to = columns.data();
  for_each_piece(
      x.shape(), windows,
      [&](std::int64_t image, std::int64_t count, std::int64_t column) {
        std::copy_n(from + image, count, to + column);
      },
      [&](std::int64_t column, std::int64_t count) { std::fill_n(to + column, count, Scalar(0)); });
}

void scatter_columns(const Tensor& columns, const Windows2d& windows, Tensor& out) {
  const Scalar* from = columns.data();
  Scalar* to = out.data();
  for_each_piece(
      out.shape(), windows,
      [&](std::int64_t image, std::int64_t count, std::int64_t column) {
        for (std::int64_t k = 0; k < count; ++k) to[image + k] += from[column + k];
      },
      [](std::int64_t, std::int64_t) {});
}

}  // namespace descent::kernels
