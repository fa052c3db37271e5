#include <catch2/catch.hpp>
#include <functional>

#include "descent/autograd/ops.hpp"
#include "descent/kernels/random.hpp"
#include "support/gradient_check.hpp"
#include "support/with_threads.hpp"

using namespace descent;
using testing::random_tensor;

namespace {

using Op = std::function<Variable(const Variable&)>;

// The result, its gradient and the gradient's own gradient.
std::vector<double> everything(const Op& op, const Tensor& point, int threads) {
  const testing::WithThreads sharing(threads);
  const Variable x = Variable::leaf(point.clone());
  const Variable y = op(x);
  const Variables first = grad(sum(square(y)), std::vector{x}, {.create_graph = true});
  const Variables second = grad(sum(square(first[0])), std::vector{x});
  std::vector<double> all = y.value().to_doubles();
  for (const Variable& v : {first[0], second[0]}) {
    const auto numbers = v.value().to_doubles();
    all.insert(all.end(), numbers.begin(), numbers.end());
  }
  return all;
}

void check_threads(const std::string& name, const Op& op, const Shape& shape) {
  CAPTURE(name);
  const Tensor point = random_tensor(shape, 0.1, 1.5);
  const auto expected = everything(op, point, 1);
  CHECK(everything(op, point, 2) == expected);
  CHECK(everything(op, point, 3) == expected);
}

}  // namespace

TEST_CASE("operations and their gradients give the same bits for any number of threads") {
  // No multiples of anything, and enough for three threads.
  const Shape images{7, 45, 37, 6}, rows{123, 613};
  const Variable row = random_tensor({613}, 0.5, 1), column = random_tensor({123, 1}, 0.5, 1);
  const Variable other = random_tensor(rows, 0.1, 1);
  const Tensor scale = random_tensor({6}, 0.5, 1), shift = random_tensor({6}, 0.5, 1);
  const Windows2d windows{{3, 2}, {2, 2}, {1, 1}, {1, 0}, {0, 1}};
  const std::pair<const char*, Op> of_rows[] = {
      {"+", [&](const Variable& x) { return x + row; }},
      {"-", [&](const Variable& x) { return column - x; }},
      {"*", [&](const Variable& x) { return x * column; }},
      {"/", [&](const Variable& x) { return row / x; }},
      {"of two", [&](const Variable& x) { return x * other + 2 * x - 3; }},
      {"exp", [](const Variable& x) { return exp(x); }},
      {"log", [](const Variable& x) { return log(x); }},
      {"pow", [](const Variable& x) { return pow(x, 1.5); }},
      {"tanh", [](const Variable& x) { return tanh(x); }},
      {"sigmoid", [](const Variable& x) { return sigmoid(x); }},
      {"softplus", [](const Variable& x) { return softplus(x); }},
      {"leaky_relu", [](const Variable& x) { return leaky_relu(x - 0.5); }},
      {"elu", [](const Variable& x) { return elu(x - 0.5); }},
      {"silu", [](const Variable& x) { return silu(x); }},
      {"clamp", [](const Variable& x) { return clamp(x, 0.3, 0.9); }},
      {"sum_features", [](const Variable& x) { return sum_features(x); }},
      {"sum_batch", [](const Variable& x) { return sum_batch(x); }},
      {"broadcast_to",
       [](const Variable& x) {
         return broadcast_to(slice_batch(x, 0, 1), {123, 613});
       }},
      {"slice and concatenate",
       [](const Variable& x) { return concatenate_last(slice_last(x, 5, 600), slice_features(x, 0, 3)); }},
      {"repeat_rows", [](const Variable& x) { return repeat_rows(x, 3); }},
      {"bce_with_logits", [&](const Variable& x) { return bce_with_logits(x, other); }},
      {"log_softmax", [](const Variable& x) { return log_softmax(x); }},
  };
  for (const auto& [name, op] : of_rows) check_threads(name, op, rows);

  Tensor mask = Tensor::zeros({7}), offsets = Tensor::zeros({7, 2});
  for (int i = 0; i < 7; ++i) {
    mask.data()[i] = static_cast<Scalar>(i % 2);
    offsets.data()[2 * i] = static_cast<Scalar>(i - 3);
  }
  const std::pair<const char*, Op> of_images[] = {
      {"batch_normalize", [&](const Variable& x) { return batch_normalize(x, scale, shift).result; }},
      {"group_normalize", [&](const Variable& x) { return group_normalize(x, scale, shift, 3); }},
      {"max_pool2d", [&](const Variable& x) { return max_pool2d(x, windows); }},
      {"average_pool2d", [&](const Variable& x) { return average_pool2d(x, windows); }},
      {"nearest",
       [](const Variable& x) {
         return upsample2d(x, {2, 2}, Resampling::nearest);
       }},
      {"bilinear",
       [](const Variable& x) {
         return upsample2d(x, {2, 3}, Resampling::bilinear);
       }},
      {"flip", [&](const Variable& x) { return flip(x, mask); }},
      {"translate", [&](const Variable& x) { return translate(x, offsets); }},
      {"crop", [&](const Variable& x) { return crop(x, offsets, 40, 30); }},
      {"reflect_pad",
       [](const Variable& x) {
         return reflect_pad(x, {2, 1, 3, 2});
       }},
      {"cutout", [&](const Variable& x) { return cutout(x, offsets, 20, 18); }},
  };
  for (const auto& [name, op] : of_images) check_threads(name, op, images);
  check_threads("depth_to_space", [](const Variable& x) { return depth_to_space(x, 2); }, {7, 25, 23, 12});
}

TEST_CASE("random numbers are the same for any number of threads") {
  const auto drawn = [](int threads) {
    const testing::WithThreads sharing(threads);
    RandomStream stream(17);
    Tensor normal = Tensor::empty({100'003}), uniform = Tensor::empty({100'003}),
           mask = Tensor::empty({99, 1001});
    kernels::fill_normal(stream, normal);
    kernels::fill_uniform(stream, uniform);
    kernels::fill_dropout_mask(stream, 0.3, mask);
    std::vector<double> all{static_cast<double>(stream.draws())};
    for (const Tensor* t : {&normal, &uniform, &mask}) {
      const auto numbers = t->to_doubles();
      all.insert(all.end(), numbers.begin(), numbers.end());
    }
    return all;
  };
  const auto expected = drawn(1);
  CHECK(expected[0] == 3);
  CHECK(drawn(2) == expected);
  CHECK(drawn(5) == expected);
}
