#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <numeric>

#include "descent/autograd/ops.hpp"
#include "descent/base/error.hpp"
#include "support/gradient_check.hpp"
#include "support/numbers.hpp"

using namespace descent;
using testing::gradient_mismatch;
using testing::random_tensor;
using Leaves = std::span<const Variable>;

TEST_CASE("log_sum_exp is the logarithm of the sum, exact for large numbers and for infinities") {
  const Tensor x = random_tensor({2, 3, 5}, -3, 3);
  const std::vector<double> numbers = x.to_doubles();
  std::vector<double> expected;
  for (std::size_t row = 0; row < 6; ++row) {
    double total = 0;
    for (std::size_t i = 0; i < 5; ++i) total += std::exp(numbers[row * 5 + i]);
    expected.push_back(std::log(total));
  }
  const Variable y = log_sum_exp(x);
  CHECK(y.shape() == Shape{2, 3});
  CHECK_THAT(y.value().to_doubles(), testing::is_about(expected));

  const double infinity = std::numeric_limits<double>::infinity();
  const Variable extreme =
      Variable::leaf(Tensor::of({4, 2}, {1000, 1000, -1000, -1001, -infinity, 3, -infinity, -infinity}));
  const std::vector<double> values = log_sum_exp(extreme).value().to_doubles();
  CHECK(values[0] == Approx(1000 + std::log(2)));
  CHECK(values[1] == Approx(-1000 + std::log1p(std::exp(-1))));
  CHECK(values[2] == Approx(3));
  CHECK(values[3] == -infinity);
  for (const bool create_graph : {false, true}) {
    const Variable leaves[] = {extreme};
    const auto gradients =
        grad(log_sum_exp(extreme), leaves, {.create_graph = create_graph})[0].value().to_doubles();
    const double less = 1 / (1 + std::exp(1));
    // In float the logarithm of 2 next to 1000 is off by 3e-5.
    const std::vector<double> expected_gradients{0.5, 0.5, 1 - less, less, 0, 1, 0, 0};
    CHECK_THAT(gradients,
               Catch::Matchers::Approx(expected_gradients).margin(testing::is_double ? 1e-12 : 1e-4));
  }
  CHECK_THROWS_AS(log_sum_exp(Tensor::empty({3, 0})), Error);
  CHECK_THROWS_AS(log_sum_exp(Tensor::scalar(1)), Error);
}

TEST_CASE("log_sum_exp has right gradients") {
  for (const Shape& shape : {Shape{1}, Shape{7}, Shape{5, 3}, Shape{2, 3, 17}})
    CHECK(gradient_mismatch([](Leaves v) { return square(log_sum_exp(v[0])); },
                            {random_tensor(shape, -2, 2)}) == "");
}

TEST_CASE("an embedding takes rows of its table, and its gradient adds up in the rows that were taken") {
  const Tensor index = Tensor::of({4}, {2, 0, 2, 1});
  const Variable table = Variable::leaf(Tensor::of({4, 2}, {0, 1, 10, 11, 20, 21, 30, 31}));
  const Variable rows = embedding(table, index);
  CHECK(rows.value().to_doubles() == std::vector<double>{20, 21, 0, 1, 20, 21, 10, 11});
  const Variable leaves[] = {table};
  const Variable weights = Tensor::of({4, 2}, {1, 2, 3, 4, 5, 6, 7, 8});
  CHECK(grad(sum(rows * weights), leaves)[0].value().to_doubles() ==
        std::vector<double>{3, 4, 7, 8, 6, 8, 0, 0});
  for (const Shape& shape : {Shape{4}, Shape{4, 3}, Shape{4, 2, 3}})
    CHECK(gradient_mismatch([&](Leaves v) { return square(embedding(v[0], index)) * embedding(v[0], index); },
                            {random_tensor(shape, -1, 1)}) == "");
  for (const double wrong : {-1.0, 4.0, 0.5, std::nan("")})
    CHECK_THROWS_AS(embedding(table, Tensor::of({1}, {wrong})), Error);
  CHECK_THROWS_AS(embedding(table, Tensor::zeros({2, 2})), Error);
}

