#include "descent/kernels/pooling.hpp"

#include <algorithm>
#include <limits>

#include "descent/base/error.hpp"
#include "descent/kernels/detail/shares.hpp"

namespace descent::kernels {

namespace {

// Calls function(pixel, place, tap) for every pixel that a window sees: the offsets of their channels in the images and in
// the result, and the pixel's number in the window, in order. Images are shared among
// threads.
template <class Function>
void for_each_seen_pixel(const Shape& images, const Windows2d& windows, const Shape& places,
                         Function function) {
  DESCENT_ASSERT((windows.places({images[1], images[2]}) == Extents2d{places[1], places[2]}) &&
                     images[0] == places[0] && images[3] == places[3],
                 "shapes must fit the windows");
  const std::int64_t channels = images[3];
  share_rows(
      places[0], places.row_size() * windows.kernel[0] * windows.kernel[1],
      [&](std::int64_t first, std::int64_t last) {
        std::int64_t place = first * places.row_size();
        for (std::int64_t n = first; n < last; ++n)
          for (std::int64_t i = 0; i < places[1]; ++i)
            for (std::int64_t j = 0; j < places[2]; ++j, place += channels)
              for (std::int64_t p = 0; p < windows.kernel[0]; ++p) {
                const std::int64_t y = i * windows.stride[0] + p * windows.dilation[0] - windows.before[0];
                if (y < 0 || y >= images[1]) continue;
                for (std::int64_t q = 0; q < windows.kernel[1]; ++q) {
                  const std::int64_t x = j * windows.stride[1] + q * windows.dilation[1] - windows.before[1];
                  if (x < 0 || x >= images[2]) continue;
                  function(((n * images[1] + y) * images[2] + x) * channels, place,
                           p * windows.kernel[1] + q);
                }
              }
      });
}

// How many pixels of an image along one axis the window at this place sees.
std::int64_t seen(const Windows2d& windows, std::size_t axis, std::int64_t place, std::int64_t image) {
  std::int64_t count = 0;
  for (std::int64_t p = 0; p < windows.kernel[axis]; ++p) {
    const std::int64_t at = place * windows.stride[axis] + p * windows.dilation[axis] - windows.before[axis];
    count += at >= 0 && at < image ? 1 : 0;
  }
  return count;
}

// 1/(the number of pixels that each window sees): (height, width) of the result.
Tensor inverse_counts(const Shape& images, const Windows2d& windows, const Shape& places) {
  Tensor inverse = Tensor::empty({places[1], places[2]});
  Scalar* next = inverse.data();
  for (std::int64_t i = 0; i < places[1]; ++i)
    for (std::int64_t j = 0; j < places[2]; ++j)
      *next++ =
          Scalar(1) / static_cast<Scalar>(seen(windows, 0, i, images[1]) * seen(windows, 1, j, images[2]));
  return inverse;
}

}  // namespace

void max_pool(const Tensor& x, const Windows2d& windows, Tensor& out, Tensor& tap) {
  out.fill(-std::numeric_limits<double>::infinity());
  tap.fill(0);
  const std::int64_t channels = x.shape()[3];
  const Scalar* from = x.data();
  Scalar *to = out.data(), *where = tap.data();
  for_each_seen_pixel(x.shape(), windows, out.shape(),
                      [&](std::int64_t pixel, std::int64_t place, std::int64_t number) {
                        const auto this_tap = static_cast<Scalar>(number);
                        for (std::int64_t c = 0; c < channels; ++c) {
                          const Scalar value = from[pixel + c], best = to[place + c];
                          const bool larger = value > best || (value != value && best == best);
                          to[place + c] = larger ? value : best;
                          where[place + c] = larger ? this_tap : where[place + c];
                        }
                      });
}

void pick_from_windows(const Tensor& x, const Windows2d& windows, const Tensor& tap, Tensor& out,
                       bool accumulate) {
  if (!accumulate) out.fill(0);
  const std::int64_t channels = x.shape()[3];
  const Scalar *from = x.data(), *where = tap.data();
  Scalar* to = out.data();
  for_each_seen_pixel(x.shape(), windows, out.shape(),
                      [&](std::int64_t pixel, std::int64_t place, std::int64_t number) {
                        const auto this_tap = static_cast<Scalar>(number);
                        for (std::int64_t c = 0; c < channels; ++c)
                          if (where[place + c] == this_tap) to[place + c] += from[pixel + c];
                      });
}

void put_into_windows(const Tensor& g, const Windows2d& windows, const Tensor& tap, Tensor& out,
                      bool accumulate) {
  if (!accumulate) out.fill(0);
  const std::int64_t channels = g.shape()[3];
  const Scalar *from = g.data(), *where = tap.data();
  Scalar* to = out.data();
  for_each_seen_pixel(out.shape(), windows, g.shape(),
                      [&](std::int64_t pixel, std::int64_t place, std::int64_t number) {
                        const auto this_tap = static_cast<Scalar>(number);
                        for (std::int64_t c = 0; c < channels; ++c)
                          if (where[place + c] == this_tap) to[pixel + c] += from[place + c];
                      });
}

void average_pool(const Tensor& x, const Windows2d& windows, Tensor& out, bool accumulate) {
  if (!accumulate) out.fill(0);
  const Shape& places = out.shape();
  const Tensor inverse = inverse_counts(x.shape(), windows, places);
  const std::int64_t channels = places[3], image = places[1] * places[2];
  const Scalar* from = x.data();
  Scalar* to = out.data();
  for_each_seen_pixel(x.shape(), windows, places, [&](std::int64_t pixel, std::int64_t place, std::int64_t) {
    const Scalar weight = inverse.data()[place / channels % image];
    for (std::int64_t c = 0; c < channels; ++c) to[place + c] += weight * from[pixel + c];
  });
}

void average_pool_gradient(const Tensor& g, const Windows2d& windows, Tensor& out, bool accumulate) {
  if (!accumulate) out.fill(0);
  const Shape& places = g.shape();
  const Tensor inverse = inverse_counts(out.shape(), windows, places);
  const std::int64_t channels = places[3], image = places[1] * places[2];
  const Scalar* from = g.data();
  Scalar* to = out.data();
  for_each_seen_pixel(out.shape(), windows, places,
                      [&](std::int64_t pixel, std::int64_t place, std::int64_t) {
                        const Scalar weight = inverse.data()[place / channels % image];
                        for (std::int64_t c = 0; c < channels; ++c) to[pixel + c] += weight * from[place + c];
                      });
}

}  // namespace descent::kernels
