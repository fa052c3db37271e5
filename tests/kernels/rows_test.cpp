#include "descent/kernels/rows.hpp"

#include <catch2/catch.hpp>

using namespace descent;

using Numbers = std::vector<double>;

TEST_CASE("rows are repeated in a row, and groups of rows summed") {
  const Tensor x = Tensor::of({2, 2}, {1, 2, 3, 4});
  Tensor repeated = Tensor::empty({6, 2});
  kernels::repeat_rows(x, 3, repeated);
  CHECK(repeated.to_doubles() == Numbers{1, 2, 1, 2, 1, 2, 3, 4, 3, 4, 3, 4});

  Tensor sums = Tensor::full({2, 2}, 100);
  kernels::sum_row_groups(Tensor::of({6, 2}, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}), 3, sums, false);
  CHECK(sums.to_doubles() == Numbers{9, 12, 27, 30});
  kernels::sum_row_groups(repeated, 3, sums, true);
  CHECK(sums.to_doubles() == Numbers{12, 18, 36, 42});
}

TEST_CASE("the column of the largest element, the first of equal ones") {
  Tensor out = Tensor::empty({3});
  kernels::argmax(Tensor::of({3, 3}, {0, 2, 1, /**/ 5, 5, 5, /**/ -3, -2, -1}), out);
  CHECK(out.to_doubles() == Numbers{1, 0, 2});
}
