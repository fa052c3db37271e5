#include <catch2/catch.hpp>
#include <cmath>
#include <numeric>

#include "descent/autograd/ops.hpp"
#include "descent/plugin/play.hpp"
#include "support/experiment_text.hpp"
#include "support/game_gradients.hpp"

using namespace descent;
using namespace descent::testing;
using Catch::Detail::Approx;

// Losses of the codes z: total correlation, discrepancy from the prior, regularized autoencoders.

namespace {

Batch first_examples(train::Training& training, std::int64_t count) {
  Batch batch(training.fields(), count);
  batch.resize(count);
  std::vector<std::int64_t> indices(static_cast<std::size_t>(count));
  std::iota(indices.begin(), indices.end(), 0);
  training.dataset()->fill(Split::train, indices, batch);
  return batch;
}

// Evaluates the first player's objective at step 1, as for training.
double evaluated(train::Training& training, const Batch& batch, std::int64_t evaluation = 0) {
  const train::Game::PassCounters counters{
      .seed = 1, .step = 1, .evaluation = evaluation, .updates = BufferUpdates::none};
  return training.game()
      .evaluate(training.game().players()[0], training.model(), training.registrar(), batch, counters)
      .item();
}

std::unique_ptr<train::Training> training_on_glyphs(const std::string& loss, const std::string& model = "") {
  return training_of(
      "dataset: {plugin: glyphs, pixels: 8, examples: 40, test_examples: 10}\nmodel: {plugin: vae, latent: "
      "3, "
      "encoder: {hidden: [6], activation: tanh}, decoder: {hidden: [6], activation: tanh}" +
      model + "}\noptimizer: adam\ntrainer: {steps: 9, batch_size: 10}\nloss: " + loss + "\n");
}

// z (2, spread) of the linear model: see test_two_layers. Its posterior is N(m, s²)·N(z₁/2, 1) for every x.
std::unique_ptr<train::Training> two_layers(const std::string& loss, const std::string& posterior,
                                            std::int64_t copies) {
  return training_of("dataset: {plugin: test_rows, rows: [[1.2, 0.4, -0.9]], copies: " +
                     std::to_string(copies) + "}\nmodel: {plugin: test_two_layers, " + posterior +
                     "}\noptimizer: {factor_discriminator: {plugin: adam, learning_rate: 5.0e-3}, \"*\": "
                     "frozen}\ntrainer: {steps: 1000, batch_size: " +
                     std::to_string(std::min<std::int64_t>(copies, 256)) + "}\nloss: " + loss + "\n");
}

}  // namespace

TEST_CASE("the parts of beta_tcvae's divergence add up to the sampled divergence") {
  for (const char* estimator : {"weighted", "stratified"}) {
    const auto parts =
        training_on_glyphs("{plugin: beta_tcvae, beta: 1, estimator: " + std::string(estimator) + "}");
    const auto whole = training_on_glyphs("{plugin: elbo, kl: sampled}");
    const Batch batch = first_examples(*parts, 10);
    CHECK(evaluated(*parts, batch) == Approx(evaluated(*whole, batch)).epsilon(is_double ? 1e-10 : 1e-5));
  }
}

