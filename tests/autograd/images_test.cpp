#include <catch2/catch.hpp>
#include <functional>

#include "descent/autograd/ops.hpp"
#include "descent/base/error.hpp"
#include "support/gradient_check.hpp"

using namespace descent;
using testing::gradient_mismatch;
using testing::random_tensor;
using Leaves = std::span<const Variable>;

namespace {

// The number of an image batch at a place, 0 outside.
double pixel(const Tensor& x, std::int64_t i, std::int64_t row, std::int64_t column, std::int64_t channel) {
  const Shape& s = x.shape();
  if (row < 0 || column < 0 || row >= s[1] || column >= s[2]) return 0;
  return static_cast<double>(x.data()[((i * s[1] + row) * s[2] + column) * s[3] + channel]);
}

// Whether y[i, row, column] is what `expected` says, of all places.
using Pixel =
    std::function<double(std::int64_t i, std::int64_t row, std::int64_t column, std::int64_t channel)>;
bool is_everywhere(const Tensor& y, const Pixel& expected) {
  const Shape& s = y.shape();
  for (std::int64_t i = 0; i < s[0]; ++i)
    for (std::int64_t row = 0; row < s[1]; ++row)
      for (std::int64_t column = 0; column < s[2]; ++column)
        for (std::int64_t channel = 0; channel < s[3]; ++channel)
          if (pixel(y, i, row, column, channel) != expected(i, row, column, channel)) return false;
  return true;
}

std::int64_t whole(const Tensor& places, std::int64_t i, std::int64_t axis) {
  return static_cast<std::int64_t>(places.data()[2 * i + axis]);
}

const Tensor& images() {
  static const Tensor four = random_tensor({4, 5, 6, 3}, -1, 1, "images");
  return four;
}

}  // namespace

TEST_CASE("flip mirrors the images that its mask names") {
  const Tensor mask = Tensor::of({4}, {0, 1, 1, 0});
  CHECK(is_everywhere(flip(images(), mask).value(), [&](auto i, auto row, auto column, auto channel) {
    return pixel(images(), i, row, mask.data()[i] == 0 ? column : 5 - column, channel);
  }));
  CHECK(gradient_mismatch([&](Leaves v) { return square(flip(v[0], mask)) * v[0]; }, {images()}) == "");
  CHECK_THROWS_AS(flip(images(), Tensor::zeros({3})), Error);
  CHECK_THROWS_AS(flip(Tensor::zeros({4, 5}), mask), Error);
}

TEST_CASE("translate moves each image by its own offsets, however far") {
  const Tensor offsets = Tensor::of({4, 2}, {1, 0, -2, 3, 0, -6, 7, -7});
  CHECK(is_everywhere(translate(images(), offsets).value(), [&](auto i, auto row, auto column, auto channel) {
    return pixel(images(), i, row - whole(offsets, i, 0), column - whole(offsets, i, 1), channel);
  }));
  CHECK(gradient_mismatch([&](Leaves v) { return square(translate(v[0], offsets)) * v[0]; }, {images()}) ==
        "");
  CHECK_THROWS_AS(translate(images(), Tensor::zeros({4})), Error);
}

TEST_CASE("crop takes a window of each image, with zeros outside of it") {
  const Tensor corners = Tensor::of({4, 2}, {0, 0, 2, 3, -1, 4, 3, -2});
  const Variable windows = crop(images(), corners, 3, 4);
  CHECK(windows.shape() == Shape{4, 3, 4, 3});
  CHECK(is_everywhere(windows.value(), [&](auto i, auto row, auto column, auto channel) {
    return pixel(images(), i, row + whole(corners, i, 0), column + whole(corners, i, 1), channel);
  }));
  CHECK(gradient_mismatch([&](Leaves v) { return square(square(crop(v[0], corners, 3, 4))); }, {images()}) ==
        "");
  CHECK_THROWS_AS(crop(images(), corners, 0, 4), Error);
}

