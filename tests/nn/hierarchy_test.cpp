#include "descent/nn/hierarchy.hpp"

#include <catch2/catch.hpp>
#include <cmath>

#include "support/gradient_check.hpp"

using namespace descent;
using testing::gradient_mismatch;
using testing::random_tensor;

namespace {

Pass hierarchy_pass() {
  return {Mode::training, 1, 1, 0, BufferUpdates::none};
}

// One layer N(m, s²), the other N(a·first, 1): a is a parameter.
struct Layers {
  Parameter a;
  Parameter* parameters[1] = {&a};
  Layers() { a.variable = Variable::leaf(Tensor::scalar(.5)); }
  DistributionPtr of(Hierarchy::First order, const Variable& mean, double stddev) {
    return make_distribution<Hierarchy>(
        order, 1, make_distribution<Normal>(mean, stddev),
        [this](const Variable& first, Pass&) { return make_distribution<Normal>(a.variable * first, 1.0); },
        std::span<Parameter* const>(parameters));
  }
};

}  // namespace

// Two linear layers are a normal distribution of the plane: mean (m, a·m), covariance (s², a·s²; a·s², a²·s² + 1).
TEST_CASE("the density of a hierarchy is that of its layers together, in either order") {
  Layers layers;
  Pass pass = hierarchy_pass();
  const double m = .3, s = 1.5, a = .5;
  const auto density = [&](double first, double second) {
    const double xx = s * s, xy = a * s * s, yy = a * a * s * s + 1, det = xx * yy - xy * xy;
    const double u = first - m, v = second - a * m;
    return -(yy * u * u - 2 * xy * u * v + xx * v * v) / det / 2 - std::log(det) / 2 - std::log(2 * M_PI);
  };
  const Variable mean = Tensor::full({2, 1}, m);
  const Tensor z = Tensor::of({2, 2}, {.7, -1.1, 2, .25});
  const auto front = layers.of(Hierarchy::First::front, mean, s)->log_prob(z, pass).value().to_doubles();
  const auto back = layers.of(Hierarchy::First::back, mean, s)->log_prob(z, pass).value().to_doubles();
  CHECK(front[0] == Approx(density(.7, -1.1)).epsilon(1e-5));
  CHECK(front[1] == Approx(density(2, .25)).epsilon(1e-5));
  CHECK(back[0] == Approx(density(-1.1, .7)).epsilon(1e-5));
  CHECK(back[1] == Approx(density(.25, 2)).epsilon(1e-5));
}

TEST_CASE(
    "a hierarchy's draw has the density that log_prob gives its sample, and the moments of its layers") {
  Layers layers;
  const std::int64_t rows = 20000;
  for (const auto order : {Hierarchy::First::front, Hierarchy::First::back}) {
    Pass pass = hierarchy_pass();
    const auto p = layers.of(order, Tensor::full({1, 1}, .3), 1.5)->repeat(rows);
    const Draw z = p->draw(pass, "test");
    const auto numbers = z.value.value().to_doubles(), own = z.log_prob.value().to_doubles(),
               again = p->log_prob(z.value, pass).value().to_doubles();
    double covariance = 0, worst = 0;
    for (std::size_t i = 0; i < numbers.size(); i += 2) {
      const bool front = order == Hierarchy::First::front;
      covariance += (numbers[i] - (front ? .3 : .15)) * (numbers[i + 1] - (front ? .15 : .3)) / rows;
      worst = std::max(worst, std::abs(own[i / 2] - again[i / 2]));
    }
    CHECK(covariance == Approx(.5 * 1.5 * 1.5).margin(.08));
    CHECK(worst < 1e-4);
    CHECK_FALSE(p->mean(pass).defined());
    CHECK_FALSE(p->kl(*p).defined());
    CHECK_FALSE(p->log_prob(z.value, pass, Per::element).defined());
    CHECK(p->reparameterized());
  }
}

TEST_CASE("a detached hierarchy lets gradients through to what it is asked about, not to its parameters") {
  Layers layers;
  Pass pass = hierarchy_pass();
  const Variable mean = Variable::leaf(Tensor::full({2, 1}, .3));
  const Variable z = Variable::leaf(Tensor::of({2, 2}, {.7, -1.1, 2, .25}));
  const auto p = layers.of(Hierarchy::First::front, mean, 1.5);
  const Variable own = sum(p->log_prob(z, pass)), detached = sum(p->detached()->log_prob(z, pass));
  CHECK(own.item() == detached.item());
  const Variable wrt[] = {mean, layers.a.variable, z};
  const Variables full = grad(own, wrt), cut = grad(detached, wrt);
  CHECK(sum(square(full[0])).item() > 0);
  CHECK(sum(square(full[1])).item() > 0);
  CHECK(sum(square(cut[0])).item() == 0);
  CHECK(sum(square(cut[1])).item() == 0);
  // Through the second layer's mean, too.
  CHECK(cut[2].value().to_doubles() == full[2].value().to_doubles());
  CHECK(layers.a.variable.requires_grad());  // put back
  CHECK(gradient_mismatch(
            [&](std::span<const Variable> v) {
              Pass again = hierarchy_pass();
              layers.a.variable = v[1];
              const auto q = layers.of(Hierarchy::First::back, v[0], 1.5);
              return q->draw(again, "test").log_prob + q->log_prob(v[2], again);
            },
            {random_tensor({3, 1}, -1, 1, "m"), Tensor::scalar(.4), random_tensor({3, 2}, -1, 1, "z")}) ==
        "");
}
