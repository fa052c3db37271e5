#include <catch2/catch.hpp>
#include <cmath>

#include "descent/plugin/model.hpp"
#include "support/experiment_text.hpp"

using namespace descent;
using namespace descent::testing;
using Catch::Detail::Approx;

namespace {

// A network with batch normalization after a first linear layer, on examples that are all alike or not.
std::string predictor(const std::string& dataset, const std::string& optimizer,
                      const std::string& trainer = "") {
  return "dataset: " + dataset +
         "\nmodel: {plugin: mlp, input: x, target: target, network: {hidden: [3], batch_norm: true}}\n"
         "loss: mean_squared_error\noptimizer: " +
         optimizer + "\ntrainer: {batch_size: 4, steps: 40" + trainer + "}\n";
}

const std::string averaged = "[{plugin: adam, learning_rate: 0.05}, {plugin: ema, decay: 0.9}]";

struct Statistics {
  std::vector<double> mean, variance;
};

Statistics statistics_of(const train::Training& training, const std::string& layer) {
  return {buffer(training, layer + ".running_mean"), buffer(training, layer + ".running_variance")};
}

// The first linear layer's outputs on these rows, and their mean and unbiased variance.
Statistics definition(const train::Training& training, const std::vector<std::vector<double>>& rows) {
  const std::vector<double> w = parameter(training, "network.0.weight"),
                            b = parameter(training, "network.0.bias");
  const std::size_t inputs = rows[0].size(), outputs = b.size();
  Statistics found{std::vector<double>(outputs), std::vector<double>(outputs)};
  std::vector<std::vector<double>> h(rows.size(), std::vector<double>(outputs));
  for (std::size_t r = 0; r < rows.size(); ++r)
    for (std::size_t o = 0; o < outputs; ++o) {
      h[r][o] = b[o];
      for (std::size_t i = 0; i < inputs; ++i) h[r][o] += rows[r][i] * w[i * outputs + o];
      found.mean[o] += h[r][o] / static_cast<double>(rows.size());
    }
  for (std::size_t r = 0; r < rows.size(); ++r)
    for (std::size_t o = 0; o < outputs; ++o)
      found.variance[o] += std::pow(h[r][o] - found.mean[o], 2) / static_cast<double>(rows.size() - 1);
  return found;
}

void check_close(const std::vector<double>& found, const std::vector<double>& expected) {
  REQUIRE(found.size() == expected.size());
  for (std::size_t i = 0; i < found.size(); ++i)
    CHECK(found[i] == Approx(expected[i]).epsilon(1e-4).margin(1e-5));
}

}  // namespace

TEST_CASE(
    "at the evaluation point batch statistics are those of the average's network, and afterwards as before") {
  // One batch is all of the data, so that its statistics have a closed form.
  const auto training = training_of(predictor("{plugin: test_table, examples: 4}", averaged));
  play(*training, 20);
  const std::vector<double> before = whole_state(*training);
  const Statistics running = statistics_of(*training, "network.1");
  {
    const train::Training::EvaluationPoint here(*training);
    const Statistics found = statistics_of(*training, "network.1");
    const Statistics expected = definition(*training, {{0, 0}, {1, -1}, {2, -2}, {3, -3}});
    check_close(found.mean, expected.mean);
    check_close(found.variance, expected.variance);
    CHECK(std::abs(found.mean[0] - running.mean[0]) > 1e-3);
    const train::Training::EvaluationPoint inside(*training);
    CHECK(statistics_of(*training, "network.1").mean == found.mean);
  }
  CHECK(whole_state(*training) == before);
  CHECK(statistics_of(*training, "network.1").mean == running.mean);
}

TEST_CASE("averages are plain means over the batches of a permutation of what is trained on") {
  const auto mean_of = [](const std::string& examples, const std::string& trainer = "") {
    const auto training =
        training_of(predictor("{plugin: test_table, examples: " + examples + "}", averaged, trainer));
    play(*training, 5);
    const train::Training::EvaluationPoint here(*training);
    std::vector<std::vector<double>> rows;
    for (int i = 0; i < std::stoi(examples); ++i) rows.push_back({double(i), double(-i)});
    return std::pair(statistics_of(*training, "network.1").mean, definition(*training, rows).mean);
  };
  // Three batches of four are all of the examples, whatever their order.
  const auto [found, expected] = mean_of("12");
  check_close(found, expected);
  // One batch is four of them, the same each time.
  const auto one = mean_of("12", ", evaluation_batches: 1").first;
  CHECK(std::abs(one[0] - expected[0]) > 1e-3);
  CHECK(mean_of("12", ", evaluation_batches: 1").first == one);
  // Examples that are set aside for validation are not looked at.
  const auto [trained_on, all] = mean_of("14", ", validation: 2");
  CHECK(std::abs(trained_on[0] - all[0]) > 1e-3);
}

