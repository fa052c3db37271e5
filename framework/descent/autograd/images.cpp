#include "descent/kernels/images.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "descent/autograd/broadcasting.hpp"
#include "descent/autograd/ops.hpp"
#include "descent/base/error.hpp"

namespace descent {

namespace {

void need_images(const char* op, const Variable& x) {
  if (x.shape().rank() != 4)
    throw Error(fmt::format("op '{}': it needs images, (batch, height, width, channels), but got {}", op,
                            x.shape().text()));
}

void need_pairs(const char* op, const Variable& x, const Tensor& pairs) {
  need_images(op, x);
  if (!(pairs.shape() == Shape{x.shape()[0], 2}))
    shapes_do_not_fit(op, x.shape(), pairs.shape(),
                      "images are (batch, height, width, channels), and their places (batch, 2)");
}

Shape image_shape(const Variable& x, std::int64_t height, std::int64_t width) {
  return {x.shape()[0], height, width, x.shape()[3]};
}

Tensor negated(const Tensor& offsets) {
  Tensor out = Tensor::empty(offsets.shape());
  kernels::negate_offsets(offsets, out);
  return out;
}

class Flip final : public Node {
 public:
  explicit Flip(Tensor mask) : mask_(std::move(mask)) {}
  const char* name() const override { return "flip"; }
  void backward(const Variable& gradient, Gradients& into) const override {
    if (into.recording()) return into.add(0, flip(gradient, mask_));
    auto [target, accumulate] = into.target(0);
    kernels::flip(gradient.value(), mask_, target, accumulate);
  }

 private:
  Tensor mask_;
};

Variable shift_images(const char* op, const Variable& x, const Tensor& offsets, const Shape& shape);

class ShiftImages final : public Node {
 public:
  ShiftImages(const char* name, Tensor offsets) : name_(name), offsets_(std::move(offsets)) {}
  const char* name() const override { return name_; }
  void backward(const Variable& gradient, Gradients& into) const override {
    const Tensor back = negated(offsets_);
    if (into.recording()) return into.add(0, shift_images("shift_images", gradient, back, inputs[0].shape()));
    auto [target, accumulate] = into.target(0);
    kernels::shift_images(gradient.value(), back, target, accumulate);
  }

 private:
  const char* name_;
  Tensor offsets_;
};

Variable shift_images(const char* op, const Variable& x, const Tensor& offsets, const Shape& shape) {
  Tensor out = Tensor::empty(shape);
  kernels::shift_images(x.value(), offsets, out, false);
  return make_result<ShiftImages>(std::move(out), {x}, op, offsets);
}

Variable fold_reflection(const Variable& x, const ImageBorders& borders, const Shape& shape);

class ReflectPad final : public Node {
 public:
  explicit ReflectPad(const ImageBorders& borders) : borders_(borders) {}
  const char* name() const override { return "reflect_pad"; }
  void backward(const Variable& gradient, Gradients& into) const override {
    if (into.recording()) return into.add(0, fold_reflection(gradient, borders_, inputs[0].shape()));
    auto [target, accumulate] = into.target(0);
    kernels::reflect_pad_adjoint(gradient.value(), borders_, target, accumulate);
  }

 private:
  ImageBorders borders_;
};

/// ReflectPad's adjoint.
class FoldReflection final : public Node {
 public:
  explicit FoldReflection(const ImageBorders& borders) : borders_(borders) {}
  const char* name() const override { return "reflect_pad_adjoint"; }
  void backward(const Variable& gradient, Gradients& into) const override {
    into.add(0, reflect_pad(gradient, borders_));
  }

