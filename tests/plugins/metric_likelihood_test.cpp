#include <catch2/catch.hpp>
#include <cmath>

#include "metric_support.hpp"
#include "metrics/support/annealing.hpp"
#include "metrics/support/statistics.hpp"
#include "support/experiment_text.hpp"
#include "support/numbers.hpp"
#include "support/sine_fill.hpp"

using descent::Normal;
using descent::Tensor;
using descent::Value;
using descent::Variable;
using descent::testing::sine_fill;

namespace {

/// z ~ N(0, I), x | z ~ N(z·W + b, σ²I), and a posterior that is the same for all x: everything is known of it.
class LinearGaussian final : public HandMadeModel, public descent::LatentVariableModel {
 public:
  LinearGaussian(Tensor weight, Tensor bias, double stddev, double mean, double width)
      : weight_(std::move(weight)), bias_(std::move(bias)), stddev_(stddev), mean_(mean), width_(width) {}
  descent::DistributionPtr encode(const descent::Values& x, const descent::Values&, descent::Pass&) override {
    const auto shape = latent_shape().batch(x[0].shape()[0]);
    return descent::make_distribution<Normal>(Variable(Tensor::full(shape, mean_)), width_);
  }
  descent::DistributionPtr decode(const Variable& z, const descent::Values&, descent::Pass&) override {
    return descent::make_distribution<Normal>(matmul(z, weight_) + bias_, stddev_);
  }
  descent::Shape latent_shape() const override { return {weight_.value().rows()}; }
  const std::vector<std::string>& fields() const override { return fields_; }

 private:
  Variable weight_, bias_;  // (latent, d), (d)
  double stddev_, mean_, width_;
  std::vector<std::string> fields_ = {"x"};
};

std::vector<double> measured_of(const char* name, const Settings& options,
                                descent::LatentVariableModel& model, const Tensor& x, int times = 1) {
  const OnlyX dataset(x.shape().row());
  HandMadeContext context(&dataset);
  for (int i = 0; i < times; ++i) context.batches.push_back(batch_of_x(x));
  return make_metric(name, options)->measure(dynamic_cast<descent::Model&>(model), context);
}

// Expected values of the bound: by quadrature in double.
LinearGaussian one_latent(double mean = .6, double width = .5) {
  return {Tensor::of({1, 3}, {1, .5, -.5}), Tensor::of({3}, {.1, -.2, .3}), .5, mean, width};
}
const Tensor one_example = Tensor::of({1, 3}, {1.2, .4, -.9});
constexpr double exact_log_p = -3.09890056;

// log p(x) from the closed form, in double.
LinearGaussian two_latent() {
  const Tensor w = sine_fill(2, .9, {3, 2});
  Tensor transposed = Tensor::empty({2, 3});
  for (std::int64_t i = 0; i < 6; ++i) transposed.data()[i % 2 * 3 + i / 2] = w.data()[i];
  return {transposed, sine_fill(.5, 1.3, {3}, .1), .5, 0, 1};
}

}  // namespace

TEST_CASE(
    "the importance weighted bound has its expected value for each number of samples, and rises to log "
    "p(x)") {
  auto model = one_latent();
  double before = -INFINITY;
  for (const auto& [k, expected] : {std::pair{1, -4.22552124}, {5, -3.28121853}, {50, -3.11445815}}) {
    const auto found = measured_of("iwae_bound", {{"samples", Value::of(k)}}, model, one_example, 4000);
    CHECK(found[0] == Approx(expected).margin(4 * found[1]));
    CHECK(found[1] < .05);
    CHECK(found[0] > before);
    before = found[0];
  }
  const auto many = measured_of("iwae_bound", {{"samples", Value::of(20000)}}, model, one_example, 3);
  CHECK(many[0] == Approx(exact_log_p).margin(.015));
}

TEST_CASE("with the true posterior every bound is log p(x), whatever the noise") {
  auto model = one_latent(8. / 7, .377964473);
  for (const int k : {1, 7, 300})
    CHECK(measured_of("iwae_bound", {{"samples", Value::of(k)}}, model, one_example, 3)[0] ==
          Approx(exact_log_p).margin(1e-5));
}

TEST_CASE("batches and blocks of samples change nothing of what a bound is of") {
  // Two examples whose bounds differ: the mean of both is measured, and the standard error follows from two numbers.
  auto model = one_latent(8. / 7, .377964473);
  const Tensor both = Tensor::of({2, 3}, {1.2, .4, -.9, 1.2, .4, -.9});
  const auto found = measured_of("iwae_bound", {{"samples", Value::of(300)}}, model, both);
  CHECK(found[0] == Approx(exact_log_p).margin(1e-5));
  CHECK(found[1] == Approx(0).margin(1e-5));
}

