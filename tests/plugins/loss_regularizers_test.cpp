#include <catch2/catch.hpp>
#include <cmath>

#include "fixed_gan.hpp"

using namespace descent;
using namespace descent::testing;
using Catch::Matchers::Contains;

namespace {

const double exact = is_double ? 1e-12 : 1e-5;

double mean_of(const Tensor& numbers) {
  const std::vector<double> all = numbers.to_doubles();
  return std::accumulate(all.begin(), all.end(), 0.0) / static_cast<double>(all.size());
}

double mean_squared(const Tensor& numbers, double center, double factor = 1) {
  double sum = 0;
  for (const double number : numbers.to_doubles()) sum += std::pow(factor * number - center, 2);
  return sum / static_cast<double>(numbers.size());
}

// A weight with which nothing moves.
constexpr double standing = 1e-30;

std::unique_ptr<train::Training> on_digits(const std::string& loss, const std::string& gan) {
  return training_of(
      "dataset: {plugin: glyphs, pixels: 8, examples: 64, test_examples: 16}\nmodel: {plugin: gan, latent: "
      "3, output: sigmoid, " +
      gan + "}\nloss: " + loss +
      "\noptimizer: {plugin: sgd, learning_rate: 0.01}\ntrainer: {steps: 9, batch_size: 64}\n");
}

}  // namespace

TEST_CASE("lecam keeps logits near the other side's running means") {
  const Tensor real = sine_fill(1, 0.7, {5, 1}, 2), fake = sine_fill(2, 1.3, {5, 1}, 2);
  const auto training =
      fixed_gan("[hinge, {plugin: lecam, decay: 0.75}]", real, fake, sum_of_numbers, standing);
  const auto terms = [&] {
    objective(*training, "discriminator", whole_batch(*training));
    return std::pair(term(*training, "discriminator", "lecam", "real"),
                     term(*training, "discriminator", "lecam", "fake"));
  };
  // The means start at 0.
  CHECK(terms().first == Approx(mean_squared(real, 0)).epsilon(exact));
  // The first step takes the batch's own.
  play(*training, 1);
  const double r = mean_of(real), f = mean_of(fake);
  CHECK(buffer(*training, "lecam.data")[0] == Approx(r).epsilon(exact));
  CHECK(buffer(*training, "lecam.samples")[0] == Approx(f).epsilon(exact));
  CHECK(terms().first == Approx(mean_squared(real, f)).epsilon(exact));
  CHECK(terms().second == Approx(mean_squared(fake, r)).epsilon(exact));
  // Then they follow: logits become twice as large.
  set_parameter(*training, "discriminator.0.weight", Tensor::full({1, 1}, 2));
  play(*training, 1);
  CHECK(buffer(*training, "lecam.data")[0] == Approx((0.75 + 2 * 0.25) * r).epsilon(exact));
  CHECK(terms().first == Approx(mean_squared(real, 1.25 * f, 2)).epsilon(exact));
  CHECK(terms().second == Approx(mean_squared(fake, 1.25 * r, 2)).epsilon(exact));
  CHECK(game_gradient_mismatch(*training, whole_batch(*training)) == "");
}

// D(x) is the sum of two numbers and T adds noise of deviation σ to each: the difference has the variance 2σ².
TEST_CASE("consistency is the squared change of a logit") {
  const std::int64_t n = 4000;
  const auto training = fixed_gan("[non_saturating, {plugin: consistency, kind: bcr, noise: 0.5}]",
                                  Tensor::full({n, 2}, 1), Tensor::full({n, 2}, 3), sum_of_numbers, standing);
  objective(*training, "discriminator", whole_batch(*training));
  // A square's deviation is √2 of its mean: five standard errors.
  for (const char* side : {"real", "fake"})
    CHECK(term(*training, "discriminator", "consistency", side) ==
          Approx(0.5).margin(5 * 0.5 * std::sqrt(2.0 / n)));
  CHECK(objective(*training, "generator", whole_batch(*training)) ==
        objective(
            *fixed_gan("non_saturating", Tensor::full({n, 2}, 1), Tensor::full({n, 2}, 3), sum_of_numbers),
            "generator", whole_batch(*training)));
  CHECK_THAT(
      error_of([] {
        fixed_gan("[hinge, consistency]", Tensor::zeros({2, 2}), Tensor::zeros({2, 2}), sum_of_numbers);
      }),
      Contains(
          "consistency has no change for 'x', which is no image (height, width, channels); give it 'noise'"));
}

TEST_CASE("consistency mirrors, moves and cuts images") {
  const auto change = [](const std::string& options) {
    const auto training =
        on_digits("[hinge, {plugin: consistency, " + options + "}]",
                  "generator: {hidden: [4]}, discriminator: {layers: [{linear: {outputs: output, bias: "
                  "false}}], initializer: {constant: 1}}");
    objective(*training, "discriminator", whole_batch(*training));
    return term(*training, "discriminator", "consistency", "real");
  };
  // D sums up all pixels, to which mirroring does nothing.
  CHECK(change("translation: 0") == Approx(0).margin(1e-6));
  CHECK(change("flip: false, translation: 0.5") > 1);
  CHECK(change("flip: false, translation: 0, cutout: 0.5") > 1);
  CHECK(change("flip: false, translation: 0, color: true") > 1);
}

