#include <catch2/catch.hpp>
#include <cmath>

#include "descent/run/run.hpp"
#include "support/experiment_text.hpp"

using namespace descent;
using namespace descent::testing;
using Catch::Contains;
using Catch::Detail::Approx;

namespace {

std::string list_of(const std::vector<std::string>& items) {
  std::string text;
  for (const std::string& item : items) text += (text.empty() ? "[" : ", ") + item;
  return text + "]";
}

// Everything after some steps, and what a metric measures then, of a training with these losses in this order.
std::vector<double> after_steps(const std::string& setting, const std::vector<std::string>& losses) {
  const auto training =
      training_of(setting + "\noptimizer: {plugin: adam, learning_rate: 0.01}\nloss: " + list_of(losses) +
                  "\nmetrics: [objective]\n");
  play(*training, 5);
  std::vector<double> all = whole_state(*training);
  const std::vector<double> metric = measured(*training, "objective");
  all.insert(all.end(), metric.begin(), metric.end());
  return all;
}

void check_swaps(const std::string& setting, std::vector<std::string> losses) {
  std::sort(losses.begin(), losses.end());
  const std::vector<double> expected = after_steps(setting, losses);
  while (std::next_permutation(losses.begin(), losses.end())) {
    CAPTURE(list_of(losses));
    CHECK(after_steps(setting, losses) == expected);
  }
}

const std::string gan =
    "dataset: gaussian_ring\ntrainer: {batch_size: 8, steps: 9}\n"
    "model: {plugin: gan, generator: {hidden: [4], batch_norm: true}, discriminator: {hidden: [4], dropout: "
    "0.3, "
    "batch_norm: true}}";
const std::string vae =
    "dataset: {plugin: glyphs, pixels: 8, examples: 40, test_examples: 10}\ntrainer: {batch_size: 8, steps: "
    "9}\n"
    "model: {plugin: vae, latent: 3, encoder: {hidden: [6], dropout: 0.2}, decoder: {hidden: [6], "
    "batch_norm: true}}";

}  // namespace

TEST_CASE("swapping loss items changes no bit") {
  check_swaps(gan, {"non_saturating", "{plugin: minimax, weight: 0.5}", "{plugin: l2, weight: 0.1}"});
  check_swaps(gan, {"non_saturating", "{plugin: minimax, weight: 0}", "{plugin: l1, weight: 0.1, every: 2}"});
  check_swaps(gan, {"non_saturating", "{plugin: consensus, weight: 0.1}", "{plugin: l2, weight: 0.1}"});
  check_swaps(
      vae, {"elbo", "{plugin: elbo, name: second, kl: sampled, weight: 0.3}", "{plugin: l2, weight: 0.1}"});
  check_swaps(
      "dataset: {plugin: glyphs, pixels: 8, examples: 40, test_examples: 10}\ntrainer: {batch_size: 8, "
      "steps: 9}\n"
      "model: {plugin: mlp, network: {hidden: [6], batch_norm: true}}",
      {"cross_entropy", "{plugin: l1, weight: 0.1}", "{plugin: l2, weight: 0.1}"});
}

TEST_CASE("swapping an adversarial loss and a penalty changes no bit, whichever they are") {
  for (const char* loss : {"non_saturating", "{plugin: minimax, top_k: 0.6}", "least_squares", "hinge",
                           "wasserstein", "relativistic", "{plugin: relativistic, against: paired}"})
    for (const char* penalty :
         {"gradient_penalty", "{plugin: gradient_penalty, kind: one_sided}",
          "{plugin: gradient_penalty, kind: zero_centered}", "{plugin: gradient_penalty, kind: dragan}", "r1",
          "{plugin: r2, weight: 0.1, every: 2}", "lecam", "{plugin: consistency, kind: bcr, noise: 0.1}",
          "{plugin: consistency, kind: zcr}", "feature_matching"})
      check_swaps(gan, {loss, penalty});
  check_swaps(gan, {"wasserstein", "gradient_penalty", "r1", "lecam"});
  check_swaps(gan, {"hinge", "{plugin: unrolled, steps: 2}", "{plugin: l2, weight: 0.1}"});
}