// Chen et al. 2018, equation 5, and its appendix C.2, written as loops over pairs.
TEST_CASE("beta_tcvae estimates q(z) from the batch as in the paper") {
  const std::int64_t m = 5, d = 3, n = 40;
  for (const bool stratified : {false, true}) {
    const auto training = training_on_glyphs(std::string("{plugin: beta_tcvae, estimator: ") +
                                             (stratified ? "stratified}" : "weighted}"));
    const Batch batch = first_examples(*training, m);
    evaluated(*training, batch);

    // The same draw again.
    auto& model = dynamic_cast<LatentVariableModel&>(training->model());
    Pass pass(Mode::training, 1, 1, 0, BufferUpdates::none);
    const auto posterior = model.encode(batch.values(model.fields()), {}, pass);
    const auto z = posterior->sample(pass, "latent").value().to_doubles();
    const auto& normal = dynamic_cast<const Normal&>(*posterior);
    const auto mean = normal.mean().value().to_doubles(),
               log_variance = normal.log_variance().value().to_doubles();
    const auto log_q = [&](std::int64_t i, std::int64_t j,
                           std::int64_t k) {  // of z_i under x_j, in dimension k
      const auto at = static_cast<std::size_t>(j * d + k);
      return -(std::pow(z[static_cast<std::size_t>(i * d + k)] - mean[at], 2) / std::exp(log_variance[at]) +
               log_variance[at] + std::log(2 * M_PI)) /
             2;
    };
    const auto weight = [&](std::int64_t i, std::int64_t j) {
      const double others = m - 1;
      if (!stratified) return 1.0 / (n * m);
      if (i == j) return 1.0 / n;
      return j == (i + 1) % m ? (n - others) / (n * others) : 1 / others;
    };
    double information = 0, correlation = 0, single = 0;
    for (std::int64_t i = 0; i < m; ++i) {
      double own = 0, joint = 0, product = 0, prior = 0;
      for (std::int64_t k = 0; k < d; ++k) {
        double sum = 0;
        for (std::int64_t j = 0; j < m; ++j) sum += weight(i, j) * std::exp(log_q(i, j, k));
        product += std::log(sum);
        own += log_q(i, i, k);
        prior -= (std::pow(z[static_cast<std::size_t>(i * d + k)], 2) + std::log(2 * M_PI)) / 2;
      }
      for (std::int64_t j = 0; j < m; ++j) {
        double all = 0;
        for (std::int64_t k = 0; k < d; ++k) all += log_q(i, j, k);
        joint += weight(i, j) * std::exp(all);
      }
      information += (own - std::log(joint)) / m;
      correlation += (std::log(joint) - product) / m;
      single += (product - prior) / m;
    }
    const double digits = is_double ? 1e-9 : 1e-4;
    CHECK(term(*training, "model", "beta_tcvae", "mutual_information") ==
          Approx(information).epsilon(digits));
    CHECK(term(*training, "model", "beta_tcvae", "total_correlation") ==
          Approx(correlation).epsilon(digits).margin(is_double ? 0 : 1e-5));
    CHECK(term(*training, "model", "beta_tcvae", "dimension_kl") == Approx(single).epsilon(digits));
  }
}

TEST_CASE("gradients of losses of codes are right, in the presence of each other") {
  for (const char* loss : {"beta_tcvae", "{plugin: beta_tcvae, estimator: stratified}",
                           "[reconstruction, {plugin: latent_mmd, weight: 10}]",
                           "[elbo, {plugin: latent_mmd, kernel: rbf}]", "{plugin: rae, code: 0.5}"}) {
    CAPTURE(loss);
    const auto training = training_on_glyphs(loss);
    CHECK(game_gradient_mismatch(*training, first_examples(*training, 6), {.second_order = false}) == "");
  }
  // Of what each player moves: the discriminator sees detached codes.
  const auto factor = training_on_glyphs("[elbo, factor_vae]");
  const Batch batch = first_examples(*factor, 6);
  for (std::size_t p = 0; p < 2; ++p) {
    const train::Game::PassCounters counters{.seed = 1, .step = 1, .updates = BufferUpdates::none};
    const auto objective = [&] {
      return factor->game().evaluate(factor->game().players()[p], factor->model(), factor->registrar(), batch,
                                     counters);
    };
    CHECK(gradient_mismatch(objective, factor->arenas()[p]->variables(), {.second_order = false}) == "");
  }
  // The gradient penalty is differentiated twice.
  const auto rae = training_on_glyphs("{plugin: rae, code: 0.5, gradient_penalty: 0.3}",
                                      ", posterior: deterministic, prior: none");
  CHECK(game_gradient_mismatch(*rae, first_examples(*rae, 6), {.second_order = false}) == "");
}

// z₁ ~ N(m, 9), z₂ ~ N(z₁/2, 1): the correlation is ρ² = 20.25/29.25, and the total correlation −½·log(1 − ρ²).
TEST_CASE("factor_vae's discriminator learns the total correlation, and its player owns it alone") {
  const auto training = two_layers(
      "[{plugin: elbo, kl: sampled}, {plugin: factor_vae, discriminator: {hidden: [32], activation: "
      "softplus}}]",
      "stddev: 3", 2560);
  const auto& players = training->game().players();
  REQUIRE(players.size() == 2);
  CHECK(players[0].groups == std::vector<std::string>{"encoder"});
  CHECK(players[1].name == "factor_discriminator");
  CHECK(players[1].groups == std::vector<std::string>{"factor_discriminator"});
  play(*training, 1000);
  const Batch batch = first_examples(*training, 2560);
  double estimate = 0;
  for (int i = 0; i < 4; ++i) {
    evaluated(*training, batch);
    estimate += term(*training, "model", "factor_vae", "total_correlation") / 4;
  }
  CHECK(estimate == Approx(-std::log(1 - 20.25 / 29.25) / 2).margin(.12));
  // A discriminator that knows nothing costs log 2; this one knows something.
  CHECK(term(*training, "factor_discriminator", "factor_vae", "joint") < std::log(2.0));
}

