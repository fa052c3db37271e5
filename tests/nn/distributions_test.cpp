#include "descent/nn/distributions.hpp"

#include <catch2/catch.hpp>
#include <cmath>

#include "support/gradient_check.hpp"

using namespace descent;
using testing::gradient_mismatch;
using testing::random_tensor;

namespace {

constexpr double tolerance = sizeof(Scalar) == 8 ? 5e-8 : 2e-4;

Pass training_pass() {
  return {Mode::training, 1, 1, 0, BufferUpdates::none};
}

DistributionPtr normal(Variable mean, Variable log_variance) {
  return make_distribution<Normal>(std::move(mean), std::move(log_variance));
}

// F(a, b; shape) of the reference values: sin(a + b·k + 0.05·k²), k the flat index.
Tensor f(double a, double b, const Shape& shape, double scale = 1, double shift = 0) {
  std::vector<double> values;
  for (std::int64_t i = 0; i < shape.size(); ++i) {
    const auto k = static_cast<double>(i);
    values.push_back(scale * std::sin(a + b * k + 0.05 * k * k) + shift);
  }
  return Tensor::of(shape, values);
}

void check_rows(const Variable& found, const std::vector<double>& expected) {
  const std::vector<double> rows = found.value().to_doubles();
  REQUIRE(rows.size() == expected.size());
  for (std::size_t i = 0; i < rows.size(); ++i)
    CHECK(rows[i] == Approx(expected[i]).epsilon(tolerance).margin(tolerance));
}

double total(const Variable& x) {
  return sum(x).item();
}

}  // namespace

// Values computed in float64 from the published definitions; densities by scipy, divergences by quadrature.
TEST_CASE("divergences and densities are the exact ones") {
  Pass pass = training_pass();
  const auto posterior = normal(f(1, .7, {2, 4}), f(2, 1.3, {2, 4}));
  check_rows(posterior->kl(*Normal::standard({2, 4})), {1.53039433, 1.96282697});

  const Tensor l = f(1, .9, {2, 5}, 2), x = f(2, .7, {2, 5}, .5, .5);
  check_rows(Bernoulli(l).log_prob(x, pass), {-2.39002452, -2.62895935});
  check_rows(Bernoulli(l).log_prob(positive(Variable(x) - 0.5), pass), {-1.5218865, -3.08231848});
  check_rows(Normal(l, .3).log_prob(x, pass), {-41.7421376, -32.5751578});
  check_rows(Normal(l, f(.3, .8, {2, 5})).log_prob(x, pass), {-10.8338025, -8.16044413});
  const Variable shared = Variable::scalar(std::log(1.38901749));
  CHECK(total(Normal(l, shared).log_prob(x, pass)) / 2 == Approx(-7.9161843).epsilon(tolerance));
}

TEST_CASE("free bits need the divergence per element") {
  const auto posterior = normal(f(1, .7, {2, 4}), f(2, 1.3, {2, 4}));
  const Variable kl = posterior->kl(*Normal::standard({2, 4}), Per::element);
  REQUIRE(kl.shape() == Shape{2, 4});
  // mean over n of Σ_d max(.5, KL)
  double sum = 0;
  for (const double number : kl.value().to_doubles()) sum += std::max(.5, number);
  CHECK(sum / 2 == Approx(2.30224875).epsilon(tolerance));
}

TEST_CASE(
    "a divergence between two normal distributions is that of its closed form in every parametrization") {
  const Tensor mean = f(1, .7, {3, 2}), other = f(2, .3, {3, 2});
  const double s = .7, t = 1.9;  // standard deviations
  double expected = 0;
  for (std::size_t i = 0; i < 6; ++i)
    expected += std::log(t / s) +
                (s * s + std::pow(mean.to_doubles()[i] - other.to_doubles()[i], 2)) / (2 * t * t) - .5;
  const auto variance_of = [](double stddev) { return Variable(Tensor::full({3, 2}, 2 * std::log(stddev))); };
  CHECK(total(Normal(mean, s).kl(Normal(other, t))) == Approx(expected).epsilon(tolerance));
  CHECK(total(Normal(mean, variance_of(s)).kl(Normal(other, t))) == Approx(expected).epsilon(tolerance));
  CHECK(total(Normal(mean, s).kl(Normal(other, variance_of(t)))) == Approx(expected).epsilon(tolerance));
  CHECK(total(Normal::standard({3, 2})->kl(*Normal::standard({3, 2}))) == Approx(0).margin(1e-6));
  CHECK_FALSE(Normal(mean, s).kl(Bernoulli(other)).defined());
  // A joint distribution of one part is that part.
  const auto p = make_distribution<Normal>(mean, s), q = make_distribution<Normal>(other, t);
  CHECK(total(p->kl(Joint{q})) == Approx(expected).epsilon(tolerance));
  CHECK(total(Joint{p}.kl(*q)) == Approx(expected).epsilon(tolerance));
}

