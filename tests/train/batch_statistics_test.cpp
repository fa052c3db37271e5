#include <catch2/catch.hpp>
#include <cmath>

#include "support/diagnostic_lines.hpp"
#include "support/experiment_text.hpp"

using namespace descent;
using namespace descent::testing;
using Catch::Contains;

namespace {

std::string counting(const std::string& discriminator, const std::string& turns,
                     const std::string& loss = "non_saturating") {
  return "dataset: gaussian_ring\nmodel: test_counting_gan\nloss: " + loss +
         "\noptimizer: {discriminator: " + discriminator +
         ", generator: {plugin: sgd, learning_rate: 0.01}}\ntrainer: {batch_size: 8, steps: 9, turns: " +
         turns + "}\nmetrics: [{plugin: objective, player: discriminator}]\n";
}

// How many training forwards of the discriminator have counted after some steps, with metrics in between.
double forwards(const std::string& yaml, std::int64_t steps = 1) {
  const auto training = training_of(yaml);
  for (std::int64_t step = 0; step < steps; ++step) {
    play(*training, 1);
    measured(*training, "objective");
    training->generate(4);
  }
  return buffer(*training, "discriminator.forwards")[0];
}

const std::string sgd = "{plugin: sgd, learning_rate: 0.01}";

// A GAN with batch normalization in its discriminator.
std::string normalized(const std::string& discriminator) {
  return "dataset: gaussian_ring\n"
         "model: {plugin: gan, generator: {hidden: [4]}, discriminator: {hidden: [4], batch_norm: true}}\n"
         "loss: non_saturating\n"
         "optimizer: {discriminator: " +
         discriminator +
         ", generator: frozen}\n"
         "trainer: {batch_size: 8, steps: 9, turns: [{discriminator: 1}]}\n";
}

}  // namespace

TEST_CASE("buffers follow every training forward of an update, and only those") {
  // The discriminator's update looks at fakes and at real examples, the generator's at fakes.
  CHECK(forwards(counting(sgd, "[{discriminator: 1}, {generator: 1}]")) == 3);
  CHECK(forwards(counting(sgd, "[{discriminator: 1}, {generator: 1}]"), 3) == 9);
  CHECK(forwards(counting(sgd, "[{discriminator: 3}, {generator: 1}]")) == 7);
  CHECK(forwards(counting(sgd, "simultaneous")) == 3);
  for (const char* probe : {"[sam, SGD]", "[{plugin: extragradient, learning_rate: 0.01}, SGD]",
                            "[{plugin: accumulate, every: 2}, SGD]"}) {
    CAPTURE(probe);
    std::string chain = probe;
    chain.replace(chain.find("SGD"), 3, sgd);
    CHECK(forwards(counting(chain, "[{discriminator: 1}, {generator: 1}]")) == 3);
    CHECK(forwards(counting(chain, "simultaneous")) == 3);
  }
  // An objective inside of another one's evaluation does not count.
  CHECK(forwards(counting(sgd, "simultaneous", "[non_saturating, {plugin: consensus, weight: 0.1}]")) == 3);
}

TEST_CASE("batch statistics of an update are the same bits with and without a probe or accumulation") {
  const auto statistics = [](const std::string& chain) {
    const auto training = training_of(normalized(chain));
    play(*training, 1);
    std::vector<double> both = buffer(*training, "discriminator.1.running_mean");
    for (const double number : buffer(*training, "discriminator.1.running_variance")) both.push_back(number);
    return both;
  };
  const std::vector<double> expected = statistics(sgd);
  CHECK(statistics("[sam, " + sgd + "]") == expected);
  CHECK(statistics("[{plugin: extragradient, learning_rate: 0.01}, " + sgd + "]") == expected);
  CHECK(statistics("[{plugin: accumulate, every: 2}, " + sgd + "]") == expected);
}

TEST_CASE(
    "batch normalization over one value per channel is refused before the first step where it is seen") {
  const std::string yaml =
      "dataset: {plugin: glyphs, pixels: 8, examples: 9, test_examples: 4}\n"
      "model: {plugin: mlp, network: {hidden: [4], batch_norm: true}}\n"
      "loss: cross_entropy\n"
      "optimizer: {plugin: sgd, learning_rate: 0.01}\n"
      "trainer: {batch_size: 4, steps: 9}\n";
  const auto refusal = [&](const std::vector<std::string>& overrides) {
    const auto training = training_of(yaml, overrides);
    Diagnostics diagnostics;
    training->rehearse(diagnostics);
    return diagnostics.empty() ? std::string("none") : lines_of(diagnostics)[0];
  };
  CHECK_THAT(refusal({"trainer.batch_size=1"}),
             Contains("batch_norm needs two values or more of each channel"));
  CHECK_THAT(refusal({}), Contains("batch_norm needs two values or more") && Contains("1 of 4 examples") &&
                              Contains("last_batch: drop"));
  CHECK(refusal({"trainer.last_batch=drop"}) == "none");
  CHECK(refusal({"trainer.batch_size=7"}) == "none");
}
