#pragma once

#include <cstdint>

#include "descent/base/api.hpp"
#include "descent/tensor/tensor.hpp"

namespace descent {

/// How many rows and columns are added around an image.
struct ImageBorders {
  std::int64_t top = 0;
  std::int64_t bottom = 0;
  std::int64_t left = 0;
  std::int64_t right = 0;
};

}  // namespace descent

/// Augmentation of images (batch, height, width, channels), each by numbers of its own. Offsets and corners are
/// (batch, 2): rows, then columns, whole numbers. With `accumulate` the result is added to what `out` holds; `out`
/// is never the memory of x.
namespace descent::kernels {

/// Mirrors left and right the images whose number in `mask` (batch) is not 0; the others are copied. It is its own
/// adjoint.
DESCENT_API void flip(const Tensor& x, const Tensor& mask, Tensor& out, bool accumulate);

/// out[i, r, c] = x[i, r + offsets[i, 0], c + offsets[i, 1]], or 0 outside of x, whose height and width may be
/// others than out's: a translation by −offsets, a crop, or a border of zeros. The adjoint is the same function
/// with negated offsets, from the shape of `out` to that of x.
DESCENT_API void shift_images(const Tensor& x, const Tensor& offsets, Tensor& out, bool accumulate);

/// out (batch, height + top + bottom, width + left + right, channels) = x continued by reflection at its outermost
/// rows and columns, which are not repeated; each border is smaller than the image.
DESCENT_API void reflect_pad(const Tensor& x, const ImageBorders& borders, Tensor& out, bool accumulate);
/// reflect_pad()'s adjoint: out (batch, height, width, channels), from g of the padded shape.
DESCENT_API void reflect_pad_adjoint(const Tensor& g, const ImageBorders& borders, Tensor& out,
                                     bool accumulate);

/// Copies x but for a rectangle of zeros in each image: `height` rows and `width` columns from `corners` on, which
/// may lie outside. It is its own adjoint.
DESCENT_API void cutout(const Tensor& x, const Tensor& corners, std::int64_t height, std::int64_t width,
                        Tensor& out, bool accumulate);

/// out (batch, new height, new width, channels) = x scaled by bilinear interpolation between the centers of pixels.
/// Where an image is made smaller, the triangle filter is as much wider as the scale is smaller, so that all pixels
/// count: what Pillow's and, with `antialias`, torchvision's bilinear resizing do.
DESCENT_API void resize(const Tensor& x, Tensor& out);

/// out (batch, 2) = the same pair for every image.
DESCENT_API void fill_pairs(std::int64_t rows, std::int64_t columns, Tensor& out);
/// out = −x, element by element, for offsets; without −0.
DESCENT_API void negate_offsets(const Tensor& x, Tensor& out);

}  // namespace descent::kernels