TEST_CASE("the divergence of Bernoulli and of categorical distributions") {
  const Variable p = Tensor::scalar(std::log(.3 / .7)), q = Tensor::scalar(std::log(.6 / .4));
  const double expected = .3 * std::log(.3 / .6) + .7 * std::log(.7 / .4);
  CHECK(Bernoulli(reshape(p, {1, 1})).kl(Bernoulli(reshape(q, {1, 1}))).item() ==
        Approx(expected).epsilon(tolerance));

  Pass pass = training_pass();
  const Categorical classes(Tensor::of({2, 2, 3}, {1, 2, 3, 0, 0, 0, -1, 0, 1, 5, 0, 0}));
  const auto softmax = [](std::vector<double> logits, std::size_t index) {
    double sum = 0;
    for (const double logit : logits) sum += std::exp(logit);
    return std::log(std::exp(logits[index]) / sum);
  };
  const Tensor chosen = Tensor::of({2, 2}, {2, 1, 0, 0});
  check_rows(classes.log_prob(chosen, pass),
             {softmax({1, 2, 3}, 2) + softmax({0, 0, 0}, 1), softmax({-1, 0, 1}, 0) + softmax({5, 0, 0}, 0)});
  CHECK(classes.log_prob(chosen, pass, Per::element).shape() == Shape{2, 2});
  CHECK_FALSE(classes.mean(pass).defined());
  CHECK_THROWS_AS(classes.log_prob(Tensor::of({2, 2}, {3, 0, 0, 0}), pass), Error);
}

TEST_CASE("samples have the mean and the variance they should have") {
  const std::int64_t count = 20000;
  Pass pass = training_pass();
  const auto moments = [&](const Distribution& p, double mean, double variance) {
    double sum = 0, squares = 0;
    for (const double z : p.sample(pass, "test").value().to_doubles()) {
      sum += z;
      squares += (z - mean) * (z - mean);
    }
    CHECK(sum / count == Approx(mean).margin(5 * std::sqrt(variance / count)));
    CHECK(squares / count == Approx(variance).epsilon(7 * std::sqrt(2.0 / count)));
  };
  moments(Normal(Tensor::full({count, 1}, 2), Variable(Tensor::full({count, 1}, 2 * std::log(0.5)))), 2, .25);
  moments(Normal(Tensor::full({count, 1}, -1), 3.0), -1, 9);
  moments(*Normal::standard({count, 1}), 0, 1);
  moments(Bernoulli(Tensor::full({count, 1}, std::log(.2 / .8))), .2, .16);
  const Variable logits = repeat_rows(Tensor::of({1, 2}, {std::log(.3), std::log(.7)}), count);
  moments(Categorical(logits), .7, .21);
}

TEST_CASE("gradients of samples, densities and divergences are right") {
  const std::vector<Tensor> points{random_tensor({5, 3}, -1, 1, "mean"),
                                   random_tensor({5, 3}, -1, 1, "variance"),
                                   random_tensor({5, 3}, 0.1, 0.9, "x")};
  using Leaves = std::span<const Variable>;
  const auto check = [&](const auto& function) { CHECK(gradient_mismatch(function, points) == ""); };
  check([](Leaves v) { return Normal(v[0], v[1]).kl(*Normal::standard({5, 3})) + sum_features(v[2]); });
  check([](Leaves v) { return Normal(v[0], v[1]).kl(Normal(v[2], v[1]), Per::element); });
  check([](Leaves v) {
    Pass pass = training_pass();
    return Normal(v[0], v[1]).log_prob(v[2], pass);
  });
  check([](Leaves v) {
    Pass pass = training_pass();
    return square(Normal(v[0], v[1]).sample(pass, "latent")) * v[2];
  });
  check([](Leaves v) {
    Pass pass = training_pass();
    return Bernoulli(v[0]).log_prob(v[2], pass) + Bernoulli(v[0]).kl(Bernoulli(v[1]));
  });
  check([](Leaves v) {
    Pass pass = training_pass();
    const Variable logits = reshape(concatenate_last(v[0], v[1]), {5, 2, 3});
    return Categorical(logits).log_prob(Tensor::of({5, 2}, {0, 1, 2, 0, 1, 2, 0, 1, 2, 0}), pass) +
           sum_features(v[2]);
  });
}

