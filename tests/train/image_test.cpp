#include <catch2/catch.hpp>

#include "support/experiment_text.hpp"

using namespace descent;
using namespace descent::testing;

namespace {

std::unique_ptr<train::Training> vae(const std::string& model) {
  return training_of(
      "dataset: {plugin: glyphs, pixels: 8, examples: 40, test_examples: 10}\nmodel: {plugin: vae, latent: "
      "3, " +
      model + "}\nloss: elbo\noptimizer: adam\ntrainer: {batch_size: 8, steps: 9}\n");
}

}  // namespace

TEST_CASE("images are (height, width, channels) in data and samples") {
  const auto training = vae("encoder: {hidden: [6]}, decoder: {hidden: [6]}");
  CHECK(find_field(training->fields(), "image").shape == Shape{8, 8, 1});
  REQUIRE(training->sample_fields().size() == 1);
  play(*training, 1);
  const auto samples = training->generate(5);
  REQUIRE(samples.size() == 1);
  CHECK(samples[0].shape() == Shape{5, 8, 8, 1});
}

TEST_CASE("a network of linear layers sees images flat, any other as they are") {
  const auto flat = vae("condition: label, encoder: {hidden: [6]}, decoder: {hidden: [6]}");
  CHECK(parameter(*flat, "encoder.0.weight").size() == (64 + 10) * 6);
  // The image's channel and a plane for each class.
  const auto image =
      vae("condition: label, encoder: {layers: [batch_norm, {linear: 6}]}, decoder: {layers: [{linear: 64}, "
          "{reshape: [8, 8, "
          "1]}, batch_norm]}");
  CHECK(parameter(*image, "encoder.0.scale").size() == 1 + 10);
  CHECK(parameter(*image, "encoder.1.weight").size() == 64 * (1 + 10) * 6);
  CHECK(parameter(*image, "decoder.1.scale").size() == 1);
  play(*flat, 2);
  play(*image, 2);
}

TEST_CASE("batch normalization as first layer normalizes channels") {
  const auto training = vae("encoder: {layers: [batch_norm, {linear: 6}]}, decoder: {hidden: [6]}");
  CHECK(buffer(*training, "encoder.0.running_mean").size() == 1);
  play(*training, 1);
  CHECK(buffer(*training, "encoder.0.running_mean")[0] != 0);
}

TEST_CASE("a field that is a single number can be modeled") {
  for (const char* likelihood :
       {"bernoulli", "gaussian", "{gaussian: shared}", "{gaussian: per_element}", "{gaussian: decoded}"}) {
    const auto training = training_of(
        std::string("dataset: {plugin: test_rows, rows: [[0.2], [0.9]], copies: 8, number: true}\n"
                    "model: {plugin: vae, field: x, latent: 2, encoder: {hidden: [3]}, decoder: {hidden: "
                    "[3]}, likelihood: ") +
        likelihood + "}\nloss: elbo\noptimizer: adam\ntrainer: {batch_size: 8, steps: 9}\n");
    play(*training, 2);
    CHECK(training->generate(5).at(0).shape() == Shape{5});
  }
  const auto gan = training_of(
      "dataset: {plugin: test_rows, rows: [[0.2], [0.9]], copies: 8, number: true}\nmodel: {plugin: gan, "
      "generator: {hidden: [3]}, "
      "discriminator: {hidden: [3]}}\nloss: non_saturating\noptimizer: adam\ntrainer: {batch_size: 8, steps: "
      "9}\n");
  play(*gan, 2);
  CHECK(gan->generate(5).at(0).shape() == Shape{5});
}

TEST_CASE("more dimensions than a tensor has are an error with a place") {
  const std::string refused =
      error_of([] { vae("encoder: {layers: [{reshape: [1, 1, 1, 1, 1, 64]}]}, decoder: {hidden: [6]}"); });
  CHECK_THAT(refused, Catch::Contains("test.yaml:2:") &&
                          Catch::Contains("leaves no dimension for the batch: an example has at most 5"));
}

TEST_CASE("a generator is not asked for numbers that its last function never gives") {
  const std::string images =
      "dataset: {plugin: glyphs, pixels: 8, examples: 40, test_examples: 10, transforms: [{scale: [0, "
      "255]}]}\n";
  for (const char* output : {"sigmoid", "tanh"})
    CHECK_THAT(
        testing::error_of([&] {
          training_of(images + "model: {plugin: gan, output: " + output +
                      "}\nloss: non_saturating\noptimizer: adam\ntrainer: {steps: 3, batch_size: 4}\n");
        }),
        Catch::Matchers::Contains("but those of 'image' lie from 0.0 to 255.0") &&
            Catch::Matchers::Contains("transforms: [scale]"));
}
