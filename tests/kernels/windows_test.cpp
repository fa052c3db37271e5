#include "descent/kernels/windows.hpp"

#include <catch2/catch.hpp>

using namespace descent;

using Numbers = std::vector<double>;

TEST_CASE("a window of columns is read and written, and nothing beside it") {
  const Window window{2, 4, 1, 3};  // columns 1 and 2 of (2, 4)
  const Tensor from = Tensor::of({2, 4}, {0.0, 1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0});
  Tensor out = Tensor::full({2, 2}, 10);
  kernels::copy_window(from, window, out, false);
  CHECK(out.to_doubles() == Numbers{1, 2, 5, 6});
  kernels::copy_window(from, window, out, true);
  CHECK(out.to_doubles() == Numbers{2, 4, 10, 12});

  Tensor whole = Tensor::full({2, 4}, 1);
  kernels::write_window(out, window, whole, false);
  CHECK(whole.to_doubles() == Numbers{1, 2, 4, 1, 1, 10, 12, 1});
  kernels::write_window(out, window, whole, true);
  CHECK(whole.to_doubles() == Numbers{1, 4, 8, 1, 1, 20, 24, 1});
}

TEST_CASE("with an outer extent of 1 a window is a range of rows") {
  const Tensor from = Tensor::of({3, 2}, {0.0, 1.0, 2.0, 3.0, 4.0, 5.0});
  Tensor out = Tensor::empty({1, 2});
  kernels::copy_window(from, {1, 6, 2, 4}, out, false);
  CHECK(out.to_doubles() == Numbers{2, 3});
}