// G(z) = z and D(x) = x·direction: a change of δ in z is one of δ in the sample.
TEST_CASE("latent consistency holds the discriminator still and moves samples apart") {
  const auto training = training_of(
      "dataset: test_mixture\nmodel: test_pair\noptimizer: {plugin: sgd, learning_rate: 1.0e-30}\n"
      "trainer: {steps: 9, batch_size: 4000, turns: simultaneous}\nloss:\n"
      "  - non_saturating\n  - {plugin: consistency, kind: zcr, latent_noise: 0.1, players: discriminator}\n"
      "  - {plugin: consistency, name: apart, kind: zcr, latent_noise: 0.1, weight: 0.5, players: "
      "generator}\n");
  play(*training, 1);
  double squares = 0;
  for (const double number : parameter(*training, "discriminator.direction")) squares += number * number;
  CHECK(term(*training, "discriminator", "consistency", "latent") == Approx(0.01 * squares).epsilon(0.12));
  CHECK(term(*training, "generator", "apart", "diversity") == Approx(-0.01).epsilon(0.12));
}

TEST_CASE("feature_matching is the squared distance of mean features, and the generator's alone") {
  // The features are the input of the only layer: x itself.
  const Tensor real = sine_fill(1, 0.7, {6, 2}), fake = sine_fill(4, 0.5, {6, 2}, 1.5);
  const auto training =
      fixed_gan("[{plugin: minimax, players: discriminator}, feature_matching]", real, fake, sum_of_numbers);
  double apart[2] = {0, 0};
  for (std::int64_t i = 0; i < 12; ++i)
    apart[i % 2] += (static_cast<double>(real.data()[i]) - static_cast<double>(fake.data()[i])) / 6;
  const Batch batch = whole_batch(*training);
  CHECK(objective(*training, "generator", batch) ==
        Approx(apart[0] * apart[0] + apart[1] * apart[1]).epsilon(exact));
  const std::vector<double> slopes = gradient(*training, "generator", "generator.samples", batch);
  for (std::size_t i = 0; i < 12; ++i) CHECK(slopes[i] == Approx(-2 * apart[i % 2] / 6).epsilon(exact));
  CHECK(objective(*training, "discriminator", batch) ==
        objective(*fixed_gan("minimax", real, fake, sum_of_numbers), "discriminator", batch));
  CHECK(game_gradient_mismatch(*training, batch) == "");
}

TEST_CASE("feature_matching looks at the layer that is tapped") {
  const Tensor real = Tensor::of({2, 1}, {1, 3}), fake = Tensor::of({2, 1}, {0, -4});
  // Of 2x, cut at 0: 4 on average, and 0.
  CHECK(objective(*fixed_gan("[{plugin: minimax, players: discriminator}, feature_matching]", real, fake,
                             "{layers: [{linear: {outputs: 1, bias: false}, initializer: {constant: 2}}, "
                             "{relu: {}, tap: true}, "
                             "{linear: 5}, tanh]}"),
                  "generator", whole_batch(*fixed_gan("minimax", real, fake, sum_of_numbers))) ==
        Approx(16).epsilon(exact));
}

TEST_CASE("the auxiliary classifier adds the cross entropy of classes to both players") {
  const std::string gan =
      "condition: label, conditioning: auxiliary, generator: {hidden: [4], activation: tanh}, discriminator: "
      "{hidden: [6], "
      "activation: tanh}";
  const auto training = on_digits("[minimax, auxiliary_classifier]", gan);
  const auto without = on_digits("minimax", gan);
  const Batch batch = whole_batch(*training);
  for (const auto* one : {&training, &without}) {
    set_parameter(**one, "discriminator.classifier.weight", Tensor::zeros({6, 10}));
    set_parameter(**one, "discriminator.classifier.bias", Tensor::zeros({10}));
  }
  // All classes alike: log 10 for each side.
  CHECK(objective(*training, "discriminator", batch) ==
        Approx(objective(*without, "discriminator", batch) + 2 * std::log(10.0)).epsilon(exact));
  CHECK(objective(*training, "generator", batch) ==
        Approx(objective(*without, "generator", batch) + std::log(10.0)).epsilon(exact));
  // A classifier that says 3 of everything is right about the threes.
  Tensor bias = Tensor::zeros({10});
  bias.data()[3] = 5;
  set_parameter(*training, "discriminator.classifier.bias", bias);
  objective(*training, "discriminator", batch);
  const std::vector<double> labels = batch["label"].value().to_doubles();
  const double threes = static_cast<double>(std::count(labels.begin(), labels.end(), 3)) / 64;
  for (const char* side : {"accuracy_real", "accuracy_fake"})
    CHECK(term(*training, "discriminator", "auxiliary_classifier", side) == Approx(threes));
  CHECK(game_gradient_mismatch(*training, batch,
                               {.second_order = false, .tolerance = 1e-5, .most_elements = 30}) == "");
  CHECK_THAT(
      error_of([] {
        Diagnostics problems;
        on_digits("[minimax, auxiliary_classifier]", "condition: label, generator: {hidden: [4]}")
            ->rehearse(problems);
        problems.throw_if_any();
      }),
      Contains(
          "test.yaml:3:17: loss 'auxiliary_classifier': auxiliary_classifier needs a discriminator that says "
          "which class an example is of, such as gan: {condition: label, conditioning: auxiliary}"));
}
