#pragma once

#include <cstdint>

#include "descent/base/api.hpp"
#include "descent/tensor/tensor.hpp"

namespace descent {

/// Columns `begin` to `end` of a tensor seen as (outer, width); slices of rows have an outer extent of 1.
struct Window {
  std::int64_t outer;
  std::int64_t width;
  std::int64_t begin;
  std::int64_t end;

  std::int64_t count() const { return end - begin; }
};

}  // namespace descent

namespace descent::kernels {

/// out (outer·count elements) = the window of `from` (outer·width elements), or += it.
DESCENT_API void copy_window(const Tensor& from, const Window& window, Tensor& out, bool accumulate);
/// The window of out (outer·width elements) = `from` (outer·count elements), or += it; what lies outside of the
/// window stays as it is.
DESCENT_API void write_window(const Tensor& from, const Window& window, Tensor& out, bool accumulate);

}  // namespace descent::kernels
