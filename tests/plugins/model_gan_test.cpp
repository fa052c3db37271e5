#include <catch2/catch.hpp>
#include <cmath>

#include "descent/run/run.hpp"
#include "fixed_gan.hpp"

using namespace descent;
using namespace descent::testing;
using Catch::Matchers::Contains;

namespace {

const std::string tiny_generator = "generator: {hidden: [3], activation: tanh}, ";
const std::string linear_discriminator =
    "discriminator: {layers: [{linear: {outputs: output, bias: false}}], initializer: {constant: 1}}";

std::string ring(const std::string& gan, const std::string& loss = "non_saturating",
                 const std::string& trainer = "batch_size: 8, steps: 9") {
  return "dataset: {plugin: gaussian_ring, samples: 50}\nmodel: {plugin: gan, " + gan + "}\nloss: " + loss +
         "\noptimizer: {plugin: sgd, learning_rate: 0.01}\ntrainer: {last_batch: drop, " + trainer + "}\n";
}

std::string digits(const std::string& gan, const std::string& loss = "non_saturating") {
  return "dataset: {plugin: glyphs, pixels: 8, examples: 40, test_examples: 7}\nmodel: {plugin: gan, latent: "
         "3, " +
         gan + "}\nloss: " + loss +
         "\noptimizer: {plugin: sgd, learning_rate: 0.01}\ntrainer: {batch_size: 8, steps: 9}\n";
}

DiscriminatorOutput look(train::Training& training, const Batch& batch, Mode mode = Mode::training) {
  Pass pass(mode, 1, 1, 0, BufferUpdates::none);
  auto& gan = role<AdversarialModel>(training.model());
  return gan.discriminate(batch.values(gan.fields()), batch.values(gan.condition_fields()), pass);
}

std::string problems_of(const std::string& yaml) {
  return error_of([&] { run::check_experiment(experiment_of(yaml)); });
}

}  // namespace

TEST_CASE("a packed discriminator sees consecutive examples side by side") {
  const auto training = training_of(ring("packing: 2, " + tiny_generator + linear_discriminator));
  CHECK(parameter(*training, "discriminator.0.weight").size() == 4);
  Tensor weights = Tensor::of({4, 1}, {1, 10, 100, 1000});
  set_parameter(*training, "discriminator.0.weight", weights);
  const Batch batch = whole_batch(*training);
  const Tensor x = batch["point"].value();
  const std::vector<double> logits = look(*training, batch).logits.value().to_doubles();
  REQUIRE(logits.size() == 25);
  for (std::size_t row = 0; row < 25; ++row) {
    double expected = 0;
    for (std::size_t i = 0; i < 4; ++i)
      expected += static_cast<double>(weights.data()[i]) * static_cast<double>(x.data()[4 * row + i]);
    CHECK(logits[row] == Approx(expected).epsilon(1e-5));
  }
}