TEST_CASE("each row is repeated several times in a row, in every distribution") {
  Pass pass = training_pass();
  const Variable mean = random_tensor({2, 3}, -1, 1, "mean"), spread = random_tensor({2, 3}, -1, 1, "spread");
  const Variable x = random_tensor({2, 3}, 0.1, 0.9, "x");
  const auto check = [&](const Distribution& p, const Variable& value) {
    const Variable own = p.log_prob(value, pass),
                   repeated = p.repeat(3)->log_prob(repeat_rows(value, 3), pass);
    CHECK(repeated.value().to_doubles() == repeat_rows(own, 3).value().to_doubles());
  };
  check(Normal(mean, spread), x);
  check(Normal(mean, 0.5), x);
  check(Normal(mean, random_tensor({3}, -1, 1, "row")), x);
  check(*Normal::standard({2, 3}), x);
  check(Bernoulli(mean), x);
  check(Categorical(mean), Tensor::of({2}, {2, 0}));
  check(Joint{make_distribution<Normal>(mean, 0.5)}, x);
}

TEST_CASE("a detached distribution has the same density, and no gradient with respect to its parameters") {
  Pass pass = training_pass();
  const Variable mean = Variable::leaf(random_tensor({2, 3}, -1, 1, "mean"));
  const Variable x = Variable::leaf(random_tensor({2, 3}, 0.1, 0.9, "x"));
  const auto check = [&](const Distribution& p) {
    const Variable own = sum(p.log_prob(x, pass)), detached = sum(p.detached()->log_prob(x, pass));
    CHECK(own.item() == detached.item());
    const Variable wrt[] = {mean, x};
    const Variables gradients = grad(detached, wrt);
    CHECK(total(square(gradients[0])) == 0);
    CHECK(total(square(gradients[1])) > 0);
    CHECK(total(square(grad(own, wrt)[0])) > 0);
  };
  check(Normal(mean, 0.5));
  check(Normal(mean, mean * 0.3));
  check(Joint{make_distribution<Normal>(mean, 0.5)});
}

TEST_CASE("a joint distribution of fields: what is missing is left out") {
  Pass pass = training_pass();
  const Variable x = random_tensor({2, 3}, 0.1, 0.9, "x"), labels = Tensor::of({2}, {1, 0});
  const Joint joint{make_distribution<Normal>(Tensor::zeros({2, 3}), 1.0),
                    make_distribution<Categorical>(random_tensor({2, 2}, -1, 1, "logits"))};
  REQUIRE(joint.parts() == 2);
  const double image = total(joint.part(0).log_prob(x, pass)),
               label = total(joint.part(1).log_prob(labels, pass));
  CHECK(total(log_prob(joint, {x, labels}, pass)) == Approx(image + label));
  CHECK(total(log_prob(joint, {x, Variable()}, pass)) == Approx(image));
  CHECK(total(log_prob(joint, {Variable(), labels}, pass)) == Approx(label));
  CHECK_THROWS_AS(log_prob(joint, {Variable(), Variable()}, pass), Error);
  CHECK_THROWS_AS(log_prob(joint, Values(x), pass), Error);
  CHECK_FALSE(joint.kl(joint).defined());  // of classes no closed form is given
}

TEST_CASE("data outside of a Bernoulli likelihood's range are named") {
  Pass pass = training_pass();
  const Bernoulli p(Tensor::zeros({1, 2}), "pixels");
  CHECK_NOTHROW(p.log_prob(Tensor::of({1, 2}, {0, 1}), pass));
  CHECK_THROWS_WITH(p.log_prob(Tensor::of({1, 2}, {0, 1.5}), pass),
                    Catch::Contains("'pixels' has 1.5") && Catch::Contains("likelihood: gaussian"));
}