TEST_CASE("constant examples have exactly the statistics of the average's network") {
  const auto training = training_of(
      "dataset: {plugin: test_rows, rows: [[0.4, 0.4, 0.4, 0.4]], copies: 64}\n"
      "model: {plugin: gan, field: x, latent: 2, generator: {hidden: [3]}, discriminator: {layers: [{linear: "
      "3}, batch_norm, "
      "relu]}}\n"
      "loss: non_saturating\noptimizer: {discriminator: " +
      averaged +
      ", generator: [{plugin: adam, learning_rate: 0.01}, ema]}\ntrainer: {batch_size: 8, steps: 40}\n");
  play(*training, 10);
  const train::Training::EvaluationPoint here(*training);
  const std::vector<double> w = parameter(*training, "discriminator.0.weight"),
                            b = parameter(*training, "discriminator.0.bias");
  Pass pass(Mode::training, 1, 1, 0, BufferUpdates::none);
  auto& gan = role<AdversarialModel>(training->model());
  // The mean of (the mean over fakes, the constant), as each evaluation stages both in turn; the fakes are noise's.
  const Tensor fake = gan.from_latent(pass.normal("latent", {20000, 2}), {}, Show::mean, pass)[0].value();
  const Statistics found = statistics_of(*training, "discriminator.1");
  for (std::size_t o = 0; o < 3; ++o) {
    double real = b[o], of_fake = b[o];
    for (std::size_t i = 0; i < 4; ++i) {
      real += 0.4 * w[i * 3 + o];
      double mean = 0;
      for (std::int64_t r = 0; r < 20000; ++r)
        mean += static_cast<double>(fake.data()[r * 4 + static_cast<std::int64_t>(i)]);
      of_fake += mean / 20000 * w[i * 3 + o];
    }
    CHECK(found.mean[o] == Approx((real + of_fake) / 2).margin(0.05));
  }
}

TEST_CASE("constant examples: the mean is the layer's output and the variance is 0") {
  const auto training = training_of(
      "dataset: {plugin: test_rows, rows: [[0.4, -0.2, 0.7]], copies: 60}\n"
      "model: {plugin: vae, field: x, latent: 2, likelihood: gaussian, encoder: {layers: [{linear: 3}, "
      "batch_norm]}, decoder: "
      "{hidden: [3]}}\nloss: elbo\noptimizer: " +
      averaged + "\ntrainer: {batch_size: 8, steps: 40}\n");
  play(*training, 10);
  const auto running = statistics_of(*training, "encoder.1");
  const train::Training::EvaluationPoint here(*training);
  const std::vector<double> w = parameter(*training, "encoder.0.weight"),
                            b = parameter(*training, "encoder.0.bias");
  const Statistics found = statistics_of(*training, "encoder.1");
  for (std::size_t o = 0; o < 3; ++o) {
    CHECK(found.mean[o] ==
          Approx(b[o] + 0.4 * w[o] - 0.2 * w[3 + o] + 0.7 * w[6 + o]).epsilon(1e-5).margin(1e-6));
    CHECK(found.variance[o] == Approx(0).margin(1e-12));
    CHECK(running.variance[o] > 0.1);
  }
}

TEST_CASE("only groups that have an evaluation point are re-estimated") {
  const auto training = training_of(
      "dataset: gaussian_ring\nmodel: {plugin: gan, generator: {hidden: [4], batch_norm: true}, "
      "discriminator: {hidden: [4], "
      "batch_norm: true}}\nloss: non_saturating\ntrainer: {batch_size: 8, steps: 40}\n"
      "optimizer: {discriminator: adam, generator: [{plugin: adam, learning_rate: 0.05}, ema]}\n");
  play(*training, 10);
  const auto discriminator = statistics_of(*training, "discriminator.1"),
             generator = statistics_of(*training, "generator.1");
  const train::Training::EvaluationPoint here(*training);
  CHECK(statistics_of(*training, "discriminator.1").mean == discriminator.mean);
  CHECK(statistics_of(*training, "discriminator.1").variance == discriminator.variance);
  CHECK(statistics_of(*training, "generator.1").mean != generator.mean);
}

TEST_CASE("a training that is looked at goes where one goes that is not") {
  const std::string yaml =
      predictor("{plugin: test_table, examples: 12}", averaged) + "metrics: [objective]\n";
  const auto watched = training_of(yaml), plain = training_of(yaml);
  for (int step = 0; step < 5; ++step) {
    measured(*watched, "objective");
    play(*watched, 1);
    play(*plain, 1);
  }
  CHECK(whole_state(*watched) == whole_state(*plain));
  const auto twice = measured(*watched, "objective");
  CHECK(measured(*watched, "objective") == twice);
}

TEST_CASE("states go on from where they are, and items with 'every' are left out") {
  // A counter of the discriminator's training forwards: two in each evaluation of its objective, over 50 batches.
  const auto training = training_of(
      "dataset: gaussian_ring\nmodel: test_counting_gan\nloss: [non_saturating, {plugin: l2, every: 2}]\n"
      "optimizer: {discriminator: [{plugin: sgd, learning_rate: 0.01}, ema], generator: {plugin: sgd, "
      "learning_rate: 0.01}}\n"
      "trainer: {batch_size: 8, steps: 9}\n");
  play(*training, 1);
  CHECK(buffer(*training, "discriminator.forwards")[0] == 3);
  {
    const train::Training::EvaluationPoint here(*training);
    CHECK(buffer(*training, "discriminator.forwards")[0] == 3 + 2 * 50);
  }
  CHECK(buffer(*training, "discriminator.forwards")[0] == 3);
}

TEST_CASE("where re-estimation fails, the training is where it was") {
  const auto training = training_of(
      "dataset: {plugin: test_rows, rows: [[0.2, 0.1], [0.9, 0.5]], copies: 8}\n"
      "model: {plugin: vae, field: x, latent: 2, encoder: {layers: [{linear: 3}, batch_norm]}, decoder: "
      "{hidden: [3]}, likelihood: "
      "gaussian}\nloss: [elbo, test_fails]\n"
      "optimizer: [adam, {plugin: ema, decay: 0.9}]\ntrainer: {batch_size: 8, steps: 9}\n");
  play(*training, 1);
  const std::vector<double> before = whole_state(*training);
  CHECK_THROWS_WITH(training->generate(3), Catch::Contains("this loss fails"));
  CHECK(whole_state(*training) == before);
  play(*training, 1);
}
