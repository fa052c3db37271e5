#include "descent/kernels/rows.hpp"

#include <algorithm>

#include "descent/base/error.hpp"
#include "descent/kernels/detail/elementwise.hpp"

namespace descent::kernels {

void repeat_rows(const Tensor& x, std::int64_t count, Tensor& out) {
  DESCENT_ASSERT(out.size() == x.size() * count, "sizes must fit the number of repetitions");
  const std::int64_t width = x.columns();
  share_rows(out.rows(), width, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row)
      std::copy_n(x.data() + row / count * width, width, out.data() + row * width);
  });
}

void sum_row_groups(const Tensor& x, std::int64_t count, Tensor& out, bool accumulate) {
  DESCENT_ASSERT(x.size() == out.size() * count, "sizes must fit the number of repetitions");
  const std::int64_t width = out.columns();
  share_rows(out.rows(), width * count, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin * count; row < end * count; ++row)
      put(UnalignedView(out.data() + row / count * width, width), accumulate || row % count != 0,
          ConstUnalignedView(x.data() + row * width, width));
  });
}

void argmax(const Tensor& x, Tensor& out) {
  DESCENT_ASSERT(out.size() == x.rows(), "there is one index for each row");
  const std::int64_t classes = x.columns();
  for (std::int64_t row = 0; row < x.rows(); ++row) {
    const Scalar* first = x.data() + row * classes;
    out.data()[row] = static_cast<Scalar>(std::max_element(first, first + classes) - first);
  }
}

}  // namespace descent::kernels
