#include "descent/nn/mixture.hpp"

#include <catch2/catch.hpp>
#include <cmath>

#include "descent/base/error.hpp"
#include "support/gradient_check.hpp"

using namespace descent;
using testing::gradient_mismatch;
using testing::random_tensor;

namespace {

const double mixture_digits = sizeof(Scalar) == 8 ? 1e-10 : 2e-5;

Pass mixture_pass() {
  return {Mode::training, 1, 1, 0, BufferUpdates::none};
}

}  // namespace

TEST_CASE("the density of a mixture of normals is the weighted sum of its components'") {
  Pass pass = mixture_pass();
  const std::int64_t components = 4, rows = 5, size = 3;
  const Tensor means = random_tensor({components, size}, -2, 2, "means"),
               log_variances = random_tensor({components, size}, -2, 1, "variances"),
               logits = random_tensor({components}, -1, 1, "logits"),
               x = random_tensor({rows, size}, -2, 2, "x");
  const auto m = means.to_doubles(), v = log_variances.to_doubles(), w = logits.to_doubles(),
             numbers = x.to_doubles();
  const auto density = [&](std::size_t row, bool weighted) {
    double total = 0, weights = 0, sum = 0;
    for (std::size_t c = 0; c < 4; ++c) weights += weighted ? std::exp(w[c]) : 1;
    for (std::size_t c = 0; c < 4; ++c) {
      double log_density = 0;
      for (std::size_t d = 0; d < 3; ++d)
        log_density -= std::pow(numbers[row * 3 + d] - m[c * 3 + d], 2) / std::exp(v[c * 3 + d]) / 2 +
                       v[c * 3 + d] / 2 + std::log(2 * M_PI) / 2;
      sum += (weighted ? std::exp(w[c]) : 1) / weights * std::exp(log_density);
    }
    total = std::log(sum);
    return total;
  };
  const auto weighted = NormalMixture({rows, size}, means, log_variances, logits).log_prob(x, pass);
  const auto equal = NormalMixture({rows, size}, means, log_variances).log_prob(x, pass);
  REQUIRE(weighted.shape() == Shape{rows});
  for (std::size_t row = 0; row < 5; ++row) {
    CHECK(weighted.value().to_doubles()[row] == Approx(density(row, true)).epsilon(mixture_digits));
    CHECK(equal.value().to_doubles()[row] == Approx(density(row, false)).epsilon(mixture_digits));
  }
  // One component is a normal distribution.
  const Tensor mean = random_tensor({1, size}, -1, 1, "mean"),
               variance = random_tensor({1, size}, -1, 1, "v");
  const auto one = NormalMixture({rows, size}, mean, variance).log_prob(x, pass);
  const auto normal = Normal(repeat_rows(mean, rows), repeat_rows(variance, rows)).log_prob(x, pass);
  for (std::size_t row = 0; row < 5; ++row)
    CHECK(one.value().to_doubles()[row] == Approx(normal.value().to_doubles()[row]).epsilon(mixture_digits));
}

// Far from the origin the expanded squares are large, and cancel.
TEST_CASE("the density of a mixture is as exact far from the origin") {
  Pass pass = mixture_pass();
  const Tensor x = Tensor::of({2, 2}, {100.25, -50, 100.5, -50.25});
  const Tensor means = Tensor::of({2, 2}, {100, -50, 101, -50.5}), log_variances = Tensor::full({2, 2}, -4);
  const auto near =
      NormalMixture({2, 2}, Variable(means) - Variable(Tensor::of({2}, {100, -50})), log_variances)
          .log_prob(Variable(x) - Variable(Tensor::of({2}, {100, -50})), pass)
          .value()
          .to_doubles();
  const auto far = NormalMixture({2, 2}, means, log_variances).log_prob(x, pass).value().to_doubles();
  for (std::size_t row = 0; row < 2; ++row) CHECK(far[row] == Approx(near[row]).epsilon(1e-4));
}

