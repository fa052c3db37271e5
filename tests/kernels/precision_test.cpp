#include "descent/kernels/precision.hpp"

#include <catch2/catch.hpp>
#include <cmath>

#include "descent/base/error.hpp"
#include "descent/kernels/convolution.hpp"
#include "descent/kernels/gemm.hpp"
#include "support/gradient_check.hpp"

using namespace descent;
using testing::random_tensor;

namespace {

/// Products round their inputs so while it lives.
struct RoundedTo {
  explicit RoundedTo(ProductInputs inputs) { set_product_inputs(inputs); }
  ~RoundedTo() { set_product_inputs(ProductInputs::exact); }
};

Tensor rounded(const Tensor& x) {
  Tensor out = Tensor::empty(x.shape());
  kernels::round_to_bfloat16(x, out);
  return out;
}

/// The ways to compute with bfloat16 here.
std::vector<ProductInputs> ways() {
  std::vector<ProductInputs> all{ProductInputs::emulated_bfloat16};
  if (has_bfloat16()) all.push_back(ProductInputs::bfloat16);
  return all;
}

double largest_difference(const Tensor& a, const Tensor& b) {
  double largest = 0;
  for (std::int64_t i = 0; i < a.size(); ++i)
    largest =
        std::max(largest, std::abs(static_cast<double>(a.data()[i]) - static_cast<double>(b.data()[i])));
  return largest;
}

constexpr double tolerance = 2e-5;  // sums in float, in different orders

}  // namespace

TEST_CASE("a number is rounded to the nearest bfloat16, to even between two; NaN and infinity stay") {
  // One bit of the last place is 2^-7 between 1 and 2.
  const Tensor x = Tensor::of({7}, {1, 1 + 0x1p-8, 1 + 3 * 0x1p-8, 1 + 0x1.8p-8, -2.5, INFINITY, NAN});
  const std::vector<double> y = rounded(x).to_doubles();
  CHECK(y[0] == 1);
  CHECK(y[1] == 1);
  CHECK(y[2] == 1 + 0x1p-6);
  CHECK(y[3] == 1 + 0x1p-7);
  CHECK(y[4] == -2.5);
  CHECK(std::isinf(y[5]));
  CHECK(std::isnan(y[6]));
}

TEST_CASE("products with bfloat16 inputs are those of the rounded numbers") {
  for (const ProductInputs way : ways())
    for (const auto& [ta, tb] : {std::pair{false, false}, {true, false}, {false, true}, {true, true}})
      for (const bool accumulate : {false, true})
        for (const bool is_parameter : {false, true}) {
          CAPTURE(static_cast<int>(way), ta, tb, accumulate, is_parameter);
          const Tensor a = random_tensor(ta ? Shape{33, 17} : Shape{17, 33}, -1, 1, "a");
          Tensor b = random_tensor(tb ? Shape{21, 33} : Shape{33, 21}, -1, 1, "b");
          if (is_parameter) b.mark_written();
          Tensor seen = Tensor::full({17, 21}, 0.5), expected = seen.clone();
          gemm(rounded(a), Transpose{ta}, rounded(b), Transpose{tb}, expected, accumulate);
          {
            const RoundedTo inputs(way);
            gemm(a, Transpose{ta}, b, Transpose{tb}, seen, accumulate);
          }
          CHECK(largest_difference(seen, expected) < tolerance);
        }
}

TEST_CASE("convolutions with bfloat16 inputs are those of the rounded numbers") {
  const Shape x_shape{3, 9, 8, 16}, y_shape{3, 5, 4, 32};
  const Windows2d windows{.kernel = {4, 4}, .stride = {2, 2}, .before = {2, 1}, .after = {1, 1}};
  const Tensor x = random_tensor(x_shape, -1, 1, "x"), g = random_tensor(y_shape, -1, 1, "g");
  for (const ProductInputs way : ways())
    for (const WeightOrder order : {WeightOrder::inputs_outputs, WeightOrder::outputs_inputs}) {
      CAPTURE(static_cast<int>(way), static_cast<int>(order));
      const Shape w_shape = order == WeightOrder::inputs_outputs ? Shape{4, 4, 16, 32} : Shape{4, 4, 32, 16};
      const Tensor w = random_tensor(w_shape, -1, 1, "w");
      const auto all = [&](const Tensor& image, const Tensor& weight, const Tensor& gradient) {
        std::vector<Tensor> results{Tensor::empty(y_shape), Tensor::empty(x_shape), Tensor::empty(w_shape)};
        kernels::conv2d(image, weight, order, windows, {}, Activation::none, 0, results[0]);
        kernels::conv2d_input_gradient(gradient, weight, order, windows, results[1], false);
        kernels::conv2d_weight_gradient(image, gradient, order, windows, results[2], false);
        return results;
      };
      const std::vector<Tensor> expected = all(rounded(x), rounded(w), rounded(g));
      const RoundedTo inputs(way);
      const std::vector<Tensor> seen = all(x, w, g);
      for (std::size_t i = 0; i < seen.size(); ++i)
        CHECK(largest_difference(seen[i], expected[i]) < 10 * tolerance);
    }
}

TEST_CASE("bfloat16 products are refused where the processor has no instructions for them") {
  if (has_bfloat16()) return set_product_inputs(ProductInputs::exact);
  CHECK_THROWS_AS(set_product_inputs(ProductInputs::bfloat16), Error);
  CHECK(product_inputs() == ProductInputs::exact);
}
