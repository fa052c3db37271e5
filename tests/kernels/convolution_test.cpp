#include "descent/kernels/convolution.hpp"

#include <catch2/catch.hpp>

#include "descent/base/random.hpp"
#include "support/gradient_check.hpp"

using namespace descent;
using testing::random_tensor;

namespace {

/// A random problem: extents, windows and the shapes that follow.
struct Problem {
  Windows2d windows;
  Shape x, weight, y;
  WeightOrder order;
};

Problem random_problem(std::uint32_t number) {
  RandomStream random(stream_key(1, "convolutions"), number);
  const auto between = [&](std::int64_t low, std::int64_t high) {
    std::int64_t drawn = 0;
    random.below(static_cast<std::uint32_t>(high - low + 1), &drawn, 1);
    return low + drawn;
  };
  while (true) {
    Problem p;
    for (const std::size_t d : {0u, 1u}) {
      p.windows.kernel[d] = between(1, 5);
      p.windows.stride[d] = between(1, 3);
      p.windows.dilation[d] = between(1, 2);
      p.windows.before[d] = between(0, 3);
      p.windows.after[d] = between(0, 3);
    }
    const std::int64_t channel_choices[] = {1, 2, 3, 5, 16, 32};
    const std::int64_t inputs = channel_choices[between(0, 5)], outputs = channel_choices[between(0, 5)];
    p.x = {between(1, 3), between(1, 9), between(1, 9), inputs};
    const auto [height, width] = p.windows.places({p.x[1], p.x[2]});
    if (height < 1 || width < 1) continue;
    p.y = {p.x[0], height, width, outputs};
    p.order = between(0, 1) == 0 ? WeightOrder::inputs_outputs : WeightOrder::outputs_inputs;
    const auto [kernel_height, kernel_width] = p.windows.kernel;
    p.weight = p.order == WeightOrder::inputs_outputs ? Shape{kernel_height, kernel_width, inputs, outputs}
                                                      : Shape{kernel_height, kernel_width, outputs, inputs};
    return p;
  }
}

/// Calls visit(x, weight, y) with the offsets of every three numbers that one product joins: the definition.
template <class Visit>
void for_each_product(const Problem& p, Visit visit) {
  const auto at = [](const Shape& s, std::int64_t a, std::int64_t b, std::int64_t c, std::int64_t d) {
    return ((a * s[1] + b) * s[2] + c) * s[3] + d;
  };
  for (std::int64_t n = 0; n < p.y[0]; ++n)
    for (std::int64_t i = 0; i < p.y[1]; ++i)
      for (std::int64_t j = 0; j < p.y[2]; ++j)
        for (std::int64_t o = 0; o < p.y[3]; ++o)
          for (std::int64_t k = 0; k < p.windows.kernel[0]; ++k)
            for (std::int64_t l = 0; l < p.windows.kernel[1]; ++l) {
              const std::int64_t row =
                  i * p.windows.stride[0] + k * p.windows.dilation[0] - p.windows.before[0];
              const std::int64_t column =
                  j * p.windows.stride[1] + l * p.windows.dilation[1] - p.windows.before[1];
              if (row < 0 || row >= p.x[1] || column < 0 || column >= p.x[2]) continue;
              for (std::int64_t c = 0; c < p.x[3]; ++c) {
                const bool plain = p.order == WeightOrder::inputs_outputs;
                visit(at(p.x, n, row, column, c), at(p.weight, k, l, plain ? c : o, plain ? o : c),
                      at(p.y, n, i, j, o));
              }
            }
}

std::string difference(const Tensor& seen, const std::vector<double>& expected) {
  double largest = 1;
  for (const double value : expected) largest = std::max(largest, std::abs(value));
  for (std::size_t i = 0; i < expected.size(); ++i)
    if (!(std::abs(static_cast<double>(seen.data()[i]) - expected[i]) <=
          (sizeof(Scalar) == 4 ? 1e-5 : 1e-13) * largest))
      return "element " + std::to_string(i) + " is " + std::to_string(seen.data()[i]) + ", not " +
             std::to_string(expected[i]);
  return "";
}

}  // namespace