TEST_CASE("mixtures of normals: samples, means, repeated rows, gradients, and what they refuse") {
  Pass pass = mixture_pass();
  const std::int64_t rows = 40000;
  const Tensor means = Tensor::of({2, 1}, {-1, 3}), log_variances = Tensor::of({2, 1}, {std::log(.25), 0}),
               logits = Tensor::of({2}, {std::log(.25), std::log(.75)});
  const NormalMixture p({rows, 1}, means, log_variances, logits);
  // Mean ¼·(−1) + ¾·3, variance ¼·¼ + ¾·1 + ¼·¾·4².
  double total = 0, squares = 0;
  for (const double z : p.sample(pass, "test").value().to_doubles()) {
    total += z;
    squares += (z - 2) * (z - 2);
  }
  const double variance = 3.8125;
  CHECK(total / rows == Approx(2).margin(5 * std::sqrt(variance / rows)));
  CHECK(squares / rows == Approx(variance).epsilon(0.04));
  CHECK(p.mean(pass).value().to_doubles()[7] == Approx(2));
  CHECK_FALSE(p.log_prob(means, pass, Per::element).defined());
  CHECK_FALSE(p.kl(p).defined());
  CHECK_FALSE(p.reparameterized());

  const Tensor x = random_tensor({3, 2}, -1, 1, "x");
  const NormalMixture small({3, 2}, random_tensor({4, 2}, -1, 1, "m"), random_tensor({4, 2}, -1, 1, "v"));
  CHECK(small.repeat(2)->log_prob(repeat_rows(x, 2), pass).value().to_doubles() ==
        repeat_rows(small.log_prob(x, pass), 2).value().to_doubles());
  CHECK(gradient_mismatch(
            [](std::span<const Variable> v) {
              Pass own = mixture_pass();
              const NormalMixture q({3, 2}, v[0], v[1], v[2]);
              return q.log_prob(v[3], own) + sum(q.mean(own)) + sum(square(q.sample(own, "test")));
            },
            {random_tensor({4, 2}, -1, 1, "m"), random_tensor({4, 2}, -1, 1, "v"),
             random_tensor({4}, -1, 1, "w"), x}) == "");
  const Variable leaf = Variable::leaf(random_tensor({4, 2}, -1, 1, "m"));
  const auto detached = NormalMixture({3, 2}, leaf, leaf).detached();
  CHECK(sum(square(grad(sum(detached->log_prob(x, pass)), std::span(&leaf, 1))[0])).item() == 0);
  CHECK_THROWS_WITH(NormalMixture({3, 2}, random_tensor({4, 3}, -1, 1), random_tensor({4, 2}, -1, 1)),
                    Catch::Contains("(components, 2)"));
}

TEST_CASE("samples of a mixture with full covariances have its moments") {
  Pass pass = mixture_pass();
  const std::int64_t rows = 40000;
  // Covariance L·Lᵀ = (1, ½; ½, 5/4) of the second component; the first one has no weight to speak of.
  const FullNormalMixture p(1, Tensor::of({2}, {1e-12, 1}), Tensor::of({2, 2}, {50, 50, 1, -2}),
                            Tensor::of({2, 2, 2}, {1, 0, 0, 1, 1, 0, .5, 1}));
  const std::vector<double> z = p.repeat(rows)->sample(pass, "test").value().to_doubles();
  double a = 0, b = 0, aa = 0, ab = 0, bb = 0;
  for (std::size_t i = 0; i < z.size(); i += 2) {
    a += z[i] / rows;
    b += z[i + 1] / rows;
    aa += (z[i] - 1) * (z[i] - 1) / rows;
    ab += (z[i] - 1) * (z[i + 1] + 2) / rows;
    bb += (z[i + 1] + 2) * (z[i + 1] + 2) / rows;
  }
  CHECK(a == Approx(1).margin(.025));
  CHECK(b == Approx(-2).margin(.03));
  CHECK(aa == Approx(1).margin(.04));
  CHECK(ab == Approx(.5).margin(.04));
  CHECK(bb == Approx(1.25).margin(.05));
  CHECK(p.mean(pass).value().to_doubles()[0] == Approx(1));
}

TEST_CASE("a point mass has its point, and no density") {
  Pass pass = mixture_pass();
  const Tensor x = random_tensor({3, 2}, -1, 1, "x");
  const PointMass p(x);
  CHECK(p.sample(pass, "test").value().to_doubles() == x.to_doubles());
  CHECK(p.mean(pass).value().to_doubles() == x.to_doubles());
  CHECK_FALSE(p.draw(pass, "test").log_prob.defined());
  CHECK_FALSE(p.kl(*Normal::standard({3, 2})).defined());
  CHECK_THROWS_WITH(p.log_prob(x, pass), Catch::Contains("no density"));
  CHECK(p.repeat(2)->mean(pass).shape() == Shape{6, 2});
}
