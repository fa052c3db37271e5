#pragma once

#include <descent/plugin/layer.hpp>

/// A layer that moves a window over images (height, width, channels).
class WindowLayer : public descent::Layer {
 protected:
  /// `kernel` is the default; a stride of 0 stands for the kernel.
  template <class Derived>
  static void window_options(descent::OptionSpec<Derived>& o, std::int64_t kernel, std::int64_t stride) {
    auto details = o.extents("kernel", &Derived::kernel, kernel).doc("size of the window");
    if (stride == 0) details.main();
    if (stride == 0)
      o.extents("stride", &Derived::stride, 0)
          .at_least(0)
          .doc("steps of the window; 0: its size, so that none overlap");
    else
      o.extents("stride", &Derived::stride, stride).doc("steps of the window");
    o.padding("padding", &Derived::padding, "valid")
        .doc(
            "pixels around the image: same, valid (none), a number for all "
            "sides, [HEIGHT, WIDTH], or [[ABOVE, BELOW], [LEFT, RIGHT]]");
  }
  template <class Derived>
  static void dilation_option(descent::OptionSpec<Derived>& o) {
    o.extents("dilation", &Derived::dilation, 1).doc("distance of the pixels that one window sees");
  }

  /// The window as the options say, without padding.
  descent::Windows2d window() const {
    const auto step = [&](std::size_t axis) { return stride[axis] == 0 ? kernel[axis] : stride[axis]; };
    return {.kernel = kernel, .stride = {step(0), step(1)}, .dilation = dilation};
  }
  /// Throws Error where `input` is not an image.
  static void require_image(const char* layer, const descent::Shape& input) {
    if (input.rank() != 3)
      throw descent::Error(std::string(layer) +
                           " needs images, (height, width, channels), but one example is " + input.text() +
                           "; put a reshape before it");
  }
  /// The window on images of this shape.
  descent::Windows2d on(const descent::Shape& input) const {
    return padding.around(window(), {input[0], input[1]});
  }
  /// Throws Error where a window could see nothing of the image, of which there is no mean or maximum.
  static void require_pixels(const descent::Windows2d& windows) {
    for (const std::size_t axis : {0u, 1u})
      if (std::max(windows.before[axis], windows.after[axis]) >= windows.kernel[axis])
        throw descent::Error("a padding as large as the kernel makes windows that see nothing but padding");
  }

  descent::Extents2d kernel{}, stride{}, dilation{1, 1};
  descent::Padding padding;
};
