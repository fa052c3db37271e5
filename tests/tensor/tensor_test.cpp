#include "descent/tensor/tensor.hpp"

#include <catch2/catch.hpp>
#include <cstdint>

#include "descent/base/pool.hpp"

using namespace descent;

TEST_CASE("shapes count elements, rows and columns") {
  const Shape number, matrix{3, 4}, images{2, 3, 4, 5};
  CHECK(number.size() == 1);
  CHECK(number.text() == "()");
  CHECK(matrix.size() == 12);
  CHECK(images.row_size() == 60);
  CHECK(images.row() == Shape{3, 4, 5});
  CHECK(matrix.batch(7) == Shape{7, 3, 4});
  CHECK(matrix.text() == "(3, 4)");
  CHECK_FALSE(matrix == Shape{4, 3});
  CHECK_FALSE(Shape{3} == Shape{3, 1});
}

TEST_CASE("copies share their memory, clones do not") {
  Tensor a = Tensor::of({2, 2}, {1, 2, 3, 4});
  Tensor b = a, c = a.clone();
  b.data()[0] = 9;
  CHECK(a.to_doubles() == std::vector<double>{9, 2, 3, 4});
  CHECK(c.to_doubles() == std::vector<double>{1, 2, 3, 4});
  CHECK(a.shares_memory_with(b));
  CHECK_FALSE(a.shares_memory_with(c));
  CHECK_FALSE(Tensor().defined());
  c.copy_from(a);
  CHECK(c.to_doubles() == a.to_doubles());
}

TEST_CASE("views look at parts of the same memory, which lives as long as they do") {
  const auto before = pool::usage().in_use;
  {
    Tensor row, part;
    {
      Tensor whole = Tensor::of({3, 2}, {1, 2, 3, 4, 5, 6});
      row = whole.row_range(1, 3);
      part = whole.part(1, {2, 2});
      CHECK(whole.reshaped({6}).shape() == Shape{6});
      whole.data()[2] = 30;
    }
    CHECK(row.shape() == Shape{2, 2});
    CHECK(row.to_doubles() == std::vector<double>{30, 4, 5, 6});
    CHECK(part.to_doubles() == std::vector<double>{2, 30, 4, 5});
  }
  CHECK(pool::usage().in_use == before);
}

TEST_CASE("memory starts on 64 bytes, and what lies behind the elements up to a whole multiple is zero") {
  for (const std::int64_t size : {1, 15, 16, 17, 33}) {
    CAPTURE(size);
    {
      Tensor dirty = Tensor::full({padded(size)}, 7);  // leaves its memory to the next
    }
    const Tensor tensor = Tensor::empty({size});
    CHECK(reinterpret_cast<std::uintptr_t>(tensor.data()) % alignment_bytes == 0);
    for (std::int64_t i = size; i < padded(size); ++i) CHECK(tensor.data()[i] == 0);
  }
}

TEST_CASE("memory that is marked as written gets a version that no memory had before") {
  Tensor whole = Tensor::zeros({8}), other = Tensor::zeros({8});
  Tensor part = whole.part(4, {2, 2});
  CHECK(whole.version() == 0);
  part.mark_written();
  const std::uint64_t first = whole.version();
  CHECK(first > 0);
  CHECK(part.version() == first);
  CHECK(other.version() == 0);
  other.mark_written();
  CHECK(other.version() > first);
  whole.mark_written();
  CHECK(whole.version() > other.version());
  CHECK(whole.reshaped({2, 4}).version() == whole.version());
  CHECK(whole.clone().version() == 0);
}

TEST_CASE("memory that is given back and taken again does not keep its version") {
  const Scalar* place = nullptr;
  {
    Tensor first = Tensor::zeros({100});
    first.mark_written();
    place = first.data();
  }
  const Tensor second = Tensor::zeros({100});
  REQUIRE(second.data() == place);
  CHECK(second.version() == 0);
}
