#include <algorithm>
#include <array>
#include <catch2/catch.hpp>
#include <cmath>
#include <cstdio>

#include "descent/autograd/ops.hpp"
#include "descent/plugin/model.hpp"
#include "support/experiment_text.hpp"

using namespace descent;
using namespace descent::testing;
using Catch::Detail::Approx;

namespace {

constexpr std::size_t n = 6;
constexpr std::array<double, n> eigenvalues = {5, 3, 1, .5, .2, .1};

// ±√(6·λᵢ)·qᵢ, twelve points with mean 0 and covariance Q·Λ·Qᵀ, Q the reflection along v = sin(1 + 0.7·k + 0.05·k²).
std::string points() {
  std::array<double, n> v{};
  double squares = 0;
  for (std::size_t k = 0; k < n; ++k) {
    const auto x = static_cast<double>(k);
    v[k] = std::sin(1 + .7 * x + .05 * x * x);
    squares += v[k] * v[k];
  }
  std::string rows;
  for (std::size_t i = 0; i < n; ++i)
    for (const double sign : {1, -1}) {
      std::string row;
      for (std::size_t j = 0; j < n; ++j) {
        char number[40];
        const double q = (i == j ? 1 : 0) - 2 * v[i] * v[j] / squares;
        std::snprintf(number, sizeof number, "%.17g", sign * std::sqrt(6 * eigenvalues[i]) * q);
        row += (j == 0 ? "[" : ", ") + std::string(number);
      }
      rows += (rows.empty() ? "[" : ", ") + row + "]";
    }
  return rows + "]";
}

std::unique_ptr<train::Training> linear_vae(int latent, const std::string& likelihood) {
  auto training = training_of(
      "dataset: {plugin: test_rows, rows: " + points() +
      ", copies: 200}\nmodel: {plugin: vae, field: x, latent: " + std::to_string(latent) +
      ", likelihood: {gaussian: " + likelihood +
      "}, encoder: {hidden: []}, decoder: {hidden: []}}\n"
      "loss: {plugin: elbo, samples: 8}\n"
      "optimizer: {plugin: adam, learning_rate: {schedule: cosine, from: 2.0e-2, to: 1.0e-4, steps: 10000}}\n"
      "trainer: {steps: 10000, batch_size: 48}\nmetrics: [{plugin: objective, batch_size: 1200}]\n");
  play(*training, 10000);
  return training;
}

// Over the data, of the posterior's mean: of each dimension, the largest first.
std::vector<double> variances(train::Training& training) {
  Batch batch(training.fields(), 12);
  batch.resize(12);
  const std::array<std::int64_t, 12> indices = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11};
  training.dataset()->fill(Split::train, indices, batch);
  auto& model = dynamic_cast<LatentVariableModel&>(training.model());
  Pass pass(Mode::evaluation, 1, 1, 0, BufferUpdates::none);
  const Variable mean = model.encode(batch.values(model.fields()), {}, pass)->mean(pass);
  const Variable centered = mean - sum_batch(mean) / 12.0;
  std::vector<double> all = (sum_batch(square(centered)) / 12.0).value().to_doubles();
  std::sort(all.rbegin(), all.rend());
  return all;
}

}  // namespace

// Of a linear VAE with k latent dimensions and a decoder of variance σ²: min(k, number of eigenvalues above σ²) dimensions
// are active, and in these the posterior's mean has the variance 1 − σ²/λᵢ. Lucas et al., Don't Blame the ELBO!, 2019;
// Tipping and Bishop, Probabilistic Principal Component Analysis, 1999. The bounds were computed in float64.
TEST_CASE("a linear VAE has exactly the active dimensions that probabilistic PCA predicts") {
  struct Row {
    int latent;
    double variance;
    std::vector<double> active;
    double bound;
  };
  for (const Row& row :
       {Row{4, .4, {.92, .866667, .6, .2}, -7.97979198}, Row{4, .6, {.88, .8, .4, 0}, -8.26808453},
        Row{4, 6, {0, 0, 0, 0}, -11.7055763}, Row{2, .4, {.92, .866667}, -8.28507484}}) {
    CAPTURE(row.latent, row.variance);
    const auto training = linear_vae(row.latent, std::to_string(std::sqrt(row.variance)));
    const std::vector<double> found = variances(*training);
    for (std::size_t i = 0; i < found.size(); ++i) {
      CHECK(found[i] == Approx(row.active[i]).margin(.03));
      CHECK((found[i] > .01) == (row.active[i] > 0));
    }
    CHECK(-measured(*training, "objective")[0] == Approx(row.bound).margin(.03));
  }
}

TEST_CASE("a linear VAE learns the variance that the dimensions it lacks have on average") {
  for (const auto& [latent, variance, bound] : {std::tuple{4, .15, -7.62396273}, {2, .45, -8.27064091}}) {
    CAPTURE(latent);
    const auto training = linear_vae(latent, "shared");
    CHECK(std::exp(2 * parameter(*training, "decoder.likelihood.log_stddev")[0]) ==
          Approx(variance).margin(.01));
    CHECK(-measured(*training, "objective")[0] == Approx(bound).margin(.03));
  }
}
