#include <fmt/format.h>

#include "descent/base/error.hpp"
#include "descent/kernels/images.hpp"
#include "descent/kernels/random.hpp"
#include "descent/plugin/transform.hpp"

// Transforms of images (height, width, channels).
namespace descent {

namespace {

class ImageTransform : public Transform {
 public:
  bool suits(const Field& candidate) const override { return candidate.image; }
  Field change(const Field& given) final {
    if (given.shape.rank() != 3)
      throw Error(fmt::format("'{}' of shape {} holds no images, (height, width, channels)", given.name,
                              given.shape.text()));
    return change_image(given);
  }

 private:
  virtual Field change_image(const Field& given) = 0;
};

/// Mirrors images left and right, in training only.
class FlipImages final : public ImageTransform {
 public:
  static void options(OptionSpec<FlipImages>& o) {
    o.number("probability", &FlipImages::probability, 0.5)
        .in(0, 1)
        .main()
        .doc("of each image to be mirrored");
  }
  bool training_only() const override { return true; }
  Tensor apply(const Tensor& x, const Draws& draws) const override {
    Tensor mask = Tensor::empty({x.rows()});
    for (std::int64_t row = 0; row < x.rows(); ++row)
      mask.row_range(row, row + 1).fill(draws.stream(row).uniform() < probability ? 1 : 0);
    Tensor out = Tensor::empty(x.shape());
    kernels::flip(x, mask, out, false);
    return out;
  }

 private:
  Field change_image(const Field& given) override { return given; }

  double probability;
};

enum class Border { zeros, reflection };

/// Adds a border and cuts an image of the old size out of it at random, in training only.
class CropImages final : public ImageTransform {
 public:
  static void options(OptionSpec<CropImages>& o) {
    o.integer("padding", &CropImages::padding, 4)
        .at_least(1)
        .main()
        .doc("rows and columns that are added on each side");
    o.choice("border", &CropImages::border, "zeros",
             {{"zeros", Border::zeros}, {"reflection", Border::reflection}})
        .doc("what the border holds");
  }
  bool training_only() const override { return true; }
  Tensor apply(const Tensor& x, const Draws& draws) const override {
    Tensor out = Tensor::empty(x.shape());
    if (border == Border::zeros) {
      kernels::shift_images(x, corners(x.rows(), -padding, draws), out, false);
      return out;
    }
    Tensor padded =
        Tensor::empty({x.rows(), x.shape()[1] + 2 * padding, x.shape()[2] + 2 * padding, x.shape()[3]});
    kernels::reflect_pad(x, {padding, padding, padding, padding}, padded, false);
    kernels::shift_images(padded, corners(x.rows(), 0, draws), out, false);
    return out;
  }

 private:
  Field change_image(const Field& given) override {
    if (border == Border::reflection && padding >= std::min(given.shape[0], given.shape[1]))
      throw Error(fmt::format("a border of {} by reflection is not smaller than the images of '{}', {}",
                              padding, given.name, given.shape.text()));
    return given;
  }

  // (batch, 2): each from `first` to `first` + 2·padding.
  Tensor corners(std::int64_t batch, std::int64_t first, const Draws& draws) const {
    const kernels::WholeRange range{first, first + 2 * padding};
    Tensor all = Tensor::empty({batch, 2});
    for (std::int64_t row = 0; row < batch; ++row) {
      RandomStream random = draws.stream(row);
      Tensor corner = all.row_range(row, row + 1);
      kernels::fill_offsets(random, range, range, corner);
    }
    return all;
  }

  std::int64_t padding;
  Border border;
};

/// Scales images to another size.
class ResizeImages final : public ImageTransform {
 public:
  static void options(OptionSpec<ResizeImages>& o) {
    o.integers("size", &ResizeImages::size, {})
        .at_least(1)
        .required()
        .main()
        .doc(
            "[height, width]; bilinear, where an image is made smaller over all pixels that a new one "
            "covers");
  }
  Tensor apply(const Tensor& x, const Draws&) const override {
    Tensor out = Tensor::empty({x.rows(), size[0], size[1], x.shape()[3]});
    kernels::resize(x, out);
    return out;
  }

 private:
  Field change_image(const Field& given) override {
    if (size.size() != 2)
      throw Error(fmt::format("'size' is [height, width], but it is [{}]", fmt::join(size, ", ")));
    Field result = given;
    result.shape = Shape{size[0], size[1], given.shape[2]};
    return result;
  }

  std::vector<std::int64_t> size;
};

}  // namespace

std::vector<TransformKind> image_transforms() {
  return {transform_kind<FlipImages>("flip", "mirrors images left and right, in training only"),
          transform_kind<CropImages>("crop", "moves images at random within a border, in training only"),
          transform_kind<ResizeImages>("resize", "scales images to another size")};
}

}  // namespace descent