TEST_CASE("a second item costs no second pass through the networks") {
  const auto forwards = [](const std::string& losses) {
    const auto training = training_of("dataset: gaussian_ring\nmodel: test_counting_gan\nloss: " + losses +
                                      "\noptimizer: {plugin: sgd, learning_rate: 0.01}\n"
                                      "trainer: {batch_size: 8, steps: 9}\n");
    play(*training, 1);
    return buffer(*training, "discriminator.forwards")[0];
  };
  CHECK(forwards("non_saturating") == 3);
  CHECK(forwards("[non_saturating, {plugin: minimax, weight: 0.5}]") == 3);
  CHECK(forwards("[{plugin: minimax, weight: 0.5}, non_saturating, {plugin: consensus, weight: 0.1}]") == 3);
  // R1, R2, LeCam and feature matching look at the passes that are there; points between are no training data.
  for (const char* other :
       {"r1", "r2", "lecam", "gradient_penalty", "{plugin: gradient_penalty, kind: dragan}"})
    CHECK(forwards("[hinge, " + std::string(other) + "]") == 3);
  // A generator that sees data has the discriminator look at them in its turn, too, once for all that ask.
  CHECK(forwards("relativistic") == 4);
}

TEST_CASE("a penalty costs no second pass through the generator") {
  const auto samples = [](const std::string& losses) {
    const auto training = training_of("dataset: gaussian_ring\nmodel: test_counting_gan\nloss: " + losses +
                                      "\noptimizer: {plugin: sgd, learning_rate: 0.01}\n"
                                      "trainer: {batch_size: 8, steps: 9}\n");
    play(*training, 2);
    return buffer(*training, "generator.forwards")[0];
  };
  // Two steps with a turn each.
  CHECK(samples("wasserstein") == 4);
  for (const char* other :
       {"r1", "r2", "lecam", "gradient_penalty", "{plugin: gradient_penalty, kind: one_sided}",
        "{plugin: gradient_penalty, kind: zero_centered}", "{plugin: gradient_penalty, kind: dragan}",
        "{plugin: consistency, noise: 0.1}", "{plugin: consistency, kind: bcr, noise: 0.1}"})
    CHECK(samples("[wasserstein, " + std::string(other) + "]") == 4);
  CHECK(samples("[wasserstein, gradient_penalty, r1, r2, lecam]") == 4);
  CHECK(samples("[wasserstein, {plugin: consistency, kind: zcr}]") ==
        7);  // near samples: three evaluations before
}

TEST_CASE("an item may own a group and name a player that another one defines, in either order") {
  const std::string setting =
      "dataset: gaussian_ring\ntrainer: {batch_size: 8, steps: 9}\nmodel: {plugin: vae, field: point, "
      "latent: 2, "
      "likelihood: gaussian, encoder: {hidden: [4]}, decoder: {hidden: [4]}}";
  const std::string penalty = "{plugin: test_total_correlation, weight: 0.5}";
  check_swaps(setting, {"elbo", penalty});
  for (const std::string& losses : {"[elbo, " + penalty + "]", "[" + penalty + ", elbo]"}) {
    const auto training = training_of(setting + "\noptimizer: adam\nloss: " + losses + "\n");
    const auto& players = training->game().players();
    REQUIRE(players.size() == 2);
    CHECK(players[0].name == "model");
    CHECK(players[0].groups == std::vector<std::string>{"encoder", "decoder"});
    CHECK(players[1].name == "critic");
    CHECK(players[1].groups == std::vector<std::string>{"critic"});
    play(*training, 2);
    CHECK(term(*training, "model", "test_total_correlation", "total_correlation") != 0);
  }
}