// Of z, z′ ~ N(0, σ²·I) and N(0, τ²·I) in two dimensions ‖z − z′‖² is exponential with the mean 2·(σ² + τ²).
TEST_CASE("latent_mmd is the discrepancy in expectation, and none where q(z) is the prior") {
  const double c = 2 * 2;  // of two dimensions
  const auto imq = [&](double mean) {
    double total = 0;
    for (const double s : {.1, .2, .5, 1., 2., 5., 10.})
      for (int i = 0; i < 20000; ++i) {  // midpoints of equally likely intervals
        const double distance = -mean * std::log((i + .5) / 20000);
        total += s * c / (s * c + distance) / 20000;
      }
    return total;
  };
  const auto rbf = [&](double mean) { return 1 / (1 + mean / c); };
  const std::int64_t count = 300;
  const auto mmd = [&](const std::string& options, double variance) {
    const std::string row = "[0.0, 0.0]", log_stddev = std::to_string(std::log(variance) / 2);
    const auto training = training_of(
        "dataset: {plugin: test_rows, rows: [[1.2, 0.4, -0.9]], copies: " + std::to_string(count) +
            "}\nmodel: test_round_codes\noptimizer: adam\ntrainer: {steps: 9, batch_size: 16}\nloss: "
            "{plugin: "
            "latent_mmd" +
            options + "}\n",
        {"model.log_stddev=" + log_stddev});
    const Batch batch = first_examples(*training, count);
    double mean = 0;
    for (std::int64_t i = 0; i < 100; ++i) mean += evaluated(*training, batch, i) / 100;
    return mean;
  };
  for (const double variance : {1.0, 0.25, 4.0}) {
    CAPTURE(variance);
    const auto expected = [&](const auto& k) { return k(4 * variance) + k(4.0) - 2 * k(2 * (variance + 1)); };
    CHECK(mmd("", variance) == Approx(expected(imq)).margin(variance == 1 ? .01 : .05));
    CHECK(mmd(", kernel: rbf", variance) == Approx(expected(rbf)).margin(.01));
  }
}

// The Jacobian of a linear decoder is its weight.
TEST_CASE("rae's penalty is the squared norm of the decoder's Jacobian, its codes are the encoder's result") {
  const auto training = training_of(
      "dataset: {plugin: test_rows, rows: [[1.2, 0.4, -0.9]], copies: 20000}\nmodel: {plugin: vae, field: x, "
      "latent: 2, posterior: deterministic, prior: none, likelihood: squared_error, encoder: {hidden: []}, "
      "decoder: {hidden: []}}\noptimizer: adam\ntrainer: {steps: 9, batch_size: 16}\n"
      "loss: {plugin: rae, code: 0.5, gradient_penalty: 2}\n");
  const Batch batch = first_examples(*training, 20000);
  const double total = evaluated(*training, batch);
  double squares = 0;
  for (const double number : parameter(*training, "decoder.0.weight")) squares += number * number;
  const double penalty = term(*training, "model", "rae", "gradient_penalty");
  CHECK(penalty == Approx(squares).epsilon(.03));
  const auto weight = parameter(*training, "encoder.0.weight"), bias = parameter(*training, "encoder.0.bias");
  double code = 0;
  for (std::size_t j = 0; j < 2; ++j)
    code += std::pow(1.2 * weight[j] + .4 * weight[2 + j] - .9 * weight[4 + j] + bias[j], 2) / 2;
  CHECK(term(*training, "model", "rae", "code") == Approx(code).epsilon(1e-4));
  CHECK(total ==
        Approx(term(*training, "model", "rae", "reconstruction") + .5 * code + 2 * penalty).epsilon(1e-4));
}

TEST_CASE("losses of codes share the play, and may be swapped") {
  const auto after = [](const std::string& loss) {
    const auto training = training_on_glyphs(loss);
    play(*training, 4);
    return whole_state(*training);
  };
  CHECK(after("[elbo, factor_vae, latent_mmd]") == after("[latent_mmd, factor_vae, elbo]"));
  // An item that weighs nothing changes no bit: what it draws is its own.
  CHECK(after("[elbo, {plugin: latent_mmd, weight: 0}]") == after("elbo"));
  CHECK(after("[elbo, {plugin: iwae, weight: 0}]") == after("elbo"));
}
