#include "descent/kernels/gemm.hpp"
#include "descent/base/parallel.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <thread>
#ifdef DESCENT_SCALAR_IS_float
#include <dlfcn.h>
#endif

#include "support/gradient_check.hpp"

using namespace descent;
using testing::random_tensor;

namespace {

double element(const Tensor& t, bool transposed, std::int64_t row, std::int64_t column) {
  return static_cast<double>(transposed ? t.data()[column * t.columns() + row]
                                        : t.data()[row * t.columns() + column]);
}

double largest_error(const Tensor& a, bool ta, const Tensor& b, bool tb, const Tensor& out, double before) {
  const std::int64_t k = ta ? a.rows() : a.columns();
  double error = 0;
  for (std::int64_t row = 0; row < out.rows(); ++row) {
    for (std::int64_t column = 0; column < out.columns(); ++column) {
      double sum = before;
      for (std::int64_t i = 0; i < k; ++i) sum += element(a, ta, row, i) * element(b, tb, i, column);
      error = std::max(error, std::abs(sum - element(out, false, row, column)));
    }
  }
  return error;
}

}  // namespace

TEST_CASE(
    "products are those of the definition, for all sizes and transpositions, added to what was there or "
    "not") {
  const double tolerance = sizeof(Scalar) == 4 ? 2e-5 : 1e-13;
  for (const std::int64_t m : {1, 3, 17, 33, 64})
    for (const std::int64_t n : {1, 5, 16, 33})
      for (const std::int64_t k : {1, 2, 31, 65})
        for (const bool ta : {false, true})
          for (const bool tb : {false, true}) {
            CAPTURE(m, n, k, ta, tb);
            const Tensor a = random_tensor(ta ? Shape{k, m} : Shape{m, k}, -1, 1, "a");
            const Tensor b = random_tensor(tb ? Shape{n, k} : Shape{k, n}, -1, 1, "b");
            Tensor out = Tensor::full({m, n}, NAN);
            gemm(a, Transpose{ta}, b, Transpose{tb}, out);
            CHECK(largest_error(a, ta, b, tb, out, 0) < tolerance);
            out.fill(2.5);
            gemm(a, Transpose{ta}, b, Transpose{tb}, out, true);
            CHECK(largest_error(a, ta, b, tb, out, 2.5) < tolerance);
          }
}

TEST_CASE("a product over no elements is zero, or what was there") {
  const Tensor a = Tensor::empty({2, 0}), b = Tensor::empty({0, 3});
  Tensor out = Tensor::full({2, 3}, 7);
  gemm(a, Transpose::no, b, Transpose::no, out, true);
  CHECK(out.to_doubles() == std::vector<double>(6, 7));
  gemm(a, Transpose::no, b, Transpose::no, out);
  CHECK(out.to_doubles() == std::vector<double>(6, 0));
}

TEST_CASE("tensors of more dimensions count as matrices") {
  const Tensor a = random_tensor({4, 2, 3}, -1, 1, "a"), b = random_tensor({6, 5}, -1, 1, "b");
  Tensor out = Tensor::empty({4, 5}), flat = Tensor::empty({4, 5});
  gemm(a, Transpose::no, b, Transpose::no, out);
  gemm(a.reshaped({4, 6}), Transpose::no, b, Transpose::no, flat);
  CHECK(out.to_doubles() == flat.to_doubles());
}

#ifdef DESCENT_SCALAR_IS_float
#ifdef DESCENT_SCALAR_IS_float
TEST_CASE("the code of products is made once, at the first of them, and its time is counted") {
  const auto multiply = [](std::int64_t size) {
    const Tensor a = random_tensor({size, size}, -1, 1), b = random_tensor({size, size}, -1, 1);
    Tensor out = Tensor::empty({size, size});
    for (const Transpose ta : {Transpose::no, Transpose::yes})
      for (const Transpose tb : {Transpose::no, Transpose::yes}) gemm(a, ta, b, tb, out);
  };
  multiply(3);
  const PreparedPrimitives before = prepared_primitives();
  CHECK(before.count > 0);
  CHECK(before.seconds > 0);
  multiply(100);
  CHECK(prepared_primitives().count == before.count);
}
#endif

TEST_CASE("products use one thread until told otherwise, on whichever thread they are called") {
  const auto most_threads = reinterpret_cast<int (*)()>(dlsym(RTLD_DEFAULT, "omp_get_max_threads"));
  if (most_threads == nullptr) {
    WARN("this oneDNN does not thread with OpenMP");
    return;
  }
  const auto threads_of_a_product = [&] {
    const Tensor a = Tensor::full({2, 2}, 1);
    Tensor out = Tensor::empty({2, 2});
    gemm(a, Transpose::no, a, Transpose::no, out);
    return most_threads();
  };
  CHECK(threads_of_a_product() == 1);
  int elsewhere = 0;
  std::thread([&] { elsewhere = threads_of_a_product(); }).join();
  CHECK(elsewhere == 1);
  set_threads(2);
  CHECK(threads_of_a_product() == 2);
  set_threads(1);
  CHECK(threads_of_a_product() == 1);
}
#endif
