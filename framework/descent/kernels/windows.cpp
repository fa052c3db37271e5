#include "descent/kernels/windows.hpp"

#include "descent/base/error.hpp"
#include "descent/kernels/detail/elementwise.hpp"

namespace descent::kernels {

void copy_window(const Tensor& from, const Window& window, Tensor& out, bool accumulate) {
  DESCENT_ASSERT(from.size() == window.outer * window.width && out.size() == window.outer * window.count(),
                 "sizes must fit the window");
  share_rows(window.outer, window.count(), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t o = begin; o < end; ++o)
      put(UnalignedView(out.data() + o * window.count(), window.count()), accumulate,
          ConstUnalignedView(from.data() + o * window.width + window.begin, window.count()));
  });
}

void write_window(const Tensor& from, const Window& window, Tensor& out, bool accumulate) {
  DESCENT_ASSERT(out.size() == window.outer * window.width && from.size() == window.outer * window.count(),
                 "sizes must fit the window");
  share_rows(window.outer, window.count(), [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t o = begin; o < end; ++o)
      put(UnalignedView(out.data() + o * window.width + window.begin, window.count()), accumulate,
          ConstUnalignedView(from.data() + o * window.count(), window.count()));
  });
}

}  // namespace descent::kernels
