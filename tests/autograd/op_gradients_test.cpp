#include <catch2/catch.hpp>
#include <cmath>

#include "descent/autograd/ops.hpp"
#include "support/gradient_check.hpp"

using namespace descent;
using testing::gradient_mismatch;
using testing::random_tensor;
using testing::random_tensor_away_from_zero;
using Leaves = std::span<const Variable>;

// In float only the agreement of the two ways to take a gradient is checked; the differences need the preset
// `double`.

namespace {

const std::vector<Shape> shapes{{}, {1}, {3}, {17}, {33, 17}, {2, 3, 1, 5}};

struct UnaryCase {
  const char* name;
  Variable (*function)(const Variable&);
  bool positive = false;
  bool smooth = true;
};

const std::vector<UnaryCase> unary_cases{
    {"negation", [](const Variable& x) { return -x; }},
    {"x + 2", [](const Variable& x) { return x + 2.0; }},
    {"x - 2", [](const Variable& x) { return x - 2.0; }},
    {"2 - x", [](const Variable& x) { return 2.0 - x; }},
    {"3 x", [](const Variable& x) { return 3.0 * x; }},
    {"x 3", [](const Variable& x) { return x * 3.0; }},
    {"x / 3", [](const Variable& x) { return x / 3.0; }},
    {"3 / x", [](const Variable& x) { return 3.0 / x; }},
    {"2 + x", [](const Variable& x) { return 2.0 + x; }},
    {"exp", [](const Variable& x) { return exp(x); }},
    {"log", [](const Variable& x) { return log(x); }, true},
    {"sqrt", [](const Variable& x) { return sqrt(x); }, true},
    {"square", [](const Variable& x) { return square(x); }},
    {"pow 0", [](const Variable& x) { return pow(x, 0) * x; }},
    {"pow 1", [](const Variable& x) { return pow(x, 1); }},
    {"pow 2", [](const Variable& x) { return pow(x, 2); }},
    {"pow 3", [](const Variable& x) { return pow(x, 3); }},
    {"pow -1.7", [](const Variable& x) { return pow(x, -1.7); }, true},
    {"abs", [](const Variable& x) { return abs(x); }},
    {"sin", [](const Variable& x) { return sin(x); }},
    {"cos", [](const Variable& x) { return cos(x); }},
    {"tanh", [](const Variable& x) { return tanh(x); }},
    {"sigmoid", [](const Variable& x) { return sigmoid(x); }},
    {"softplus", [](const Variable& x) { return softplus(x); }},
    {"relu", [](const Variable& x) { return relu(x); }},
    {"leaky_relu", [](const Variable& x) { return leaky_relu(x, 0.2); }},
    {"leaky_relu of negative slope", [](const Variable& x) { return leaky_relu(x, -0.5); }},
    {"elu", [](const Variable& x) { return elu(x); }},
    {"elu 1.7", [](const Variable& x) { return elu(x, 1.7); }},
    {"gelu", [](const Variable& x) { return gelu(x); }},
    {"silu", [](const Variable& x) { return silu(x); }},
    {"clamp", [](const Variable& x) { return clamp(x, -0.1, 0.1) + clamp(x, -9, 9); }},
    {"sum", [](const Variable& x) { return sum(square(x)); }},
    {"mean", [](const Variable& x) { return mean(square(x)); }},
    {"broadcast_to",
     [](const Variable& x) {
       return square(broadcast_to(square(sum(x)), {4, 3}));
     }},
};

}  // namespace

TEST_CASE("every function of one variable has the gradients that differences of its values show") {
  for (const UnaryCase& test : unary_cases) {
    for (const Shape& shape : shapes) {
      CAPTURE(test.name, shape.text());
      const Tensor x = test.positive ? random_tensor(shape, 0.3, 2) : random_tensor_away_from_zero(shape);
      CHECK(gradient_mismatch([&](Leaves v) { return test.function(v[0]); }, {x}) == "");
    }
  }
}

