#include <catch2/catch.hpp>
#include <cmath>
#include <numeric>

#include "descent/autograd/ops.hpp"
#include "descent/plugin/play.hpp"
#include "support/experiment_text.hpp"
#include "support/game_gradients.hpp"

using namespace descent;
using namespace descent::testing;
using Catch::Contains;
using Catch::Detail::Approx;

// Priors as a part of the model, and two stochastic layers.

namespace {

constexpr const char* small_glyphs =
    "dataset: {plugin: glyphs, pixels: 8, examples: 40, test_examples: 10}\n";

std::unique_ptr<train::Training> vae(const std::string& options, const std::string& loss,
                                     const std::vector<std::string>& overrides = {}) {
  return training_of(
      small_glyphs +
          ("model: {plugin: vae, latent: 3, encoder: {hidden: [6], activation: tanh}, "
           "decoder: {hidden: [6], activation: tanh}" +
           options + "}\noptimizer: adam\ntrainer: {steps: 9, batch_size: 10}\nloss: " + loss + "\n"),
      overrides);
}

LatentVariableModel& latent(train::Training& training) {
  return dynamic_cast<LatentVariableModel&>(training.model());
}

Pass evaluation() {
  return {Mode::evaluation, 1, 1, 0, BufferUpdates::none};
}

Batch examples_of(train::Training& training, std::int64_t count) {
  Batch batch(training.fields(), count);
  batch.resize(count);
  std::vector<std::int64_t> indices(static_cast<std::size_t>(count));
  std::iota(indices.begin(), indices.end(), 0);
  training.dataset()->fill(Split::train, indices, batch);
  return batch;
}

std::string refusal(const std::string& model, const std::string& loss = "{plugin: elbo, kl: sampled}") {
  return error_of([&] { vae(", " + model, loss); });
}

}  // namespace

// Tomczak and Welling, VAE with a VampPrior, 2018, equation 9.
TEST_CASE("a vamp prior is the mean of the posteriors of its pseudo-inputs") {
  const auto training = vae(", prior: {vamp: {components: 4}}", "iwae");
  CHECK(training->game().players()[0].groups == std::vector<std::string>{"encoder", "decoder", "prior"});
  play(*training, 2);
  LatentVariableModel& model = latent(*training);
  Pass pass = evaluation();
  const Tensor z = Tensor::of({2, 3}, {.1, -.4, .8, -1, .2, .5});
  const auto found = model.prior(2, {}, pass)->log_prob(z, pass).value().to_doubles();
  const auto inputs = parameter(*training, "prior.pseudo_inputs");
  REQUIRE(inputs.size() == 4 * 64);
  std::vector<double> expected(2, 0);
  Tensor u = Tensor::of({4, 8, 8, 1}, inputs);
  for (Scalar& number : u.values()) number = std::clamp<Scalar>(number, 0, 1);
  const auto posterior = model.encode(Variable(u), {}, pass);
  for (std::int64_t row = 0; row < 2; ++row) {
    const Variable repeated = repeat_rows(z.row_range(row, row + 1), 4);
    for (const double log_density : posterior->log_prob(repeated, pass).value().to_doubles())
      expected[static_cast<std::size_t>(row)] += std::exp(log_density) / 4;
  }
  for (std::size_t row = 0; row < 2; ++row)
    CHECK(found[row] == Approx(std::log(expected[row])).epsilon(1e-4));
  CHECK(model.draw_latent(5, {}, pass).shape() == Shape{5, 3});
}

