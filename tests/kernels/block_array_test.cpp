#include "descent/kernels/block_array.hpp"

#include <catch2/catch.hpp>
#include <cstdint>

#include "descent/tensor/tensor.hpp"

using namespace descent;

TEST_CASE("a block's temporary holds an expression's values") {
  Tensor tensor = Tensor::of({4}, {1, 2, 3, 4});
  ArrayView view(tensor.data(), 4);
  const BlockArray doubled = view * Scalar(2);
  view = doubled - view;
  CHECK(tensor.to_doubles() == std::vector<double>{1, 2, 3, 4});
  BlockArray copy = doubled;
  copy = copy + Scalar(1);
  CHECK(copy[0] == 3);
  CHECK(doubled[0] == 2);
}