TEST_CASE("a penalty looks at the pass that the other losses have made") {
  const auto training = training_of(
      "dataset: test_mixture\nmodel: test_pair\nloss: [non_saturating, test_gradient_penalty]\n"
      "trainer: {steps: 9, batch_size: 8}\noptimizer: {plugin: sgd, learning_rate: 1.0e-12}\n");
  play(*training, 1);
  // D(x) = x·direction + offset, whose gradient is the direction everywhere.
  double squares = 0;
  for (const double number : parameter(*training, "discriminator.direction")) squares += number * number;
  CHECK(term(*training, "discriminator", "test_gradient_penalty", "penalty") == Approx(squares / 2));
  const auto watched = training_of(
      "dataset: test_mixture\nmodel: test_pair\nloss: [non_saturating, test_gradient_penalty]\n"
      "trainer: {steps: 9, batch_size: 8}\noptimizer: {plugin: sgd, learning_rate: 1.0e-12}\n"
      "metrics: [{plugin: objective, player: discriminator, loss: test_gradient_penalty, examples: 8}]\n");
  // In a metric too.
  squares = 0;
  for (const double number : parameter(*watched, "discriminator.direction")) squares += number * number;
  CHECK(measured(*watched, "objective")[0] == Approx(squares / 2));
  const auto counted = training_of(
      "dataset: gaussian_ring\nmodel: test_counting_gan\nloss: [non_saturating, test_gradient_penalty]\n"
      "trainer: {steps: 9, batch_size: 8}\noptimizer: {plugin: sgd, learning_rate: 0.01}\n");
  play(*counted, 1);
  CHECK(buffer(*counted, "discriminator.forwards")[0] == 3);
}

TEST_CASE("losses with groups of their own may be swapped, too") {
  check_swaps(
      "dataset: gaussian_ring\ntrainer: {batch_size: 8, steps: 9}\nmodel: {plugin: vae, field: point, "
      "latent: 2, "
      "likelihood: gaussian, encoder: {hidden: [4]}, decoder: {hidden: [4]}}",
      {"elbo", "{plugin: test_total_correlation, name: second, group: c2}",
       "{plugin: test_total_correlation, name: first, group: c1}"});
}

TEST_CASE("default turns follow the order in which the model registers its groups") {
  const auto training = training_of(gan + "\noptimizer: adam\nloss: non_saturating\n");
  CHECK(training->game().players()[0].name == "discriminator");
  CHECK(training->game().players()[1].name == "generator");
  const auto point = training_of(
      "model: {plugin: point, start: {discriminator: [1], generator: [1]}}\nloss: bilinear\noptimizer: adam\n"
      "trainer: {steps: 1}\n");
  CHECK(point->game().players()[0].name == "discriminator");
}

TEST_CASE("a model that is a VAE and a GAN at once trains as either and generates") {
  const auto with = [](const std::string& losses) {
    return "dataset: gaussian_ring\nmodel: test_vae_gan\ntrainer: {batch_size: 8, steps: 9}\noptimizer: "
           "adam\n"
           "metrics: [{plugin: mode_coverage, samples: 50}]\nloss: " +
           losses + "\n";
  };
  const auto vae_alone = training_of(with("elbo"));
  play(*vae_alone, 2);
  CHECK(vae_alone->generate(5).at(0).shape() == Shape{5, 2});
  CHECK_THAT(error_of([&] { training_of(with("non_saturating")); }),
             Contains("no player owns the parameter group 'encoder'"));
  const auto both = training_of(with("[elbo, {plugin: non_saturating, weight: 0.1}]"));
  CHECK(both->game().players().size() == 3);
  play(*both, 2);
  CHECK(measured(*both, "mode_coverage").size() == 3);
}

