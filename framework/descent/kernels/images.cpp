#include "descent/kernels/images.hpp"

#include <algorithm>
#include <cmath>

#include "descent/base/error.hpp"
#include "descent/kernels/detail/elementwise.hpp"

namespace descent::kernels {

namespace {

struct ImageExtents {
  explicit ImageExtents(const Shape& shape)
      : batch(shape[0]), height(shape[1]), width(shape[2]), channels(shape[3]) {
    DESCENT_ASSERT(shape.rank() == 4, "images are (batch, height, width, channels)");
  }
  /// Where the numbers of a place begin.
  std::int64_t at(std::int64_t image, std::int64_t row, std::int64_t column) const {
    return ((image * height + row) * width + column) * channels;
  }
  std::int64_t batch, height, width, channels;
};

// Calls function(image) for every image; they are shared among threads.
template <class Function>
void each_image(const ImageExtents& e, Function function) {
  share_rows(e.batch, e.height * e.width * e.channels, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t i = begin; i < end; ++i) function(i);
  });
}

std::int64_t whole(const Tensor& offsets, std::int64_t image, std::int64_t axis) {
  return static_cast<std::int64_t>(offsets.data()[image * 2 + axis]);
}

void put_run(const Tensor& x, std::int64_t from, Tensor& out, std::int64_t to, std::int64_t count,
             bool accumulate) {
  put(UnalignedView(out.data() + to, count), accumulate, ConstUnalignedView(x.data() + from, count));
}

void put_zeros(Tensor& out, std::int64_t to, std::int64_t count, bool accumulate) {
  if (!accumulate) std::fill_n(out.data() + to, count, Scalar(0));
}

// The row or column of an image of `extent` that place `i` of its continuation by reflection shows.
std::int64_t reflected(std::int64_t i, std::int64_t extent) {
  if (i < 0) return -i;
  return i < extent ? i : 2 * (extent - 1) - i;
}

}  // namespace

void flip(const Tensor& x, const Tensor& mask, Tensor& out, bool accumulate) {
  const ImageExtents e(x.shape());
  each_image(e, [&](std::int64_t i) {
    if (mask.data()[i] == 0) {
      put_run(x, e.at(i, 0, 0), out, e.at(i, 0, 0), e.height * e.width * e.channels, accumulate);
      return;
    }
    for (std::int64_t row = 0; row < e.height; ++row)
      for (std::int64_t column = 0; column < e.width; ++column)
        put_run(x, e.at(i, row, e.width - 1 - column), out, e.at(i, row, column), e.channels, accumulate);
  });
}

void shift_images(const Tensor& x, const Tensor& offsets, Tensor& out, bool accumulate) {
  const ImageExtents from(x.shape()), to(out.shape());
  each_image(to, [&](std::int64_t i) {
    const std::int64_t down = whole(offsets, i, 0), right = whole(offsets, i, 1);
    // The columns of `out` that x has.
    const std::int64_t begin = std::clamp<std::int64_t>(-right, 0, to.width);
    const std::int64_t end = std::clamp(from.width - right, begin, to.width);
    for (std::int64_t row = 0; row < to.height; ++row) {
      const std::int64_t source = row + down;
      if (source < 0 || source >= from.height) {
        put_zeros(out, to.at(i, row, 0), to.width * to.channels, accumulate);
        continue;
      }
      put_zeros(out, to.at(i, row, 0), begin * to.channels, accumulate);
      if (begin < end)
        put_run(x, from.at(i, source, begin + right), out, to.at(i, row, begin), (end - begin) * to.channels,
                accumulate);
      put_zeros(out, to.at(i, row, end), (to.width - end) * to.channels, accumulate);
    }
  });
}

void reflect_pad(const Tensor& x, const ImageBorders& borders, Tensor& out, bool accumulate) {
  const ImageExtents from(x.shape()), to(out.shape());
  each_image(to, [&](std::int64_t i) {
    for (std::int64_t row = 0; row < to.height; ++row)
      for (std::int64_t column = 0; column < to.width; ++column)
        put_run(x,
                from.at(i, reflected(row - borders.top, from.height),
                        reflected(column - borders.left, from.width)),
                out, to.at(i, row, column), to.channels, accumulate);
  });
}