 private:
  ImageBorders borders_;
};

Variable fold_reflection(const Variable& x, const ImageBorders& borders, const Shape& shape) {
  Tensor out = Tensor::empty(shape);
  kernels::reflect_pad_adjoint(x.value(), borders, out, false);
  return make_result<FoldReflection>(std::move(out), {x}, borders);
}

class Cutout final : public Node {
 public:
  Cutout(Tensor corners, std::int64_t height, std::int64_t width)
      : corners_(std::move(corners)), height_(height), width_(width) {}
  const char* name() const override { return "cutout"; }
  void backward(const Variable& gradient, Gradients& into) const override {
    if (into.recording()) return into.add(0, cutout(gradient, corners_, height_, width_));
    auto [target, accumulate] = into.target(0);
    kernels::cutout(gradient.value(), corners_, height_, width_, target, accumulate);
  }

 private:
  Tensor corners_;
  std::int64_t height_, width_;
};

// Borders are not negative, nor, where they are reflections, larger than there are other rows or columns.
void check_borders(const char* op, const Variable& x, const ImageBorders& b, bool reflected) {
  need_images(op, x);
  const std::int64_t most_rows = reflected ? x.shape()[1] - 1 : std::max(b.top, b.bottom);
  const std::int64_t most_columns = reflected ? x.shape()[2] - 1 : std::max(b.left, b.right);
  const bool fits = std::min({b.top, b.bottom, b.left, b.right}) >= 0 &&
                    std::max(b.top, b.bottom) <= most_rows && std::max(b.left, b.right) <= most_columns;
  if (!fits)
    throw Error(
        fmt::format("op '{}': images of shape {} cannot get borders of {} and {} rows, {} and {} columns: "
                    "they are at least 0{}",
                    op, x.shape().text(), b.top, b.bottom, b.left, b.right,
                    reflected ? ", and smaller than the image" : ""));
}

Shape padded(const Variable& x, const ImageBorders& b) {
  return image_shape(x, x.shape()[1] + b.top + b.bottom, x.shape()[2] + b.left + b.right);
}

}  // namespace

Variable flip(const Variable& x, const Tensor& mask) {
  need_images("flip", x);
  if (!(mask.shape() == Shape{x.shape()[0]}))
    shapes_do_not_fit("flip", x.shape(), mask.shape(),
                      "images are (batch, height, width, channels), and their mask (batch)");
  Tensor out = Tensor::empty(x.shape());
  kernels::flip(x.value(), mask, out, false);
  return make_result<Flip>(std::move(out), {x}, mask);
}

Variable translate(const Variable& x, const Tensor& offsets) {
  need_pairs("translate", x, offsets);
  return shift_images("translate", x, negated(offsets), x.shape());
}

Variable crop(const Variable& x, const Tensor& corners, std::int64_t height, std::int64_t width) {
  need_pairs("crop", x, corners);
  if (height < 1 || width < 1)
    throw Error(
        fmt::format("op 'crop': it needs a row and a column or more, but got {} and {}", height, width));
  return shift_images("crop", x, corners, image_shape(x, height, width));
}

Variable zero_pad(const Variable& x, const ImageBorders& borders) {
  check_borders("zero_pad", x, borders, false);
  Tensor offsets = Tensor::empty({x.shape()[0], 2});
  kernels::fill_pairs(-borders.top, -borders.left, offsets);
  return shift_images("zero_pad", x, offsets, padded(x, borders));
}

Variable reflect_pad(const Variable& x, const ImageBorders& borders) {
  check_borders("reflect_pad", x, borders, true);
  Tensor out = Tensor::empty(padded(x, borders));
  kernels::reflect_pad(x.value(), borders, out, false);
  return make_result<ReflectPad>(std::move(out), {x}, borders);
}

Variable cutout(const Variable& x, const Tensor& corners, std::int64_t height, std::int64_t width) {
  need_pairs("cutout", x, corners);
  if (height < 0 || width < 0)
    throw Error(fmt::format("op 'cutout': a rectangle has no {} rows and {} columns", height, width));
  Tensor out = Tensor::empty(x.shape());
  kernels::cutout(x.value(), corners, height, width, out, false);
  return make_result<Cutout>(std::move(out), {x}, corners, height, width);
}

}  // namespace descent