TEST_CASE("pseudo-inputs start at random or at data, inside the field's range") {
  const auto inputs = [](const std::string& prior) {
    const auto training = vae(", prior: " + prior, "iwae");
    return std::pair(parameter(*training, "prior.pseudo_inputs"), examples_of(*training, 40));
  };
  const auto [random, images] = inputs("{vamp: {components: 30}}");
  const double mean = std::accumulate(random.begin(), random.end(), 0.0) / static_cast<double>(random.size());
  CHECK(mean == Approx(.05).margin(.001));  // the paper's code: N(0.05, 0.01²)
  // Each lies near an example: noise of 0.01.
  const auto [started, same_images] = inputs("{vamp: {components: 30, start: data}}");
  const auto pixels = images["image"].value().to_doubles();
  for (std::size_t c = 0; c < 30; ++c) {
    double nearest = 1e9;
    for (std::size_t row = 0; row < 40; ++row) {
      double distance = 0;
      for (std::size_t i = 0; i < 64; ++i)
        distance += std::pow(pixels[row * 64 + i] - started[c * 64 + i], 2);
      nearest = std::min(nearest, distance / 64);
    }
    CHECK(nearest < 4e-4);
  }
  for (const double number : started) {
    CHECK(number >= 0);
    CHECK(number <= 1);
  }
  // Ten examples in a batch, over and over, each time with other noise.
  CHECK(std::vector<double>(started.begin(), started.begin() + 64) !=
        std::vector<double>(started.begin() + 640, started.begin() + 704));
}

TEST_CASE("pseudo-inputs leave batch statistics alone") {
  const auto statistics = [](const std::string& prior) {
    const auto training = training_of(
        small_glyphs +
        ("model: {plugin: vae, latent: 3, encoder: {hidden: [6], batch_norm: true}, decoder: {hidden: [6]}, "
         "prior: " +
         prior +
         "}\noptimizer: {plugin: sgd, learning_rate: 1.0e-9}\ntrainer: {steps: 9, batch_size: 10}\n"
         "loss: {plugin: elbo, kl: sampled}\n"));
    play(*training, 1);  // later ones see other weights
    return buffer(*training, "encoder.1.running_mean");
  };
  CHECK(statistics("{vamp: {components: 4}}") == statistics("standard"));
}

TEST_CASE("a mixture prior starts as its parameters say and learns") {
  const auto training = vae(", prior: {mixture: {components: 4}}", "{plugin: elbo, kl: sampled}");
  const auto before = parameter(*training, "prior.means");
  CHECK(before.size() == 12);
  play(*training, 3);
  CHECK(parameter(*training, "prior.means") != before);
  for (const char* name : {"prior.logits", "prior.log_variances"})
    for (const double number : parameter(*training, name)) CHECK(number != 0);
  // One component that stays N(0, 1) is the standard prior.
  const auto value = [&](const std::string& prior) {
    const auto own = vae(", prior: " + prior, "{plugin: elbo, kl: sampled}");
    for (const auto& parameter : own->registrar().parameters())
      if (parameter->name == "prior.means") parameter->value.fill(0);
    return objective(*own, "model", examples_of(*own, 10));
  };
  CHECK(value("{mixture: {components: 1}}") == Approx(value("standard")).epsilon(1e-5));
}

TEST_CASE("gradients of every prior and posterior are right") {
  for (const char* prior : {"mixture", "{vamp: {components: 4}}", "conditional, condition: label"})
    for (const char* loss : {"{plugin: elbo, kl: sampled}", "{plugin: iwae, samples: 3}"}) {
      CAPTURE(prior, loss);
      const auto training = vae(", prior: " + std::string(prior), loss);
      CHECK(game_gradient_mismatch(*training, examples_of(*training, 5), {.second_order = false}) == "");
    }
}

TEST_CASE("a conditional prior is a normal distribution of the label, with its divergence in closed form") {
  const auto training = vae(", prior: conditional, condition: label", "elbo");
  play(*training, 3);
  LatentVariableModel& model = latent(*training);
  Pass pass = evaluation();
  const Variable labels = Tensor::of({3}, {0, 7, 0});
  const auto prior = model.prior(3, labels, pass);
  const auto means = prior->mean(pass).value().to_doubles();
  const auto weight = parameter(*training, "prior.0.weight"), bias = parameter(*training, "prior.0.bias");
  for (std::size_t d = 0; d < 3; ++d) {
    CHECK(means[d] == Approx(weight[d] + bias[d]).margin(1e-6));  // (10, 6): means and log variances
    CHECK(means[3 + d] == Approx(weight[7 * 6 + d] + bias[d]).margin(1e-6));
    CHECK(means[6 + d] == means[d]);
  }
  CHECK(model.draw_latent(3, labels, pass).shape() == Shape{3, 3});
  // Where the samples come from the prior of their own label, many of them have its mean.
  const auto z = model.draw_latent(4000, Values(Tensor::full({4000}, 7)), pass).value().to_doubles();
  double mean = 0;
  for (std::size_t i = 0; i < z.size(); i += 3) mean += z[i] / 4000;
  CHECK(mean == Approx(means[3]).margin(.1));
}