TEST_CASE("no samples are refused") {
  CHECK_THROWS_WITH(make_metric("iwae_bound", {{"samples", Value::of(0)}}), Catch::Contains("'samples'"));
  CHECK_THROWS_WITH(make_metric("ais", {{"chains", Value::of(0)}}), Catch::Contains("'chains'"));
  CHECK_THROWS_AS(make_metric("iwae_bound")->check(HandMadeModel(), OnlyX({3})), descent::RoleMismatch);
}

TEST_CASE("annealed importance sampling finds the exact log likelihood") {
  auto model = two_latent();
  const Tensor x = sine_fill(1, .7, {1, 3});
  const Settings options = {
      {"chains", Value::of(100)}, {"temperatures", Value::of(300)}, {"schedule", Value::of("linear")}};
  const auto found = measured_of("ais", options, model, x);
  CHECK(found[0] == Approx(-5.86711046).margin(.06));
  CHECK(found[2] > .5);
  CHECK(found[2] < .95);
}

TEST_CASE("with one temperature the weights' mean is that of the likelihood under the prior") {
  // E log p(x | z) with z of the prior: one draw of the prior for each chain, and no transition.
  auto model = two_latent();
  descent::Pass pass(descent::Mode::evaluation, 1, 0, 0, descent::BufferUpdates::none);
  const std::int64_t chains = 4000;
  const descent::Annealing how{{0, 1}, 1, .1};
  const auto x = repeat_rows(Variable(sine_fill(1, .7, {1, 3})), chains);
  const descent::Spread found =
      descent::spread_of(descent::AnnealedChains(model, x, {}, chains, pass, how).forward());
  CHECK(found.mean == Approx(-10.5959548).margin(4 * found.standard_error));
  CHECK(found.deviation == Approx(7.67325394).epsilon(.1));
}

TEST_CASE("on data that the model has drawn, the bounds enclose the likelihood") {
  auto model = two_latent();
  const auto bounds = [&](int temperatures) {
    const Settings options = {{"reverse", Value::of(true)},
                              {"chains", Value::of(4)},
                              {"temperatures", Value::of(temperatures)},
                              {"schedule", Value::of("linear")}};
    const auto found = measured_of("ais", options, model, sine_fill(1, .7, {1, 3}), 200);
    return std::pair{found[3], found[4]};
  };
  const auto [low, high] = bounds(3);
  const auto [lower, upper] = bounds(100);
  CHECK(low < high);
  CHECK(upper - lower < high - low);
  CHECK(upper - lower < .15);
  CHECK(upper - lower > -.05);
}

TEST_CASE("active units are those whose posterior means vary by more than the threshold") {
  // Its posterior's means are the data: variances .551910015, .00127801089, .0180710042 and 0 (divided by n).
  class Echo final : public HandMadeModel, public descent::LatentVariableModel {
   public:
    descent::DistributionPtr encode(const descent::Values& x, const descent::Values&,
                                    descent::Pass&) override {
      return descent::make_distribution<Normal>(x[0], 1.0);
    }
    descent::DistributionPtr decode(const Variable& z, const descent::Values&, descent::Pass&) override {
      return descent::make_distribution<Normal>(z, 1.0);
    }
    descent::Shape latent_shape() const override { return {4}; }
    const std::vector<std::string>& fields() const override { return fields_; }

   private:
    std::vector<std::string> fields_ = {"x"};
  };
  Tensor means = Tensor::full({10, 4}, .7);
  const Tensor columns[] = {sine_fill(1, .7, {10}), sine_fill(2, 1.3, {10}, .05), sine_fill(3, .9, {10}, .2)};
  for (std::int64_t i = 0; i < 30; ++i) means.data()[i % 10 * 4 + i / 10] = columns[i / 10].data()[i % 10];
  Echo model;
  const auto found = measured_of("active_units", {}, model, means);
  CHECK(found[0] == 2);
  CHECK(found[1] == Approx((.551910015 + .00127801089 + .0180710042) / 4).epsilon(1e-5));
  CHECK(measured_of("active_units", {{"threshold", Value::of(.1)}}, model, means)[0] == 1);
  CHECK(measured_of("active_units", {{"threshold", Value::of(.001)}}, model, means)[0] == 3);
}

TEST_CASE("bounds on the likelihood need a prior") {
  for (const char* metric : {"iwae_bound", "ais"}) {
    const auto training = descent::train::assemble(descent::testing::experiment_of(
        "dataset: {plugin: glyphs, pixels: 8, examples: 20, test_examples: 5}\n"
        "model: {plugin: vae, latent: 2, posterior: deterministic, prior: none}\nloss: rae\noptimizer: sgd\n"
        "trainer: {steps: 1, batch_size: 10}\nmetrics: [" +
        std::string(metric) + "]\n"));
    CHECK_THROWS_WITH(descent::testing::measured(*training, metric), Catch::Matchers::Contains("has no"));
  }
}
