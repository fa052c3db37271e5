#include <catch2/catch.hpp>
#include <cmath>

#include "descent/autograd/ops.hpp"
#include "support/experiment_text.hpp"
#include "support/game_gradients.hpp"

using namespace descent;
using namespace descent::testing;
using Catch::Contains;

namespace {

using Catch::Detail::Approx;

const double digits = is_double ? 1e-7 : 1e-4;

// sin(a + b·k + 0.05·k²) for the flat index k, in rows: the fill of the reference values.
std::string filled_rows(double a, double b, int rows, int columns, double scale) {
  std::string text = "[";
  for (int i = 0; i < rows; ++i) {
    std::string row;
    for (int j = 0; j < columns; ++j) {
      const double k = i * columns + j;
      char number[40];
      std::snprintf(number, sizeof number, "%.17g", scale * std::sin(a + b * k + 0.05 * k * k));
      row += (j == 0 ? "" : ", ") + std::string(number);
    }
    text += (i == 0 ? "[" : ", [") + row + "]";
  }
  return text + "]";
}

std::unique_ptr<train::Training> fixed_noise(const std::string& loss, const std::string& options = "",
                                             int rows = 1) {
  std::string x = "[1.2, 0.4, -0.9]";
  for (int i = 1; i < rows; ++i) x += ", [1.2, 0.4, -0.9]";
  return training_of("dataset: {plugin: test_rows, rows: [" + x + "]}\nmodel: {plugin: test_fixed_noise" +
                     options +
                     "}\noptimizer: {plugin: sgd, learning_rate: 1.0e-9}\ntrainer: {steps: 9, batch_size: " +
                     std::to_string(rows) + "}\nloss: " + loss + "\n");
}

Batch whole_data(train::Training& training) {
  Batch batch(training.fields(), *training.dataset()->size(Split::train));
  batch.resize(batch.capacity());
  std::vector<std::int64_t> indices(static_cast<std::size_t>(batch.size()));
  for (std::size_t i = 0; i < indices.size(); ++i) indices[i] = static_cast<std::int64_t>(i);
  training.dataset()->fill(Split::train, indices, batch);
  return batch;
}

// The objective and its gradient with respect to all parameters, by name.
struct Evaluated {
  double value;
  std::vector<std::pair<std::string, std::vector<double>>> gradients;
  const std::vector<double>& of(const std::string& name) const {
    for (const auto& [own, gradient] : gradients)
      if (own == name) return gradient;
    throw std::out_of_range(name);
  }
};
Evaluated evaluated(train::Training& training) {
  const train::Game::PassCounters counters{.seed = 1, .step = 1, .updates = BufferUpdates::none};
  const Batch batch = whole_data(training);
  const Variable objective = training.game().evaluate(training.game().players()[0], training.model(),
                                                      training.registrar(), batch, counters);
  Evaluated result{objective.item(), {}};
  const auto& arena = *training.arenas()[0];
  const Variables gradients = grad(objective, arena.variables());
  for (std::size_t i = 0; i < gradients.size(); ++i)
    result.gradients.emplace_back(arena.parameters()[i]->name, gradients[i].value().to_doubles());
  return result;
}

}  // namespace

// Computed in float64 from the definitions: Kingma et al. 2016, equation 15.
TEST_CASE("free bits: the floor of the mean over the batch, and of each example") {
  const std::string posterior =
      ", mean: " + filled_rows(1, .7, 2, 4, 1) + ", log_stddev: " + filled_rows(2, 1.3, 2, 4, .5);
  const auto kl = [&](const std::string& options) {
    const auto training = fixed_noise("{plugin: elbo" + options + "}", posterior, 2);
    evaluated(*training);
    return term(*training, "model", "elbo", "kl");
  };
  CHECK(kl("") == Approx((1.53039433 + 1.96282697) / 2).epsilon(digits));
  CHECK(kl(", free_bits: 0.5") == Approx(2.2422313).epsilon(digits));
  CHECK(kl(", free_bits: 0.5, free_bits_of: example") == Approx(2.30224875).epsilon(digits));
  // Nothing is below a floor of 0, and no gradient comes from what is below another one.
  CHECK(kl(", free_bits: 1.0e-9") == Approx(kl("")).epsilon(1e-5));
  const auto all_below = fixed_noise("{plugin: elbo, beta: 1, free_bits: 100}", posterior, 2);
  const auto reconstruction = fixed_noise("{plugin: elbo, beta: 0}", posterior, 2);
  CHECK_THAT(evaluated(*all_below).of("encoder.mean"),
             is_about(evaluated(*reconstruction).of("encoder.mean")));
}