TEST_CASE("packed images are the channels of one") {
  const auto training =
      training_of(digits("packing: 4, " + tiny_generator +
                         "discriminator: {layers: [global_average_pool, {linear: {outputs: output, bias: "
                         "false}}]}"));
  set_parameter(*training, "discriminator.0.weight", Tensor::of({4, 1}, {1, 10, 100, 1000}));
  Batch batch(training->fields(), 12);
  batch.resize(12);
  const std::vector<std::int64_t> indices{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
  training->dataset()->fill(Split::train, indices, batch);
  const std::vector<double> images = batch["image"].value().to_doubles();
  const auto brightness = [&](std::size_t image) {
    const auto begin = images.begin() + static_cast<std::ptrdiff_t>(64 * image);
    return std::accumulate(begin, begin + 64, 0.0) / 64;
  };
  const std::vector<double> logits = look(*training, batch).logits.value().to_doubles();
  REQUIRE(logits.size() == 3);
  for (std::size_t row = 0; row < 3; ++row)
    CHECK(logits[row] == Approx(brightness(4 * row) + 10 * brightness(4 * row + 1) +
                                100 * brightness(4 * row + 2) + 1000 * brightness(4 * row + 3))
                             .epsilon(1e-5));
}

TEST_CASE("penalties of a packed discriminator are on its slope at a whole pack") {
  const auto penalty = [](const std::string& loss, const std::string& gan) {
    const auto training = training_of(
        ring(gan + tiny_generator + linear_discriminator, "[{plugin: minimax, weight: 0}, " + loss + "]"));
    Batch batch = whole_batch(*training);
    return objective(*training, "discriminator", batch);
  };
  // D is the sum of 2 numbers, or of 4: slopes of √2 and 2.
  for (const char* loss : {"r1", "r2"}) {
    CHECK(penalty(loss, "") == Approx(1));
    CHECK(penalty(loss, "packing: 2, ") == Approx(2));
  }
  CHECK(penalty("gradient_penalty", "packing: 2, ") == Approx(1));
  CHECK(penalty("{plugin: gradient_penalty, kind: dragan}", "packing: 2, ") == Approx(1));
  CHECK(penalty("{plugin: gradient_penalty, kind: zero_centered}", "packing: 4, ") == Approx(8));
}

TEST_CASE("a packed game has the gradients of its values, under a condition too") {
  const auto training = training_of(
      digits("condition: label, packing: 2, generator: {hidden: [3], activation: tanh}, "
             "discriminator: {layers: [{conv2d: {channels: 2, kernel: 3}}, tanh]}",
             "[relativistic, {plugin: gradient_penalty, weight: 0.1}, {plugin: r1, weight: 0.1}]"));
  Batch batch(training->fields(), 4);
  batch.resize(4);
  const std::vector<std::int64_t> indices{0, 1, 2, 3};
  training->dataset()->fill(Split::train, indices, batch);
  CHECK(game_gradient_mismatch(
            *training, batch,
            {.second_order = false, .tolerance = is_double ? 1e-5 : 2e-3, .most_elements = 20}) == "");
  play(*training, 2);
}

TEST_CASE("batches must be made of whole packs, which is said before the first step") {
  CHECK_THAT(problems_of(ring("packing: 3")),
             Contains("test.yaml:5:10: 'batch_size' is 8, but the discriminator sees 3 examples at once; it "
                      "must be a multiple "
                      "of that"));
  const std::string keeping =
      "dataset: {plugin: gaussian_ring, samples: 53}\nmodel: {plugin: gan, packing: 2}\nloss: "
      "hinge\noptimizer: adam\n"
      "trainer: {batch_size: 8, steps: 9}\n";
  CHECK_THAT(problems_of(keeping),
             Contains("test.yaml:5:10: an epoch's last batch has 5 examples, but the discriminator sees 2 "
                      "at once; 'last_batch: drop' leaves it out"));
  CHECK(problems_of(ring("packing: 2")) == "no error");
}

TEST_CASE("in evaluation a packed discriminator leaves out what makes no whole pack") {
  const auto training = training_of(digits("packing: 2, " + tiny_generator + "discriminator: {hidden: [3]}",
                                           "[hinge, {plugin: gradient_penalty, weight: 0.1}, {plugin: r1, "
                                           "weight: 0.1}, {plugin: consistency, kind: bcr}]") +
                                    "metrics: [{plugin: objective, batch_size: 5}, {plugin: objective, name: "
                                    "last_of_one, batch_size: 6}]\n");
  for (const char* metric : {"objective", "last_of_one"})
    CHECK(std::isfinite(measured(*training, metric)[0]));  // of 7
  Batch batch = whole_batch(*training);
  batch.resize(5);
  CHECK(look(*training, batch, Mode::evaluation).logits.shape() == Shape{2});
  CHECK_THAT(error_of([&] { look(*training, batch); }),
             Contains("packing: 2 sees batches of a multiple of 2 examples, not of 5"));
  // What is less than a pack is repeated until it makes one.
  batch.resize(1);
  const double alone = look(*training, batch, Mode::evaluation).logits.item();
  batch.resize(2);
  std::copy_n(batch.rows("image").data(), 64, batch.rows("image").data() + 64);
  CHECK(look(*training, batch, Mode::evaluation).logits.item() == alone);
}

TEST_CASE("projection adds the inner product of the embedded label and the features") {
  // D is the sum of its 64 pixels, which are its features.
  const auto training = training_of(
      digits("condition: label, conditioning: projection, " + tiny_generator + linear_discriminator));
  CHECK(parameter(*training, "discriminator.0.weight").size() == 64);
  Tensor embedding = Tensor::zeros({10, 64});
  for (std::int64_t i = 0; i < embedding.size(); ++i) {
    const std::int64_t label = i / 64;
    embedding.data()[i] = static_cast<Scalar>(label);
  }
  set_parameter(*training, "discriminator.embedding", embedding);
  const Batch batch = whole_batch(*training);
  const std::vector<double> images = batch["image"].value().to_doubles(),
                            labels = batch["label"].value().to_doubles();
  const std::vector<double> logits = look(*training, batch).logits.value().to_doubles();
  for (std::size_t i = 0; i < labels.size(); ++i) {
    const auto begin = images.begin() + static_cast<std::ptrdiff_t>(64 * i);
    CHECK(logits[i] == Approx((1 + labels[i]) * std::accumulate(begin, begin + 64, 0.0)).epsilon(1e-5));
  }
}

TEST_CASE("an auxiliary classifier gives classes and sees no label") {
  const auto training = training_of(digits("condition: label, conditioning: auxiliary, " + tiny_generator +
                                           "discriminator: {hidden: [5]}"));
  Batch batch = whole_batch(*training);
  const DiscriminatorOutput before = look(*training, batch);
  CHECK(before.classes.shape() == Shape{40, 10});
  batch.rows("label").fill(0);
  CHECK(look(*training, batch).logits.value().to_doubles() == before.logits.value().to_doubles());
  CHECK(look(*training, batch).classes.value().to_doubles() == before.classes.value().to_doubles());
}

TEST_CASE("a conditioning that does not fit is told with what would be right") {
  CHECK_THAT(problems_of(digits("conditioning: projection")),
             Contains("test.yaml:2:8: model 'gan': 'conditioning' is how the "
                      "discriminator sees a condition, but there is none"));
  CHECK_THAT(problems_of(digits("conditioning: auxiliary, condition: image")),
             Contains("the condition must be class labels"));
  CHECK_THAT(problems_of(digits("conditioning: auxiliary, condition: label, packing: 2")),
             Contains("does not go with 'packing'"));
  CHECK_THAT(problems_of(digits("generator: {layers: [{linear: 4}, conditional_batch_norm]}")),
             Contains("conditional_batch_norm depends on a condition, but this network sees none"));
}

// Γ and B start at 0, where it is batch_norm; then each class has a scale and a shift of its own.
TEST_CASE("conditional batch normalization has a scale and shift of each class") {
  const auto with = [](const char* layer) {
    return training_of(
        digits("condition: label, discriminator: {hidden: [4]}, generator: {layers: [{linear: {outputs: "
               "output, bias: "
               "false}}, {reshape: [8, 8, 1]}, " +
               std::string(layer) + "], head: none}"));
  };
  const auto conditional = with("conditional_batch_norm"), plain = with("batch_norm");
  const auto samples = [](train::Training& training, Mode mode) {
    Pass pass(mode, 1, 1, 0, BufferUpdates::none);
    auto& gan = role<AdversarialModel>(training.model());
    const Variable labels = Tensor::of({4}, {0, 1, 2, 2});
    return gan.from_latent(gan.draw_latent(4, labels, pass), labels, Show::mean, pass)[0]
        .value()
        .to_doubles();
  };
  for (const Mode mode : {Mode::training, Mode::evaluation}) {
    const std::vector<double> normalized = samples(*plain, mode);
    CHECK_THAT(samples(*conditional, mode), is_about(normalized));
    Tensor scales = Tensor::zeros({10, 1}), shifts = Tensor::zeros({10, 1});
    scales.data()[1] = 2;
    shifts.data()[2] = -7;
    set_parameter(*conditional, "generator.1.condition_scale", scales);
    set_parameter(*conditional, "generator.1.condition_shift", shifts);
    const std::vector<double> found = samples(*conditional, mode);
    for (std::size_t i = 0; i < found.size(); ++i) {
      const std::size_t example = i / 64;
      CHECK(found[i] == Approx(normalized[i] * (example == 1 ? 3 : 1) - (example >= 2 ? 7 : 0)).margin(2e-5));
    }
    set_parameter(*conditional, "generator.1.condition_scale", Tensor::zeros({10, 1}));
    set_parameter(*conditional, "generator.1.condition_shift", Tensor::zeros({10, 1}));
  }
}
