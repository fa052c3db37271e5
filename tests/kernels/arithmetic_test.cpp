#include "descent/kernels/arithmetic.hpp"

#include <catch2/catch.hpp>
#include <cmath>
#include <functional>

#include "support/gradient_check.hpp"

using namespace descent;
using testing::random_tensor;

namespace {

using Binary = void (*)(const Tensor&, const Tensor&, Tensor&, bool);
struct Operation {
  const char* name;
  Binary kernel;
  std::function<double(double, double)> exact;
};

const std::vector<Operation> operations{
    {"add", kernels::add, [](double a, double b) { return a + b; }},
    {"subtract", kernels::subtract, [](double a, double b) { return a - b; }},
    {"multiply", kernels::multiply, [](double a, double b) { return a * b; }},
    {"divide", kernels::divide, [](double a, double b) { return a / b; }}};

// Where element i of `large` finds its partner in `small`.
struct Pair {
  Shape large, small;
  std::function<std::int64_t(std::int64_t)> partner;
};

const std::vector<Pair> pairs{{{3, 37}, {3, 37}, [](std::int64_t i) { return i; }},
                              {{3, 37}, {}, [](std::int64_t) { return 0; }},
                              {{3, 37}, {37}, [](std::int64_t i) { return i % 37; }},
                              {{3, 37}, {3, 1}, [](std::int64_t i) { return i / 37; }},
                              {{2, 4, 3, 5}, {4, 1, 1}, [](std::int64_t i) { return i / 15 % 4; }}};

constexpr double arithmetic_precision = sizeof(Scalar) == 4 ? 1e-6 : 1e-14;

double number(const Tensor& t, std::int64_t i) {
  return static_cast<double>(t.data()[i]);
}

}  // namespace

TEST_CASE("sums, products and quotients are those of single numbers, whichever operand repeats") {
  for (const Operation& operation : operations) {
    for (const Pair& pair : pairs) {
      for (const bool swapped : {false, true}) {
        for (const bool accumulate : {false, true}) {
          CAPTURE(operation.name, pair.large.text(), pair.small.text(), swapped, accumulate);
          const Tensor large = random_tensor(pair.large, 0.5, 2, "large"),
                       small = random_tensor(pair.small, 0.5, 2, "small");
          Tensor out = Tensor::full(pair.large, accumulate ? 3 : NAN);
          operation.kernel(swapped ? small : large, swapped ? large : small, out, accumulate);
          double worst = 0;
          for (std::int64_t i = 0; i < out.size(); ++i) {
            const double l = number(large, i), s = number(small, pair.partner(i));
            const double expected =
                (accumulate ? 3 : 0) + (swapped ? operation.exact(s, l) : operation.exact(l, s));
            worst = std::max(worst, std::abs(number(out, i) - expected));
          }
          CHECK(worst < 5 * arithmetic_precision);
        }
      }
    }
  }
}

TEST_CASE("scaling, shifting and weighted sums are those of single numbers") {
  const Tensor x = random_tensor({37}, -1, 1, "x"), y = random_tensor({37}, -1, 1, "y");
  Tensor out = Tensor::empty({37});
  const auto holds = [&](const std::function<double(double, double)>& expected) {
    double worst = 0;
    for (std::int64_t i = 0; i < out.size(); ++i)
      worst = std::max(worst, std::abs(number(out, i) - expected(number(x, i), number(y, i))));
    CHECK(worst < 5 * arithmetic_precision);
  };
  kernels::scale_and_shift(x, 2.5, 0, out);
  holds([](double a, double) { return 2.5 * a; });
  kernels::scale_and_shift(x, 1, -0.75, out);
  holds([](double a, double) { return a - 0.75; });
  kernels::scale_and_shift(x, 2.5, -0.75, out);
  holds([](double a, double) { return 2.5 * a - 0.75; });
  kernels::scale(x, 2.5, out, false);
  holds([](double a, double) { return 2.5 * a; });
  kernels::scale(x, 2.5, out, true);
  holds([](double a, double) { return 5 * a; });
  kernels::add_in_place(y, out);
  holds([](double a, double b) { return 5 * a + b; });
  kernels::negated_product(x, y, out, false);
  holds([](double a, double b) { return -a * b; });
  kernels::negated_product(x, y, out, true);
  holds([](double a, double b) { return -2 * a * b; });
  kernels::weighted_sum(0.9, x, 0.1, y, out);
  holds([](double a, double b) { return 0.9 * a + 0.1 * b; });
}