TEST_CASE("functions of two variables broadcast either operand, and their gradients with it") {
  const std::vector<std::pair<Shape, Shape>> pairs{{{}, {}},
                                                   {{3}, {3}},
                                                   {{17, 33}, {17, 33}},
                                                   {{17, 33}, {}},
                                                   {{17, 33}, {1}},
                                                   {{17, 33}, {33}},
                                                   {{17, 33}, {1, 33}},
                                                   {{17, 33}, {17, 1}},
                                                   {{17, 33}, {1, 1}},
                                                   {{5, 1}, {1}},
                                                   {{5, 1}, {5, 1}},
                                                   {{1, 5}, {5}},
                                                   {{2, 3, 5}, {3, 1}},
                                                   {{2, 3, 4, 5}, {3, 1, 1}},
                                                   {{2, 3, 4, 5}, {1, 3, 4, 1}},
                                                   {{4, 1, 3}, {3}},
                                                   {{4, 1, 3}, {4, 1, 1}}};
  const auto check = [](const Shape& first, const Shape& second) {
    CAPTURE(first.text(), second.text());
    const std::vector<Tensor> points{random_tensor_away_from_zero(first, "first"),
                                     random_tensor_away_from_zero(second, "second")};
    CHECK(gradient_mismatch([](Leaves v) { return v[0] + v[1]; }, points) == "");
    CHECK(gradient_mismatch([](Leaves v) { return v[0] - v[1]; }, points) == "");
    CHECK(gradient_mismatch([](Leaves v) { return v[0] * v[1]; }, points) == "");
    CHECK(gradient_mismatch([](Leaves v) { return v[0] / v[1]; }, points) == "");
  };
  for (const auto& [first, second] : pairs) {
    check(first, second);
    check(second, first);
  }
}

TEST_CASE("the gradient of a product of a variable with itself counts both") {
  const Tensor x = random_tensor_away_from_zero({7});
  CHECK(gradient_mismatch([](Leaves v) { return v[0] * v[0] * v[0]; }, {x}) == "");
  CHECK(gradient_mismatch([](Leaves v) { return v[0] / (v[0] * v[0]); }, {x}) == "");
}

TEST_CASE("sums, shapes, slices and concatenations have right gradients") {
  const std::vector<Tensor> matrices{random_tensor({17, 5}, -1, 1, "a"), random_tensor({17, 3}, -1, 1, "b")};
  CHECK(gradient_mismatch([](Leaves v) { return square(sum_features(square(v[0]))); }, matrices) == "");
  CHECK(gradient_mismatch([](Leaves v) { return square(sum_batch(square(v[0]))); }, matrices) == "");
  CHECK(gradient_mismatch([](Leaves v) { return square(sum_to(square(v[0]), {1, 5})); }, matrices) == "");
  CHECK(gradient_mismatch([](Leaves v) { return square(sum_to(square(v[0]), {17, 1})); }, matrices) == "");
  CHECK(gradient_mismatch([](Leaves v) { return square(sum_to(square(v[0]), {})); }, matrices) == "");
  CHECK(gradient_mismatch([](Leaves v) { return square(reshape(square(v[0]), {5, 17})); }, matrices) == "");
  CHECK(gradient_mismatch([](Leaves v) { return square(concatenate_features(v[0], v[1])); }, matrices) == "");
  CHECK(gradient_mismatch([](Leaves v) { return square(slice_features(v[0], 1, 4)); }, matrices) == "");
  CHECK(gradient_mismatch(
            [](Leaves v) { return square(slice_features(v[0], 0, 2)) * slice_features(v[0], 1, 3); },
            matrices) == "");
  CHECK(gradient_mismatch([](Leaves v) { return square(slice_batch(v[0], 3, 16)); }, matrices) == "");
  CHECK(gradient_mismatch(
            [](Leaves v) {
              return square(broadcast_to(square(sum_batch(v[0])), {4, 5}));
            },
            matrices) == "");
  const std::vector<Tensor> batches{random_tensor({3, 2, 5}, -1, 1, "a"),
                                    random_tensor({4, 2, 5}, -1, 1, "b")};
  CHECK(gradient_mismatch([](Leaves v) { return square(concatenate_batch(v[0], v[1])); }, batches) == "");
  CHECK(gradient_mismatch([](Leaves v) { return square(sum_features(square(v[0]))); }, batches) == "");
  CHECK(gradient_mismatch([](Leaves v) { return square(sum_batch(square(v[0]))); }, batches) == "");
  CHECK(gradient_mismatch([](Leaves v) { return square(sum_to(square(v[0]), {2, 1})); }, batches) == "");
}

TEST_CASE("matrix products have right gradients, transposed or not") {
  for (const bool transpose_a : {false, true}) {
    for (const bool transpose_b : {false, true}) {
      CAPTURE(transpose_a, transpose_b);
      const std::vector<Tensor> points{random_tensor(transpose_a ? Shape{3, 17} : Shape{17, 3}, -1, 1, "a"),
                                       random_tensor(transpose_b ? Shape{5, 3} : Shape{3, 5}, -1, 1, "b")};
      CHECK(gradient_mismatch([&](Leaves v) { return matmul(v[0], v[1], transpose_a, transpose_b); },
                              points) == "");
    }
  }
  CHECK(gradient_mismatch([](Leaves v) { return matmul(v[0], v[0], true, false); },
                          {random_tensor({4, 3}, -1, 1)}) == "");
}