TEST_CASE("padding continues images with zeros or by reflection") {
  const ImageBorders borders{.top = 2, .bottom = 1, .left = 0, .right = 4};
  const Variable zeros = zero_pad(images(), borders), mirrored = reflect_pad(images(), borders);
  CHECK(zeros.shape() == Shape{4, 8, 10, 3});
  CHECK(is_everywhere(zeros.value(), [](auto i, auto row, auto column, auto channel) {
    return pixel(images(), i, row - 2, column, channel);
  }));
  const auto reflected = [](std::int64_t i, std::int64_t extent) {
    return i < 0 ? -i : (i < extent ? i : 2 * extent - 2 - i);
  };
  CHECK(mirrored.shape() == Shape{4, 8, 10, 3});
  CHECK(is_everywhere(mirrored.value(), [&](auto i, auto row, auto column, auto channel) {
    return pixel(images(), i, reflected(row - 2, 5), reflected(column, 6), channel);
  }));
  for (const auto pad : {zero_pad, reflect_pad})
    CHECK(gradient_mismatch([&](Leaves v) { return square(square(pad(v[0], borders))); }, {images()}) == "");
  CHECK_THROWS_AS(zero_pad(images(), {.top = -1}), Error);
  CHECK_THROWS_AS(reflect_pad(images(), {.top = 5}), Error);
  CHECK_THROWS_AS(reflect_pad(images(), {.right = 6}), Error);
  CHECK(reflect_pad(images(), {.top = 4, .right = 5}).shape() == Shape{4, 9, 11, 3});
}

TEST_CASE("cutout zeroes a rectangle of each image, also where it lies partly outside") {
  const Tensor corners = Tensor::of({4, 2}, {1, 2, -1, -2, 4, 5, 9, 0});
  CHECK(is_everywhere(cutout(images(), corners, 2, 3).value(), [&](auto i, auto row, auto column,
                                                                   auto channel) {
    const std::int64_t down = row - whole(corners, i, 0), right = column - whole(corners, i, 1);
    return down >= 0 && down < 2 && right >= 0 && right < 3 ? 0 : pixel(images(), i, row, column, channel);
  }));
  CHECK(gradient_mismatch([&](Leaves v) { return square(cutout(v[0], corners, 2, 3)) * v[0]; }, {images()}) ==
        "");
  CHECK_THROWS_AS(cutout(images(), corners, -1, 3), Error);
}

TEST_CASE(
    "resizing is bilinear between centers, and takes all pixels into account where an image gets smaller") {
  const auto resized = [](const std::vector<double>& row, std::int64_t width) {
    const auto count = static_cast<std::int64_t>(row.size());
    Tensor out = Tensor::empty({1, 1, width, 1});
    kernels::resize(Tensor::of({1, 1, count, 1}, row), out);
    return out.to_doubles();
  };
  const auto about = [](const std::vector<double>& numbers) {
    return Catch::Matchers::Approx(numbers).margin(1e-6);
  };
  CHECK_THAT(resized({0, 4}, 4), about({0, 1, 3, 4}));
  CHECK_THAT(resized({1, 2, 3}, 3), about({1, 2, 3}));
  // A triangle of twice the width around the middle of two pixels: 1/8, 3/8, 3/8, 1/8; at the border 3/7, 3/7, 1/7.
  CHECK_THAT(resized({8, 16, 0, 0, 0, 0}, 3), about({72.0 / 7, 2, 0}));
  CHECK_THAT(resized({0, 0, 7, 0}, 2), about({1, 3}));
  for (const std::int64_t size : {1, 2, 3, 7, 13}) {
    Tensor out = Tensor::empty({4, size, size + 1, 3});
    kernels::resize(Tensor::full({4, 5, 6, 3}, 2), out);
    CHECK_THAT(out.to_doubles(), about(std::vector<double>(static_cast<std::size_t>(out.size()), 2)));
  }
}