TEST_CASE("an annealed floor falls to the bound itself, which 'at' measures at any step") {
  const auto training = training_of(
      "dataset: {plugin: glyphs, pixels: 8, examples: 40, test_examples: 10}\nmodel: {plugin: vae, latent: "
      "3, "
      "encoder: {hidden: [6]}, decoder: {hidden: [6]}}\noptimizer: adam\ntrainer: {steps: 9, batch_size: "
      "10}\n"
      "loss: {plugin: elbo, free_bits: {schedule: linear, from: 2, to: 0, steps: 5}}\n"
      "metrics: [{plugin: objective, name: now}, {plugin: objective, name: bound, at: {elbo.free_bits: "
      "0}}]\n");
  play(*training, 1);
  CHECK(measured(*training, "now")[0] > measured(*training, "bound")[0] + 3);
  play(*training, 5);
  CHECK(measured(*training, "now")[0] == Approx(measured(*training, "bound")[0]).margin(0.5));
}

// log w of draw i is log p(x, z_i) − log q(z_i | x): with k fixed draws the mean is known.
TEST_CASE("several samples of a bound are their mean, from one encoding") {
  const auto bound = [&](const std::string& options) {
    return evaluated(*fixed_noise("{plugin: elbo, kl: sampled" + options + "}"));
  };
  CHECK(bound("").value == Approx(2.04976588).epsilon(digits));
  // The mean of log w over the first five draws, by hand.
  const double m = .6, s = .5;
  double mean = 0;
  for (int i = 0; i < 5; ++i) {
    const double e = 1.5 * std::sin(1 + .7 * i + .05 * i * i), z = m + s * e;
    const double x[] = {1.2, .4, -.9}, w[] = {1, .5, -.5}, b[] = {.1, -.2, .3};
    double log_w = -z * z / 2 + e * e / 2 + std::log(s);
    for (int j = 0; j < 3; ++j)
      log_w += -std::pow((x[j] - b[j] - w[j] * z) / .5, 2) / 2 - std::log(.5) - std::log(2 * M_PI) / 2;
    mean += log_w / 5;
  }
  CHECK(bound(", samples: 5").value == Approx(-mean).epsilon(digits));
  const auto training = fixed_noise("{plugin: elbo, samples: 5, free_bits: 0.1}");
  CHECK(game_gradient_mismatch(*training, whole_data(*training)) == "");
}

// Computed in float64 from the definitions, with the draws of test_fixed_noise.
TEST_CASE("the importance weighted bound and its three gradients, for fixed draws") {
  struct Row {
    int k;
    const char* gradients;
    double bound, mean, log_stddev;
  };
  for (const Row& row : {Row{1, "plain", -2.04976588, -.61772267, .610153222},
                         Row{1, "dreg", -2.04976588, 1.90669028, 1.20331841},
                         Row{1, "stl", -2.04976588, 1.90669028, 1.20331841},
                         Row{50, "plain", -2.98754323, .0822395353, .631421279},
                         Row{50, "dreg", -2.98754323, .0861612716, .0507340977},
                         Row{50, "stl", -2.98754323, 2.20667409, .995302162}}) {
    CAPTURE(row.k, row.gradients);
    const auto training = fixed_noise("{plugin: iwae, samples: " + std::to_string(row.k) +
                                      ", gradients: " + row.gradients + "}");
    const Evaluated found = evaluated(*training);
    CHECK(found.value == Approx(-row.bound).epsilon(digits));
    CHECK(found.of("encoder.mean")[0] == Approx(-row.mean).epsilon(digits));
    CHECK(found.of("encoder.log_stddev")[0] == Approx(-row.log_stddev).epsilon(digits));
    if (row.k == 50)
      CHECK(term(*training, "model", "iwae", "effective_samples") == Approx(22.5742255).epsilon(digits));
    // The decoder's gradient is that of the bound.
    const auto plain = fixed_noise("{plugin: iwae, samples: " + std::to_string(row.k) + "}");
    CHECK_THAT(found.of("decoder.offset"), is_about(evaluated(*plain).of("decoder.offset")));
  }
}

TEST_CASE("bounds of one sample, and averages of bounds") {
  const std::string vae =
      "dataset: {plugin: glyphs, pixels: 8, examples: 40, test_examples: 10}\nmodel: {plugin: vae, latent: "
      "3, "
      "encoder: {hidden: [6]}, decoder: {hidden: [6]}}\noptimizer: adam\ntrainer: {steps: 9, batch_size: "
      "10}\n"
      "loss: ";
  const auto after = [&](const std::string& loss) {
    const auto training = training_of(vae + loss + "\n");
    play(*training, 3);
    return training->game().players()[0].objective;
  };
  // Bounds of one sample are the sampled bound, averaged or not.
  CHECK(after("{plugin: iwae, samples: 1}") ==
        Approx(after("{plugin: elbo, kl: sampled}")).epsilon(is_double ? 1e-12 : 1e-5));
  CHECK(after("{plugin: iwae, samples: 1, outer: 4}") ==
        Approx(after("{plugin: elbo, kl: sampled, samples: 4}")).epsilon(is_double ? 1e-12 : 1e-5));
  const auto training = training_of(vae + "{plugin: iwae, samples: 3, outer: 2}\n");
  CHECK(game_gradient_mismatch(*training, whole_data(*training), {.second_order = false}) == "");
  // Doubly reparameterized gradients of averaged bounds weigh within each bound.
  const auto one = fixed_noise("{plugin: iwae, samples: 1, outer: 3, gradients: dreg}");
  const auto stl = fixed_noise("{plugin: elbo, kl: sampled, samples: 3}");
  CHECK(evaluated(*one).value == Approx(evaluated(*stl).value).epsilon(digits));
}

