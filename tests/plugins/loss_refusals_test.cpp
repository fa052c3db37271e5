#include <catch2/catch.hpp>

#include "support/experiment_text.hpp"
#include "support/game_gradients.hpp"

using namespace descent;
using namespace descent::testing;
using Catch::Contains;

// Games of losses that cannot be meant, and what the errors say would be right.

namespace {

// What is wrong with a VAE on 41 images in batches of ten.
std::string refused_vae(const std::string& loss, const std::string& model = "latent: 3",
                        const std::string& trainer = "last_batch: keep") {
  return error_of([&] {
    Diagnostics diagnostics;
    const auto training = training_of(
        "dataset: {plugin: glyphs, pixels: 8, examples: 41, test_examples: 11}\nmodel: {plugin: vae, "
        "encoder: "
        "{hidden: [6]}, decoder: {hidden: [6]}, " +
        model + "}\noptimizer: adam\ntrainer: {steps: 9, batch_size: 10, " + trainer + "}\nloss: " + loss +
        "\n");
    training->rehearse(diagnostics);
    diagnostics.throw_if_any();
  });
}

std::string refused_gan(
    const std::string& loss, const std::string& model = "",
    const std::string& dataset = "{plugin: glyphs, pixels: 8, examples: 20, test_examples: 10}") {
  return error_of([&] {
    Diagnostics diagnostics;
    const auto training =
        training_of("dataset: " + dataset + "\nmodel: {plugin: gan, latent: 2" + model +
                    "}\noptimizer: adam\ntrainer: {steps: 9, batch_size: 10}\nloss: " + loss + "\n");
    training->rehearse(diagnostics);
    diagnostics.throw_if_any();
  });
}

}  // namespace

TEST_CASE("losses of pairs of examples refuse a last batch of one, and say what leaves it out") {
  for (const char* loss : {"latent_mmd", "beta_tcvae", "factor_vae"}) {
    CAPTURE(loss);
    const std::string item = std::string("[elbo, ") + loss + "]";
    CHECK_THAT(refused_vae(item), Contains("needs at least two") && Contains(loss) &&
                                      Contains("has 1 of 10 examples") && Contains("'last_batch: drop'"));
    CHECK(refused_vae(item, "latent: 3", "last_batch: drop") == "no error");
  }
}

TEST_CASE("in evaluation a batch of one counts 0 in losses of pairs") {
  const auto training = training_of(
      "dataset: {plugin: glyphs, pixels: 8, examples: 40, test_examples: 11}\nmodel: {plugin: vae, latent: "
      "3, "
      "encoder: {hidden: [6]}, decoder: {hidden: [6]}}\noptimizer: adam\ntrainer: {steps: 9, batch_size: "
      "10}\n"
      "loss: [beta_tcvae, factor_vae, latent_mmd]\nmetrics: {plugin: objective, batch_size: 10}\n");
  Batch one(training->fields(), 1);
  one.resize(1);
  const std::int64_t first = 0;
  training->dataset()->fill(Split::train, std::span(&first, 1), one);
  const train::Game::PassCounters counters{
      .mode = Mode::evaluation, .seed = 1, .updates = BufferUpdates::none};
  for (const auto& player : training->game().players())
    training->game().evaluate(*training->game().find_player(player.name), training->model(),
                              training->registrar(), one, counters);
  CHECK(term(*training, "model", "latent_mmd", "mmd") == 0);
  CHECK(term(*training, "model", "beta_tcvae", "mutual_information") == Approx(0).margin(1e-6));
  CHECK(term(*training, "model", "beta_tcvae", "total_correlation") == Approx(0).margin(1e-6));
  CHECK(term(*training, "factor_discriminator", "factor_vae", "product") == 0);
  CHECK(term(*training, "factor_discriminator", "factor_vae", "joint") > 0);
  for (const double value : measured(*training, "objective")) CHECK(std::isfinite(value));
}

TEST_CASE("factor_vae refuses a single latent dimension, which has no total correlation") {
  CHECK_THAT(refused_vae("[elbo, factor_vae]", "latent: 1"),
             Contains("factor_vae") && Contains("'latent' of two or more"));
}

TEST_CASE("a second lecam or factor_vae is refused as such") {
  CHECK_THAT(refused_vae("[elbo, factor_vae, {plugin: factor_vae, name: other}]"),
             Contains("an experiment has one factor_vae"));
  CHECK_THAT(refused_gan("[hinge, lecam, {plugin: lecam, name: other}]"),
             Contains("an experiment has one lecam"));
}

TEST_CASE("elbo without a divergence says what works, and nothing that does not") {
  const std::string no_prior = refused_vae("elbo", "prior: none"),
                    no_density = refused_vae("elbo", "posterior: deterministic");
  CHECK_THAT(no_prior,
             Contains("'prior: none'") && Contains("reconstruction and rae") && !Contains("sampled"));
  CHECK_THAT(no_density, Contains("'posterior: normal'") && Contains("latent_mmd") && !Contains("sampled"));
}

TEST_CASE("conditional_batch_norm in a discriminator that sees no condition says so") {
  for (const char* how : {"auxiliary", "projection"})
    CHECK_THAT(
        refused_gan("[minimax]", std::string(", condition: label, conditioning: ") + how +
                                     ", discriminator: {layers: [{linear: 4}, conditional_batch_norm]}"),
        Contains("this network sees none") && Contains("'conditioning: concatenate'"));
}

TEST_CASE("consistency of changes that change nothing is refused, with the keys to set") {
  const auto refused = [](const std::string& options, int pixels = 8) {
    return refused_gan(
        "[hinge, {plugin: consistency, " + options + "}]", "",
        "{plugin: glyphs, examples: 20, test_examples: 10, pixels: " + std::to_string(pixels) + "}");
  };
  for (const char* nothing : {"flip: false, translation: 0", "flip: false, translation: 0.05",
                              "kind: bcr, flip: false, translation: 0.01, cutout: 0.05"}) {
    CAPTURE(nothing);
    CHECK_THAT(refused(nothing), Contains("consistency changes nothing in 'image'") &&
                                     Contains("'flip', 'color', 'translation', 'cutout' or 'noise'"));
  }
  for (const char* something :
       {"flip: false, translation: 0.0625", "flip: true, translation: 0",
        "flip: false, translation: 0, noise: 0.1", "flip: false, translation: 0, color: true",
        "flip: false, translation: 0, cutout: 0.1", "kind: zcr, flip: false, translation: 0"}) {
    CAPTURE(something);
    CHECK(refused(something) == "no error");
  }
}
