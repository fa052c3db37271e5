#include <catch2/catch.hpp>

#include "descent/base/error.hpp"
#include "support/gradient_check.hpp"
#include "support/layers.hpp"

using namespace descent;
using testing::BuiltLayer;

namespace {

Shape shape_of(const std::string& layer, const Shape& input, const Shape& wanted = {}) {
  return BuiltLayer(layer, input, wanted).network.output();
}

}  // namespace

TEST_CASE("a convolution's size follows from kernel, stride, dilation and padding") {
  // Dumoulin and Visin, A guide to convolution arithmetic for deep learning, 2016, relations 1 to 15.
  CHECK(shape_of("conv2d: {channels: 8, kernel: 3}", {4, 4, 3}) == (Shape{2, 2, 8}));
  CHECK(shape_of("conv2d: {channels: 8, kernel: 4, padding: 2}", {5, 5, 3}) == (Shape{6, 6, 8}));
  CHECK(shape_of("conv2d: {channels: 8, kernel: 3, padding: same}", {5, 5, 3}) == (Shape{5, 5, 8}));
  CHECK(shape_of("conv2d: {channels: 8, kernel: 3, stride: 2, padding: 1}", {6, 6, 3}) == (Shape{3, 3, 8}));
  CHECK(shape_of("conv2d: {channels: 8, kernel: 3, dilation: 2}", {7, 7, 3}) == (Shape{3, 3, 8}));
  CHECK(shape_of("conv2d: {channels: 8, kernel: [1, 5], stride: [2, 1]}", {7, 7, 3}) == (Shape{4, 3, 8}));
  CHECK(shape_of("conv2d: {channels: 8, kernel: 2, padding: [[0, 1], [1, 2]]}", {4, 4, 3}) ==
        (Shape{4, 6, 8}));
  CHECK(shape_of("conv2d: {channels: 8, kernel: 4, stride: 2, padding: same}", {7, 8, 3}) ==
        (Shape{4, 4, 8}));
  CHECK(shape_of("conv2d: 8", {4, 4, 3}) == (Shape{2, 2, 8}));

  CHECK(shape_of("conv_transpose2d: {channels: 8, kernel: 3}", {2, 2, 3}) == (Shape{4, 4, 8}));
  CHECK(shape_of("conv_transpose2d: {channels: 8, kernel: 4, padding: 2}", {6, 6, 3}) == (Shape{5, 5, 8}));
  CHECK(shape_of("conv_transpose2d: {channels: 8, kernel: 3, stride: 2, padding: 1}", {3, 3, 3}) ==
        (Shape{5, 5, 8}));
  CHECK(shape_of("conv_transpose2d: {channels: 8, kernel: 3, stride: 2, padding: 1, output_padding: 1}",
                 {3, 3, 3}) == (Shape{6, 6, 8}));
  CHECK(shape_of("conv_transpose2d: {channels: 8, kernel: 4, stride: 2, padding: same}", {7, 5, 3}) ==
        (Shape{14, 10, 8}));
  CHECK(shape_of("conv_transpose2d: {channels: 8, kernel: 2, stride: 3, padding: same}", {2, 2, 3}) ==
        (Shape{6, 6, 8}));

  CHECK(shape_of("max_pool2d: 2", {5, 4, 3}) == (Shape{2, 2, 3}));
  CHECK(shape_of("max_pool2d: {kernel: 3, stride: 2, padding: 1}", {5, 4, 3}) == (Shape{3, 2, 3}));
  CHECK(shape_of("average_pool2d: {kernel: 2, padding: same}", {5, 4, 3}) == (Shape{3, 2, 3}));
  CHECK(shape_of("global_average_pool", {5, 4, 3}) == (Shape{3}));
  CHECK(shape_of("upsample: [2, 3]", {5, 4, 3}) == (Shape{10, 12, 3}));
  CHECK(shape_of("depth_to_space", {5, 4, 8}) == (Shape{10, 8, 2}));
}

TEST_CASE("the channels of a last convolution can be what the network is to end with") {
  CHECK(shape_of("conv_transpose2d: {channels: output, kernel: 4, stride: 2, padding: same}", {14, 14, 8},
                 {28, 28, 1}) == (Shape{28, 28, 1}));
}