// The linear Gaussian model of the reference values: computed in float64, the integral by quadrature.
TEST_CASE("a posterior that can only draw: exact bounds of the linear Gaussian model") {
  const double log_evidence = -3.09890056;
  const auto bound = [](const std::string& posterior, const std::string& loss, std::int64_t copies) {
    const auto training = training_of(
        "dataset: {plugin: test_rows, rows: [[1.2, 0.4, -0.9]], copies: " + std::to_string(copies) +
        "}\nmodel: {plugin: test_two_layers" + posterior +
        "}\noptimizer: {plugin: sgd, learning_rate: 1.0e-6}\n"
        "trainer: {batch_size: 1, steps: 9}\nmetrics: [{plugin: objective, batch_size: 1000}]\nloss: " +
        loss + "\n");
    return -measured(*training, "objective")[0];
  };
  const double error = sizeof(Scalar) == 8 ? 1e-7 : 1e-4;

  // With the exact posterior every bound is log p(x), whatever is drawn.
  const std::string exact = ", mean: 1.1428571428571428, stddev: 0.37796447300922722";
  for (const char* loss : {"{plugin: elbo, kl: sampled}", "{plugin: test_iwae, samples: 1}", "test_iwae",
                           "{plugin: test_iwae, samples: 50}"})
    CHECK(bound(exact, loss, 3) == Approx(log_evidence).epsilon(error));

  // Another one: the expectation, within four standard errors of the mean.
  const std::int64_t copies = 20000;
  CHECK(bound("", "{plugin: elbo, kl: sampled}", copies) == Approx(-4.22552124).margin(0.07));
  CHECK(bound("", "{plugin: test_iwae, samples: 1}", copies) == Approx(-4.22552124).margin(0.07));
  CHECK(bound("", "test_iwae", copies) == Approx(-3.28121853).margin(0.02));
  CHECK(bound("", "{plugin: test_iwae, samples: 50}", copies) == Approx(-3.11445815).margin(0.005));

  CHECK_THAT(
      error_of([&] {
        run::check_experiment(
            experiment_of("dataset: {plugin: test_rows, rows: [[1.2, 0.4, -0.9]]}\nmodel: "
                          "test_two_layers\noptimizer: adam\n"
                          "trainer: {batch_size: 1, steps: 1}\nloss: elbo\n"));
      }),
      Contains("test.yaml:5:7: loss 'elbo': no closed form is known for the divergence of the posterior "
               "'two_layers' from the prior 'two_layers'; use 'kl: sampled'"));
}

TEST_CASE("metrics are measured at the value that 'at' names, and training is not") {
  const std::string yaml =
      "dataset: {plugin: glyphs, pixels: 8, examples: 40, test_examples: 10}\ntrainer: {batch_size: 8, "
      "steps: 40}\n"
      "model: {plugin: vae, latent: 3, encoder: {hidden: [6]}, decoder: {hidden: [6]}}\noptimizer: adam\n"
      "loss: {plugin: elbo, beta: {schedule: linear, from: 0, to: 1, steps: 30}}\n"
      "metrics: [{plugin: objective, name: now}, {plugin: objective, name: true_bound, at: {elbo.beta: 1}}, "
      "{plugin: objective, name: reconstruction, at: {elbo.beta: 0}}, {plugin: objective, name: none, at: "
      "{elbo.weight: 0}}]\n";
  const auto training = training_of(yaml), unmeasured = training_of(yaml);
  for (int step = 1; step <= 15; ++step) {
    play(*training, 1);
    play(*unmeasured, 1);
    for (const char* metric : {"now", "true_bound"}) measured(*training, metric);
  }
  CHECK(whole_state(*training) == whole_state(*unmeasured));
  const double beta = training->game().items()[0].schedules.at(0).second->current();
  CHECK(beta > 0.4);
  CHECK(beta < 0.6);
  CHECK(measured(*training, "none")[0] == 0);
  const double now = measured(*training, "now")[0], bound = measured(*training, "true_bound")[0];
  CHECK(bound > now);
  // All draw other noise, so the divergence is only about the same.
  const double reconstruction = measured(*training, "reconstruction")[0];
  CHECK(now - reconstruction == Approx(beta * (bound - reconstruction)).margin(0.3));

  const auto refused = [&](const std::string& at) {
    return error_of([&] {
      training_of(
          "dataset: glyphs\nmodel: vae\noptimizer: adam\ntrainer: {steps: 1}\nloss: elbo\nmetrics: [{plugin: "
          "objective, at: " +
          at + "}]\n");
    });
  };
  CHECK_THAT(refused("{elbo.betta: 1}"),
             Contains("test.yaml:6:") && Contains("'elbo.betta'") && Contains("did you mean 'elbo.beta'?"));
  CHECK_THAT(refused("{elbo.beta: high}"), Contains("expects a finite number"));
  CHECK_THAT(refused("{elbo.beta: .nan}"), Contains("expects a finite number"));
  CHECK_THAT(refused("{elbo.beta: -1}"), Contains("loss 'elbo': 'beta' must be a number of at least 0"));
  CHECK_THAT(refused("1"), Contains("such as {elbo.beta: 1}"));
}
