#include <catch2/catch.hpp>

#include "plugin_support.hpp"

using descent::Batch;
using descent::Split;
using descent::Value;

TEST_CASE("glyphs are square images from 0 to 1 with ten equally frequent labels") {
  const auto glyphs = open_dataset("glyphs", {{"examples", Value::of(1000)}, {"pixels", Value::of(20)}});
  const auto fields = glyphs->fields();
  CHECK(descent::find_field(fields, "image").image);
  CHECK(descent::find_field(fields, "image").shape == descent::Shape{20, 20, 1});
  CHECK(descent::find_field(fields, "label").classes == 10);
  CHECK(glyphs->size(Split::train) == 1000);
  CHECK(glyphs->size(Split::test) == 2000);

  const Batch batch = whole(*glyphs, Split::train);
  std::vector<int> frequency(10);
  for (const double label : batch["label"].value().to_doubles())
    ++frequency.at(static_cast<std::size_t>(label));
  CHECK(frequency == std::vector<int>(10, 100));
  for (std::int64_t i = 0; i < 1000; ++i) {
    double ink = 0, most = 0;
    for (std::int64_t p = 0; p < 400; ++p) {
      const double pixel = double(batch["image"].value().data()[i * 400 + p]);
      REQUIRE((pixel >= 0 && pixel <= 1));
      ink += pixel / 400;
      most = std::max(most, pixel);
    }
    CHECK(ink > 0.03);  // a digit is drawn
    CHECK(ink < 0.5);   // and does not fill the image
    CHECK(most > 0.9);
  }
}

TEST_CASE("glyphs are the same for the same seed, and otherwise others") {
  const auto pixels = [](int seed, Split split) {
    const auto glyphs = open_dataset(
        "glyphs", {{"examples", Value::of(50)}, {"test_examples", Value::of(50)}, {"seed", Value::of(seed)}});
    return whole(*glyphs, split)["image"].value().to_doubles();
  };
  CHECK(pixels(0, Split::train) == pixels(0, Split::train));
  CHECK(pixels(0, Split::train) != pixels(1, Split::train));
  CHECK(pixels(0, Split::train) != pixels(0, Split::test));
}

TEST_CASE("a digit looks more like the mean of its class than like those of most others") {
  const auto glyphs = open_dataset("glyphs", {{"examples", Value::of(2000)}});
  const Batch train = whole(*glyphs, Split::train), test = whole(*glyphs, Split::test);
  constexpr std::size_t size = 256;
  std::vector<std::vector<double>> mean(10, std::vector<double>(size));
  for (std::size_t i = 0; i < 2000; ++i) {
    const auto label = static_cast<std::size_t>(train["label"].value().data()[i]);
    for (std::size_t p = 0; p < size; ++p)
      mean[label][p] += double(train["image"].value().data()[i * size + p]) / 200;
  }
  int right = 0;
  for (std::size_t i = 0; i < 2000; ++i) {
    std::vector<double> distance(10);
    for (std::size_t c = 0; c < 10; ++c)
      for (std::size_t p = 0; p < size; ++p) {
        const double difference = double(test["image"].value().data()[i * size + p]) - mean[c][p];
        distance[c] += difference * difference;
      }
    right += std::min_element(distance.begin(), distance.end()) - distance.begin() ==
             std::lround(test["label"].value().data()[i]);
  }
  // Chance is 200; MNIST's own nearest-mean classifier gets 82 in 100 right.
  CHECK(right > 1400);
  CHECK(right < 2000);
}