TEST_CASE("a dense layer has right gradients with each activation, with and without a bias") {
  const std::vector<std::pair<Activation, double>> activations{
      {Activation::none, 0},       {Activation::relu, 0},   {Activation::leaky_relu, 0.2},
      {Activation::leaky_relu, 0}, {Activation::elu, 1},    {Activation::elu, 1.3},
      {Activation::tanh, 0},       {Activation::sigmoid, 0}};
  for (const std::int64_t outputs : {1, 3, 17}) {
    for (const auto& [kind, slope] : activations) {
      CAPTURE(outputs, static_cast<int>(kind), slope);
      const std::vector<Tensor> points{random_tensor({5, 3}, -1, 1, "x"),
                                       random_tensor({3, outputs}, -1, 1, "weight"),
                                       random_tensor({outputs}, -0.5, 0.5, "bias")};
      const auto with_bias = [&, k = kind, s = slope](Leaves v) { return dense(v[0], v[1], v[2], k, s); };
      const auto without = [&, k = kind, s = slope](Leaves v) { return dense(v[0], v[1], Variable(), k, s); };
      CHECK(gradient_mismatch(with_bias, points) == "");
      CHECK(gradient_mismatch(without, {points[0], points[1]}) == "");
    }
  }
}

TEST_CASE("parts of the last dimension and repeated rows have right gradients") {
  const std::vector<Tensor> images{random_tensor({2, 3, 2, 4}, -1, 1, "a"),
                                   random_tensor({2, 3, 2, 3}, -1, 1, "b")};
  CHECK(gradient_mismatch([](Leaves v) { return square(concatenate_last(v[0], v[1])); }, images) == "");
  CHECK(gradient_mismatch([](Leaves v) { return square(slice_last(v[0], 1, 4)) * v[1]; }, images) == "");
  CHECK(gradient_mismatch([](Leaves v) { return square(repeat_rows(v[0], 3)) * repeat_rows(v[0], 3); },
                          {images[0]}) == "");
  const Tensor rows = random_tensor({6, 5}, -1, 1, "rows");
  CHECK(gradient_mismatch([](Leaves v) { return square(sum_row_groups(v[0], 3)); }, {rows}) == "");
  CHECK(gradient_mismatch([](Leaves v) { return square(sum_row_groups(square(v[0]), 2)); }, {rows}) == "");
}

TEST_CASE("batch normalization has right gradients, for features and for channels") {
  for (const Shape& shape : {Shape{7, 3}, Shape{33, 1}, Shape{2, 17}, Shape{3, 4, 5, 2}, Shape{3, 2, 2, 1}}) {
    CAPTURE(shape.text());
    const std::vector<Tensor> points{random_tensor(shape, -1, 1, "x"),
                                     random_tensor({shape[shape.rank() - 1]}, 0.5, 2, "scale"),
                                     random_tensor({shape[shape.rank() - 1]}, -1, 1, "shift")};
    // With two rows the normalized values hardly depend on x: a larger epsilon keeps the gradient from
    // vanishing.
    CHECK(gradient_mismatch([](Leaves v) { return batch_normalize(v[0], v[1], v[2], 0.1).result; }, points) ==
          "");
  }
}

TEST_CASE("likelihoods have right gradients") {
  const std::vector<Tensor> points{random_tensor_away_from_zero({17, 3}, "logits"),
                                   random_tensor({17, 3}, 0, 1, "targets")};
  CHECK(gradient_mismatch([](Leaves v) { return bce_with_logits(v[0], v[1]); }, points) == "");
  for (const std::int64_t classes : {1, 3, 33}) {
    CAPTURE(classes);
    const Tensor logits = random_tensor({5, classes}, -3, 3);
    CHECK(gradient_mismatch([](Leaves v) { return log_softmax(v[0]); }, {logits}) == "");
    const auto last = static_cast<double>(classes - 1);
    const Tensor index = Tensor::of({5}, {0.0, last, 0.0, std::floor(last / 2), 0.0});
    CHECK(gradient_mismatch([&](Leaves v) { return square(pick(square(v[0]), index)); }, {logits}) == "");
  }
}