TEST_CASE("top_k gives the largest numbers of each row in order, of equal ones the first") {
  const Variable x = Variable::leaf(Tensor::of({2, 5}, {3, 1, 3, 2, 3, -1, -5, 0, -1, -2}));
  const Variable largest = top_k(x, 2);
  CHECK(largest.shape() == Shape{2, 2});
  CHECK(largest.value().to_doubles() == std::vector<double>{3, 3, 0, -1});
  const Variable leaves[] = {x};
  CHECK(grad(sum(largest * Variable(Tensor::of({2, 2}, {1, 2, 3, 4}))), leaves)[0].value().to_doubles() ==
        std::vector<double>{1, 0, 2, 0, 0, 4, 0, 3, 0, 0});
  CHECK(top_k(Tensor::of({4}, {1, 4, 2, 3}), 3).value().to_doubles() == std::vector<double>{4, 3, 2});
  CHECK_THROWS_AS(top_k(x, 0), Error);
  CHECK_THROWS_AS(top_k(x, 6), Error);
  CHECK_THROWS_AS(top_k(Tensor::scalar(1), 1), Error);
}

TEST_CASE("top_k of random rows is what sorting them gives, and NaN comes first") {
  const Tensor x = random_tensor({17, 33}, -1, 1);
  for (const std::int64_t k : {1, 2, 32, 33}) {
    const std::vector<double> numbers = x.to_doubles(), found = top_k(x, k).value().to_doubles();
    for (std::size_t row = 0; row < 17; ++row) {
      std::vector<double> sorted(numbers.begin() + static_cast<long>(row * 33),
                                 numbers.begin() + static_cast<long>((row + 1) * 33));
      std::sort(sorted.rbegin(), sorted.rend());
      for (std::size_t i = 0; i < static_cast<std::size_t>(k); ++i)
        REQUIRE(found[row * static_cast<std::size_t>(k) + i] == sorted[i]);
    }
    CHECK(gradient_mismatch([&](Leaves v) { return square(top_k(square(v[0]), k)); }, {x}) == "");
  }
  CHECK(std::isnan(top_k(Tensor::of({3}, {5, std::nan(""), 7}), 2).value().to_doubles()[0]));
}

TEST_CASE("max_last takes the largest number, and its gradient flows there alone") {
  const Variable x = Variable::leaf(Tensor::of({2, 2, 2}, {1, 2, 4, 4, -3, -2, 0, -1}));
  const Variable largest = max_last(x);
  CHECK(largest.shape() == Shape{2, 2});
  CHECK(largest.value().to_doubles() == std::vector<double>{2, 4, -2, 0});
  const Variable leaves[] = {x};
  CHECK(grad(sum(largest), leaves)[0].value().to_doubles() == std::vector<double>{0, 1, 1, 0, 0, 1, 1, 0});
  CHECK(gradient_mismatch([](Leaves v) { return square(max_last(v[0])) * max_last(v[0]); },
                          {random_tensor({3, 4, 5}, -1, 1)}) == "");
  CHECK_THROWS_AS(max_last(Tensor::empty({2, 0})), Error);
}

TEST_CASE("batched products are those of each pair of matrices, with right gradients") {
  for (const bool ta : {false, true}) {
    for (const bool tb : {false, true}) {
      CAPTURE(ta, tb);
      const Tensor a = random_tensor(ta ? Shape{3, 4, 7} : Shape{3, 7, 4}, -1, 1, "a"),
                   b = random_tensor(tb ? Shape{3, 5, 4} : Shape{3, 4, 5}, -1, 1, "b");
      const Variable products = batched_matmul(a, b, ta, tb);
      CHECK(products.shape() == Shape{3, 7, 5});
      for (std::int64_t i = 0; i < 3; ++i) {
        const Variable one = matmul(a.part(i * 28, a.shape().row()), b.part(i * 20, b.shape().row()), ta, tb);
        CHECK_THAT(products.value().part(i * 35, {35}).to_doubles(), testing::is(one.value().to_doubles()));
      }
      CHECK(gradient_mismatch([&](Leaves v) { return square(batched_matmul(v[0], v[1], ta, tb)); }, {a, b}) ==
            "");
    }
  }
  CHECK_THROWS_AS(batched_matmul(Tensor::zeros({2, 3, 4}), Tensor::zeros({3, 4, 5})), Error);
  CHECK_THROWS_AS(batched_matmul(Tensor::zeros({2, 3, 4}), Tensor::zeros({2, 3, 5})), Error);
  CHECK_THROWS_AS(batched_matmul(Tensor::zeros({3, 4}), Tensor::zeros({4, 5})), Error);
}
