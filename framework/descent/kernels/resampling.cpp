#include "descent/kernels/resampling.hpp"

#include <algorithm>
#include <cmath>

#include "descent/base/error.hpp"
#include "descent/kernels/detail/shares.hpp"

namespace descent::kernels {

namespace {

// to += weight·from, `count` scalars.
void add_scaled(const Scalar* from, Scalar weight, std::int64_t count, Scalar* to) {
  for (std::int64_t c = 0; c < count; ++c) to[c] += weight * from[c];
}

// Two neighbors along an axis, and how much of the second one.
struct Between {
  std::int64_t first, second;
  Scalar weight;
};

Between between(std::int64_t i, std::int64_t from, std::int64_t to) {
  const double center =
      (static_cast<double>(i) + 0.5) * static_cast<double>(from) / static_cast<double>(to) - 0.5;
  const double position = std::clamp(center, 0.0, static_cast<double>(from - 1));
  const auto first = static_cast<std::int64_t>(position);
  return {first, std::min(first + 1, from - 1), static_cast<Scalar>(position - static_cast<double>(first))};
}

// Calls function(small, large, weight) for every pixel of the large image and each of the four of the small one
// between which it lies: the offsets of their channels. Images are shared among threads, here and below.
template <class Function>
void for_each_neighbor(const Shape& small, const Shape& large, Function function) {
  DESCENT_ASSERT(small[0] == large[0] && small[3] == large[3], "only height and width are resized");
  share_rows(large[0], 4 * large.row_size(), [&](std::int64_t begin, std::int64_t end) {
    std::int64_t pixel = begin * large.row_size();
    for (std::int64_t n = begin; n < end; ++n)
      for (std::int64_t i = 0; i < large[1]; ++i) {
        const Between y = between(i, small[1], large[1]);
        for (std::int64_t j = 0; j < large[2]; ++j, pixel += large[3]) {
          const Between x = between(j, small[2], large[2]);
          const auto at = [&](std::int64_t row, std::int64_t column) {
            return ((n * small[1] + row) * small[2] + column) * small[3];
          };
          function(at(y.first, x.first), pixel, (1 - y.weight) * (1 - x.weight));
          function(at(y.first, x.second), pixel, (1 - y.weight) * x.weight);
          function(at(y.second, x.first), pixel, y.weight * (1 - x.weight));
          function(at(y.second, x.second), pixel, y.weight * x.weight);
        }
      }
  });
}

// Calls function(small, large) for every pixel of the large image: the offsets of `width` scalars each, of which one
// pixel of the small image has one piece for each pixel of its block, or (`shared`) only one.
template <class Function>
void for_each_block_pixel(const Shape& large, const Extents2d& block, bool shared, Function function) {
  const std::int64_t width = large[3], columns = large[2] / block[1];
  const std::int64_t pieces = shared ? 1 : block[0] * block[1];
  share_rows(large[0], large.row_size(), [&](std::int64_t begin, std::int64_t end) {
    std::int64_t pixel = begin * large.row_size();
    for (std::int64_t row = begin * large[1]; row < end * large[1]; ++row)  // blocks do not cross images
      for (std::int64_t x = 0; x < large[2]; ++x, pixel += width) {
        const std::int64_t owner = row / block[0] * columns + x / block[1];
        const std::int64_t piece = shared ? 0 : row % block[0] * block[1] + x % block[1];
        function((owner * pieces + piece) * width, pixel);
      }
  });
}

}  // namespace

void upsample_nearest(const Tensor& x, const Extents2d& factor, Tensor& out, bool accumulate) {
  if (!accumulate) out.fill(0);
  for_each_block_pixel(out.shape(), factor, true, [&](std::int64_t small, std::int64_t large) {
    add_scaled(x.data() + small, 1, out.shape()[3], out.data() + large);
  });
}

void upsample_nearest_adjoint(const Tensor& y, const Extents2d& factor, Tensor& out, bool accumulate) {
  if (!accumulate) out.fill(0);
  for_each_block_pixel(y.shape(), factor, true, [&](std::int64_t small, std::int64_t large) {
    add_scaled(y.data() + large, 1, y.shape()[3], out.data() + small);
  });
}

void resize_bilinear(const Tensor& x, Tensor& out, bool accumulate) {
  if (!accumulate) out.fill(0);
  for_each_neighbor(x.shape(), out.shape(), [&](std::int64_t small, std::int64_t large, Scalar weight) {
    add_scaled(x.data() + small, weight, out.shape()[3], out.data() + large);
  });
}

void resize_bilinear_adjoint(const Tensor& y, Tensor& out, bool accumulate) {
  if (!accumulate) out.fill(0);
  for_each_neighbor(out.shape(), y.shape(), [&](std::int64_t small, std::int64_t large, Scalar weight) {
    add_scaled(y.data() + large, weight, y.shape()[3], out.data() + small);
  });
}

void depth_to_space(const Tensor& x, std::int64_t block, Tensor& out, bool accumulate) {
  if (!accumulate) out.fill(0);
  for_each_block_pixel(out.shape(), {block, block}, false, [&](std::int64_t small, std::int64_t large) {
    add_scaled(x.data() + small, 1, out.shape()[3], out.data() + large);
  });
}

void space_to_depth(const Tensor& y, std::int64_t block, Tensor& out, bool accumulate) {
  if (!accumulate) out.fill(0);
  for_each_block_pixel(y.shape(), {block, block}, false, [&](std::int64_t small, std::int64_t large) {
    add_scaled(y.data() + large, 1, y.shape()[3], out.data() + small);
  });
}

}  // namespace descent::kernels