// Values computed in float64 by quadrature. The standard error of each mean over 20,000 bounds is below a quarter of the
// margin.
TEST_CASE("the gradients' expectations are those of the bound") {
  const auto gradient = [](const std::string& gradients) {
    const auto training = training_of(
        "dataset: {plugin: test_rows, rows: [[1.2, 0.4, -0.9]], copies: 20000}\nmodel: {plugin: "
        "test_two_layers, knows_density: true}\noptimizer: {plugin: sgd, learning_rate: 1.0e-6}\n"
        "trainer: {batch_size: 16, steps: 9}\nloss: {plugin: iwae, samples: 5, gradients: " +
        gradients + "}\n");
    const Evaluated found = evaluated(*training);
    return std::pair(-found.of("encoder.mean")[0], -found.of("encoder.log_stddev")[0]);
  };
  const auto [plain_mean, plain_log_stddev] = gradient("plain");
  CHECK(plain_mean == Approx(.905010).margin(.06));
  CHECK(plain_log_stddev == Approx(.340158).margin(.06));
  const auto [mean, log_stddev] = gradient("dreg");
  CHECK(mean == Approx(.905010).margin(.03));
  CHECK(log_stddev == Approx(.340158).margin(.03));
}

TEST_CASE("the bound is monotone in k and converges to the log-likelihood") {
  const auto bound = [](int k) {
    const auto training =
        training_of("dataset: {plugin: test_rows, rows: [[1.2, 0.4, -0.9]], copies: " +
                    std::to_string(k < 100 ? 20000 : 100) +
                    "}\nmodel: test_two_layers\noptimizer: {plugin: sgd, learning_rate: 1.0e-6}\n"
                    "trainer: {batch_size: 16, steps: 9}\nmetrics: [{plugin: objective, batch_size: "
                    "100}]\nloss: {plugin: "
                    "iwae, samples: " +
                    std::to_string(k) + "}\n");
    return -measured(*training, "objective")[0];
  };
  const double one = bound(1), five = bound(5), fifty = bound(50), many = bound(5000);
  CHECK(one == Approx(-4.22552124).margin(0.07));
  CHECK(five == Approx(-3.28121853).margin(0.02));
  CHECK(fifty == Approx(-3.11445815).margin(0.005));
  CHECK(many == Approx(-3.09890056).margin(0.004));
  CHECK(one < five);
  CHECK(five < fifty);
  CHECK(fifty < many);
}

TEST_CASE("what the losses of latent variables cannot play is said with the reason") {
  const auto refusal = [](const std::string& model, const std::string& loss) {
    return error_of([&] {
      Diagnostics diagnostics;
      const auto training = training_of(
          "dataset: {plugin: glyphs, pixels: 8, examples: 40, test_examples: 10}\nmodel: " + model +
          "\noptimizer: adam\ntrainer: {steps: 9, batch_size: 10}\nloss: " + loss + "\n");
      training->rehearse(diagnostics);
      diagnostics.throw_if_any();
    });
  };
  // A generative model without a posterior.
  for (const char* loss : {"elbo", "iwae", "beta_tcvae", "factor_vae", "latent_mmd", "rae", "reconstruction"})
    CHECK_THAT(refusal("gan", loss),
               Contains("test.yaml:5:7: loss '" + std::string(loss) +
                        "' plays with a model of the role LatentVariableModel, which model 'gan' does not "
                        "have"));
  for (const char* prior : {"mixture", "vamp"})
    CHECK_THAT(
        refusal("{plugin: vae, prior: " + std::string(prior) + "}", "elbo"),
        Contains("test.yaml:5:7") && Contains("from the prior 'mixture of normals'; use 'kl: sampled'"));
  CHECK_THAT(refusal("{plugin: vae, prior: none}", "iwae"), Contains("'prior: none'"));
  CHECK_THAT(refusal("{plugin: vae, posterior: deterministic}", "iwae"),
             Contains("a 'point mass' has none") && Contains("'posterior: normal'"));
  CHECK_THAT(refusal("{plugin: vae, posterior: deterministic}", "elbo"), Contains("'posterior: normal'"));
  CHECK_THAT(refusal("{plugin: vae, prior: mixture}", "{plugin: elbo, kl: sampled, free_bits: 0.1}"),
             Contains("does not factorize"));
  CHECK_THAT(refusal("vae", "{plugin: iwae, samples: 0}"),
             Contains("'samples' must be a whole number of at least 1"));
  CHECK_THAT(refusal("vae", "{plugin: beta_tcvae, examples: 3}"), Contains("at least that of a batch"));
  CHECK_THAT(refusal("{plugin: vae, prior: none}", "reconstruction"), Contains("no error"));
}