TEST_CASE("convolutions and their gradients are their definition, by both ways, over random shapes") {
  for (std::uint32_t number = 0; number < 150; ++number) {
    const Problem p = random_problem(number);
    CAPTURE(number, p.x.text(), p.weight.text(), p.y.text());
    const Tensor x = random_tensor(p.x, -1, 1, "x"), weight = random_tensor(p.weight, -1, 1, "weight"),
                 g = random_tensor(p.y, -1, 1, "gradient");
    std::vector<double> y(static_cast<std::size_t>(p.y.size())), dx(static_cast<std::size_t>(p.x.size())),
        dw(static_cast<std::size_t>(p.weight.size()));
    for_each_product(p, [&](std::int64_t a, std::int64_t b, std::int64_t c) {
      const double input = x.data()[a], w = weight.data()[b], gradient = g.data()[c];
      y[static_cast<std::size_t>(c)] += input * w;
      dx[static_cast<std::size_t>(a)] += gradient * w;
      dw[static_cast<std::size_t>(b)] += gradient * input;
    });

    Tensor seen_y = Tensor::empty(p.y), seen_dx = Tensor::empty(p.x), seen_dw = Tensor::empty(p.weight);
    kernels::conv2d(x, weight, p.order, p.windows, {}, Activation::none, 0, seen_y);
    kernels::conv2d_input_gradient(g, weight, p.order, p.windows, seen_dx, false);
    kernels::conv2d_weight_gradient(x, g, p.order, p.windows, seen_dw, false);
    CHECK(difference(seen_y, y) == "");
    CHECK(difference(seen_dx, dx) == "");
    CHECK(difference(seen_dw, dw) == "");

    kernels::by_columns::conv2d(x, weight, p.order, p.windows, seen_y);
    kernels::by_columns::conv2d_input_gradient(g, weight, p.order, p.windows, seen_dx, false);
    kernels::by_columns::conv2d_weight_gradient(x, g, p.order, p.windows, seen_dw, false);
    CHECK(difference(seen_y, y) == "");
    CHECK(difference(seen_dx, dx) == "");
    CHECK(difference(seen_dw, dw) == "");

    // Added to what is there.
    for (double& value : dx) value *= 2;
    for (double& value : dw) value *= 2;
    kernels::conv2d_input_gradient(g, weight, p.order, p.windows, seen_dx, true);
    kernels::conv2d_weight_gradient(x, g, p.order, p.windows, seen_dw, true);
    CHECK(difference(seen_dx, dx) == "");
    CHECK(difference(seen_dw, dw) == "");
  }
}

TEST_CASE("a convolution adds its bias and applies its activation to every channel") {
  const Tensor x = random_tensor({2, 5, 4, 3}, -1, 1, "x"),
               weight = random_tensor({3, 3, 3, 6}, -1, 1, "weight"),
               bias = random_tensor({6}, -1, 1, "bias");
  const Windows2d windows{.kernel = {3, 3}, .before = {1, 1}, .after = {1, 1}};
  Tensor plain = Tensor::empty({2, 5, 4, 6}), fused = Tensor::empty({2, 5, 4, 6});
  kernels::conv2d(x, weight, WeightOrder::inputs_outputs, windows, {}, Activation::none, 0, plain);
  kernels::conv2d(x, weight, WeightOrder::inputs_outputs, windows, bias, Activation::leaky_relu, 0.2, fused);
  for (std::int64_t i = 0; i < plain.size(); ++i) {
    const double sum = static_cast<double>(plain.data()[i]) + static_cast<double>(bias.data()[i % 6]);
    CHECK(static_cast<double>(fused.data()[i]) == Approx(sum > 0 ? sum : 0.2 * sum).margin(1e-6));
  }
}

TEST_CASE("a weight that was written is put in order again, and one that was not is not") {
  const Tensor x = random_tensor({2, 6, 6, 16}, -1, 1, "x");
  Tensor weight = random_tensor({3, 3, 16, 16}, -1, 1, "weight"), y = Tensor::empty({2, 4, 4, 16});
  const Windows2d windows{.kernel = {3, 3}};
  const auto convolved = [&] {
    kernels::conv2d(x, weight, WeightOrder::inputs_outputs, windows, {}, Activation::none, 0, y);
    return y.to_doubles();
  };
  const auto by_columns = [&] {
    Tensor out = Tensor::empty({2, 4, 4, 16});
    kernels::by_columns::conv2d(x, weight, WeightOrder::inputs_outputs, windows, out);
    return out.to_doubles();
  };
  for (int write = 0; write < 3; ++write) {
    weight.mark_written();
    CHECK(difference(Tensor::of({2, 4, 4, 16}, convolved()), by_columns()) == "");
    CHECK(convolved() == convolved());
    weight.data()[7] += 1;
  }
}

TEST_CASE("an empty batch gives an empty image and a gradient of zero") {
  const Windows2d windows{.kernel = {3, 3}};
  const Tensor weight = random_tensor({3, 3, 2, 4}, -1, 1);
  const Tensor x = Tensor::empty({0, 5, 5, 2}), g = Tensor::empty({0, 3, 3, 4});
  Tensor y = Tensor::empty({0, 3, 3, 4}), dx = Tensor::empty({0, 5, 5, 2}),
         dw = Tensor::full({3, 3, 2, 4}, 5);
  kernels::conv2d(x, weight, WeightOrder::inputs_outputs, windows, {}, Activation::none, 0, y);
  kernels::conv2d_input_gradient(g, weight, WeightOrder::inputs_outputs, windows, dx, false);
  kernels::conv2d_weight_gradient(x, g, WeightOrder::inputs_outputs, windows, dw, false);
  CHECK(dw.to_doubles() == std::vector<double>(72, 0));
}
