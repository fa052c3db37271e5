#include <fmt/format.h>

#include "descent/autograd/linear_map.hpp"
#include "descent/autograd/ops.hpp"
#include "descent/base/error.hpp"
#include "descent/kernels/pooling.hpp"
#include "descent/kernels/resampling.hpp"

namespace descent {

namespace {

/// The numbers that were the largest of their windows, as a function of x: what max_pool2d() is near x.
struct PickFromWindows {
  static constexpr const char *name = "max_pool2d", *adjoint_name = "max_pool2d_gradient";
  Windows2d windows;
  Tensor tap;
  void apply(const Tensor& x, Tensor& out, bool accumulate) const {
    kernels::pick_from_windows(x, windows, tap, out, accumulate);
  }
  void apply_adjoint(const Tensor& y, Tensor& out, bool accumulate) const {
    kernels::put_into_windows(y, windows, tap, out, accumulate);
  }
};

struct AveragePool {
  static constexpr const char *name = "average_pool2d", *adjoint_name = "average_pool2d_gradient";
  Windows2d windows;
  void apply(const Tensor& x, Tensor& out, bool accumulate) const {
    kernels::average_pool(x, windows, out, accumulate);
  }
  void apply_adjoint(const Tensor& y, Tensor& out, bool accumulate) const {
    kernels::average_pool_gradient(y, windows, out, accumulate);
  }
};

struct UpsampleNearest {
  static constexpr const char *name = "upsample2d", *adjoint_name = "upsample2d_gradient";
  Extents2d factor;
  void apply(const Tensor& x, Tensor& out, bool accumulate) const {
    kernels::upsample_nearest(x, factor, out, accumulate);
  }
  void apply_adjoint(const Tensor& y, Tensor& out, bool accumulate) const {
    kernels::upsample_nearest_adjoint(y, factor, out, accumulate);
  }
};

struct UpsampleBilinear {
  static constexpr const char *name = "upsample2d", *adjoint_name = "upsample2d_gradient";
  void apply(const Tensor& x, Tensor& out, bool accumulate) const {
    kernels::resize_bilinear(x, out, accumulate);
  }
  void apply_adjoint(const Tensor& y, Tensor& out, bool accumulate) const {
    kernels::resize_bilinear_adjoint(y, out, accumulate);
  }
};

struct DepthToSpace {
  static constexpr const char *name = "depth_to_space", *adjoint_name = "space_to_depth";
  std::int64_t block;
  void apply(const Tensor& x, Tensor& out, bool accumulate) const {
    kernels::depth_to_space(x, block, out, accumulate);
  }
  void apply_adjoint(const Tensor& y, Tensor& out, bool accumulate) const {
    kernels::space_to_depth(y, block, out, accumulate);
  }
};

void require_images(const char* op, const Shape& x) {
  if (x.rank() != 4)
    throw Error(
        fmt::format("op '{}': it needs images, (batch, height, width, channels), but got {}", op, x.text()));
}

Shape pooled_shape(const char* op, const Shape& x, const Windows2d& windows) {
  require_images(op, x);
  const Extents2d places = windows.places({x[1], x[2]});
  if (places[0] < 1 || places[1] < 1)
    throw Error(fmt::format("op '{}': a window of {} by {} is larger than the padded input {}", op,
                            windows.kernel[0], windows.kernel[1], x.text()));
  for (const std::size_t d : {0u, 1u}) {
    const std::int64_t reach = windows.dilation[d] * (windows.kernel[d] - 1) + 1;
    if (windows.before[d] >= reach || windows.after[d] >= reach)
      throw Error(fmt::format("op '{}': a window of {} by {} would see nothing but padding", op,
                              windows.kernel[0], windows.kernel[1]));
  }
  return {x[0], places[0], places[1], x[3]};
}

}  // namespace

Variable max_pool2d(const Variable& x, const Windows2d& windows) {
  const Shape shape = pooled_shape("max_pool2d", x.shape(), windows);
  Tensor out = Tensor::empty(shape), tap = Tensor::empty(shape);
  kernels::max_pool(x.value(), windows, out, tap);
  return make_result<LinearMap<PickFromWindows>>(std::move(out), {x}, PickFromWindows{windows, tap}, false);
}

Variable average_pool2d(const Variable& x, const Windows2d& windows) {
  return linear_map(AveragePool{windows}, x, pooled_shape("average_pool2d", x.shape(), windows));
}

Variable upsample2d(const Variable& x, const Extents2d& factor, Resampling resampling) {
  require_images("upsample2d", x.shape());
  if (factor[0] < 1 || factor[1] < 1)
    throw Error(fmt::format("op 'upsample2d': a factor must be at least 1, but it is {} by {}", factor[0],
                            factor[1]));
  const Shape shape{x.shape()[0], factor[0] * x.shape()[1], factor[1] * x.shape()[2], x.shape()[3]};
  if (resampling == Resampling::nearest) return linear_map(UpsampleNearest{factor}, x, shape);
  return linear_map(UpsampleBilinear{}, x, shape);
}

Variable depth_to_space(const Variable& x, std::int64_t block) {
  require_images("depth_to_space", x.shape());
  if (block < 1 || x.shape()[3] % (block * block) != 0)
    throw Error(fmt::format("op 'depth_to_space': the {} channels of {} are no blocks of {} by {}",
                            x.shape()[3], x.shape().text(), block, block));
  return linear_map(
      DepthToSpace{block}, x,
      {x.shape()[0], block * x.shape()[1], block * x.shape()[2], x.shape()[3] / (block * block)});
}

}  // namespace descent