TEST_CASE("priors that cannot be, and options that no prior has") {
  CHECK_THAT(refusal("prior: conditional"), Contains("'prior: conditional' needs a condition"));
  CHECK_THAT(refusal("prior: vamp, condition: label"), Contains("no pseudo-inputs for a condition"));
  CHECK_THAT(refusal("prior: normal"), Contains("test.yaml:2:") && Contains("a prior is standard"));
  CHECK_THAT(refusal("prior: {mixture: {components: 0}}"), Contains("a whole number from 1 to 1000000"));
  CHECK_THAT(refusal("prior: {mixture: {component: 3}}"), Contains("has no option 'component'"));
  CHECK_THAT(refusal("prior: {mixture: {start: data}}"), Contains("has no option 'start'"));
  CHECK_THAT(refusal("prior: {vamp: {start: zero}}"), Contains("random or data"));
  CHECK_THAT(refusal("prior: {vamp: 500}"), Contains("a map such as {components: 10}"));
  CHECK_THAT(error_of([] {
               const auto training = vae(", prior: vamp, posterior: deterministic", "reconstruction");
               Diagnostics diagnostics;
               training->rehearse(diagnostics);
               diagnostics.throw_if_any();
             }),
             Contains("mixture of normal posteriors"));
}

TEST_CASE("a model without a prior draws nothing before it has a sampler") {
  const auto training = vae(", prior: none, posterior: deterministic", "rae");
  Generative& model = latent(*training);
  CHECK_FALSE(model.can_draw());
  Pass pass = evaluation();
  CHECK_THAT(error_of([&] { model.draw_latent(3, {}, pass); }), Contains("descent fit-sampler RUN"));
  model.set_sampler(make_distribution<Normal>(Tensor::of({1, 3}, {5, 6, 7}), 1e-6));
  CHECK(model.can_draw());
  const auto z = model.draw_latent(2, {}, pass).value().to_doubles();
  REQUIRE(z.size() == 6);
  CHECK(z[4] == Approx(6).margin(1e-4));
  CHECK_THAT(error_of([] {
               const auto logged =
                   vae(", prior: none, posterior: deterministic", "rae", {"log={samples: {every: 3}}"});
               Diagnostics diagnostics;
               logged->rehearse(diagnostics);
               diagnostics.throw_if_any();
             }),
             Contains("'log.samples'") && Contains("descent fit-sampler"));
}

TEST_CASE("two stochastic layers train with the sampled and the weighted bound, and every gradient") {
  for (const char* loss : {"{plugin: elbo, kl: sampled}", "{plugin: iwae, samples: 4}",
                           "{plugin: iwae, samples: 4, gradients: dreg}", "{plugin: iwae, gradients: stl}"}) {
    CAPTURE(loss);
    const auto training = training_of(
        small_glyphs +
        ("model: {plugin: hierarchical_vae, latent: 4, upper_latent: 2, encoder: {hidden: [6], activation: "
         "tanh}, upper_encoder: {hidden: [5], activation: tanh}, upper_decoder: {hidden: [5], activation: "
         "tanh}, decoder: {hidden: [6], activation: tanh}}\noptimizer: {plugin: adam, learning_rate: "
         "1.0e-2}\ntrainer: {steps: 60, batch_size: 10}\nmetrics: [objective]\nloss: " +
         std::string(loss) + "\n"));
    CHECK(training->game().players()[0].groups ==
          std::vector<std::string>{"encoder", "upper_encoder", "decoder", "upper_decoder"});
    const double before = measured(*training, "objective")[0];
    if (std::string(loss).find("gradients") == std::string::npos)
      CHECK(game_gradient_mismatch(*training, examples_of(*training, 5), {.second_order = false}) == "");
    play(*training, 60);
    CHECK(measured(*training, "objective")[0] < before - 3);
    CHECK(training->generate(3).at(0).shape() == Shape{3, 8, 8, 1});
  }
}