TEST_CASE(
    "a convolution owns a weight (height, width, inputs, outputs) and a bias, and rules see it as a matrix") {
  const BuiltLayer layer("conv2d: {channels: 8, kernel: [3, 2]}", {4, 4, 5});
  const auto& parameters = layer.registrar.parameters();
  REQUIRE(parameters.size() == 2);
  CHECK(parameters[0]->name == "net.0.weight");
  CHECK(parameters[0]->shape == (Shape{3, 2, 5, 8}));
  CHECK(*parameters[0]->as_matrix() == (Shape{30, 8}));
  CHECK(parameters[0]->fan.in == 30);
  CHECK(parameters[0]->fan.out == 48);
  CHECK(parameters[1]->shape == (Shape{8}));
  CHECK(BuiltLayer("conv2d: {channels: 8, bias: false}", {4, 4, 5}).registrar.parameters().size() == 1);
  CHECK(
      BuiltLayer("conv_transpose2d: {channels: 8, kernel: 3}", {4, 4, 5}).registrar.parameters()[0]->shape ==
      (Shape{3, 3, 5, 8}));
}

TEST_CASE("layers on images say what does not fit them") {
  const auto refusal = [](const std::string& layer, const Shape& input) -> std::string {
    try {
      BuiltLayer(layer, input);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  };
  using Catch::Contains;
  CHECK_THAT(
      refusal("conv2d: {channels: 8, kernel: 5, padding: 1}", {2, 2, 3}),
      Contains("a kernel of 5 by 5 is larger than its input of 2 by 2, which is 4 by 4 with its padding"));
  CHECK_THAT(refusal("conv2d: {channels: 8, kernel: 3, dilation: 3}", {4, 4, 3}),
             Contains("a kernel of 3 by 3 with a dilation of 3 by 3 is larger than its input of 4 by 4"));
  CHECK_THAT(refusal("conv2d: 8", {12}), Contains("conv2d needs images, (height, width, channels)"));
  CHECK_THAT(refusal("conv_transpose2d: {channels: 8, kernel: 2, padding: 2}", {2, 2, 3}),
             Contains("the result would be -1 pixels high"));
  CHECK_THAT(refusal("conv_transpose2d: {channels: 8, kernel: 3, stride: 2, output_padding: 2}", {2, 2, 3}),
             Contains("'output_padding' must be less than 'stride'"));
  CHECK_THAT(
      refusal("conv_transpose2d: {channels: 8, kernel: 3, stride: 2, padding: same, output_padding: 1}",
              {2, 2, 3}),
      Contains("with 'padding: same' there is no 'output_padding'"));
  CHECK_THAT(refusal("conv2d: {channels: 8, padding: full}", {4, 4, 3}),
             Contains("a padding is same, valid"));
  CHECK_THAT(refusal("conv2d: {channels: 8, padding: -1}", {4, 4, 3}), Contains("a padding is same, valid"));
  CHECK_THAT(refusal("conv2d: {channels: 8, kernel: [3, 3, 3]}", {4, 4, 3}), Contains("[HEIGHT, WIDTH]"));
  CHECK_THAT(refusal("conv2d: {channels: 8, kernel: 0}", {4, 4, 3}),
             Contains("'kernel' must be a whole number"));
  CHECK_THAT(refusal("conv2d: {channels: 0}", {4, 4, 3}), Contains("'channels' must be"));
  CHECK_THAT(refusal("max_pool2d: {kernel: 2, padding: 2}", {4, 4, 3}), Contains("nothing but padding"));
  CHECK_THAT(refusal("max_pool2d: 7", {4, 4, 3}), Contains("larger than its input"));
  CHECK_THAT(refusal("depth_to_space: 2", {4, 4, 3}), Contains("a multiple of 4 channels"));
}

TEST_CASE("an activation after a convolution becomes one op with it, and changes no result") {
  const Tensor x = testing::random_tensor({2, 4, 4, 3}, -1, 1);
  for (const char* convolution : {"conv2d", "conv_transpose2d"}) {
    const std::string entry = std::string(convolution) + ": {channels: 5, kernel: 3}";
    const auto run = [&](const std::string& layers) {
      Registrar registrar;
      NetworkSpec spec = testing::network_of("{layers: [" + layers + "], head: none}");
      const Network network(spec, {4, 4, 3}, {}, "net", registrar);
      for (const auto& parameter : registrar.parameters()) {
        parameter->value = testing::random_tensor(parameter->shape, -1, 1, parameter->name);
        parameter->variable = Variable::leaf(parameter->value);
      }
      Pass pass(Mode::evaluation, 1, 1, 0, BufferUpdates::none);
      return network.forward(x, pass).value().to_doubles();
    };
    // A tap keeps the activation in a layer of its own.
    CHECK(run("{" + entry + "}, {leaky_relu: 0.2}") == run("{" + entry + ", tap: true}, {leaky_relu: 0.2}"));
  }
}