void reflect_pad_adjoint(const Tensor& g, const ImageBorders& borders, Tensor& out, bool accumulate) {
  const ImageExtents from(out.shape()), to(g.shape());
  if (!accumulate) out.fill(0);
  each_image(to, [&](std::int64_t i) {
    for (std::int64_t row = 0; row < to.height; ++row)
      for (std::int64_t column = 0; column < to.width; ++column)
        put_run(g, to.at(i, row, column), out,
                from.at(i, reflected(row - borders.top, from.height),
                        reflected(column - borders.left, from.width)),
                to.channels, true);
  });
}

void cutout(const Tensor& x, const Tensor& corners, std::int64_t height, std::int64_t width, Tensor& out,
            bool accumulate) {
  const ImageExtents e(x.shape());
  each_image(e, [&](std::int64_t i) {
    const std::int64_t top = whole(corners, i, 0), left = whole(corners, i, 1);
    const std::int64_t begin = std::clamp<std::int64_t>(left, 0, e.width);
    const std::int64_t end = std::clamp(left + width, begin, e.width);
    for (std::int64_t row = 0; row < e.height; ++row) {
      const bool is_cut = row >= top && row < top + height;
      const std::int64_t first = is_cut ? begin : e.width, last = is_cut ? end : e.width;
      put_run(x, e.at(i, row, 0), out, e.at(i, row, 0), first * e.channels, accumulate);
      put_zeros(out, e.at(i, row, first), (last - first) * e.channels, accumulate);
      put_run(x, e.at(i, row, last), out, e.at(i, row, last), (e.width - last) * e.channels, accumulate);
    }
  });
}

namespace {

// out[outer, i, inner] = the weighted mean of x[outer, j, inner] around place i of the new extent.
void resize_axis(const Tensor& x, std::int64_t outer, std::int64_t from, std::int64_t inner, std::int64_t to,
                 Tensor& out) {
  const double scale = static_cast<double>(from) / static_cast<double>(to), reach = std::max(scale, 1.0);
  out.fill(0);
  for (std::int64_t i = 0; i < to; ++i) {
    const double center = (static_cast<double>(i) + 0.5) * scale;
    const auto first = std::max<std::int64_t>(0, static_cast<std::int64_t>(std::floor(center - reach)));
    const auto last = std::min(from, static_cast<std::int64_t>(std::ceil(center + reach)));
    const auto weight = [&](std::int64_t j) {
      return std::max(0.0, 1 - std::abs((static_cast<double>(j) + 0.5 - center) / reach));
    };
    double total = 0;
    for (std::int64_t j = first; j < last; ++j) total += weight(j);
    for (std::int64_t j = first; j < last; ++j) {
      const auto share = static_cast<Scalar>(weight(j) / total);
      for (std::int64_t o = 0; o < outer; ++o)
        UnalignedView(out.data() + (o * to + i) * inner, inner) +=
            share * ConstUnalignedView(x.data() + (o * from + j) * inner, inner);
    }
  }
}

}  // namespace

void resize(const Tensor& x, Tensor& out) {
  const ImageExtents from(x.shape()), to(out.shape());
  Tensor rows = Tensor::empty({from.batch, to.height, from.width, from.channels});
  resize_axis(x, from.batch, from.height, from.width * from.channels, to.height, rows);
  resize_axis(rows, from.batch * to.height, from.width, from.channels, to.width, out);
}

void fill_pairs(std::int64_t rows, std::int64_t columns, Tensor& out) {
  for (std::int64_t i = 0; i < out.size(); i += 2) {
    out.data()[i] = static_cast<Scalar>(rows);
    out.data()[i + 1] = static_cast<Scalar>(columns);
  }
}

void negate_offsets(const Tensor& x, Tensor& out) {
  array(out) = Scalar(0) - array(x);
}

}  // namespace descent::kernels
