#include "descent/nn/spectral_norm.hpp"

#include <catch2/catch.hpp>
#include <cmath>

#include "support/gradient_check.hpp"
#include "support/layers.hpp"
#include "support/materialize.hpp"
#include "support/numbers.hpp"
#include "support/sine_fill.hpp"

using namespace descent;
using testing::gradient_mismatch;
using testing::sine_fill;

namespace {

constexpr double spectral_tolerance = testing::is_double ? 1e-7 : 1e-4;

Pass pass_of(Mode mode, BufferUpdates updates) {
  return Pass(mode, 1, 1, 0, updates);
}

double length(const Tensor& x) {
  return std::sqrt(sum(square(Variable(x))).item());
}

// A linear layer 5 -> 3 without a bias, the weight F(2, .9; 5, 3), u at F(1, 1; 3) scaled to length 1.
struct Normalized {
  Normalized() : layer("{linear: {outputs: 3, bias: false, spectral_norm: true}}", {5}) {
    weight().value.copy_from(sine_fill(2, 0.9, {5, 3}));
    const Variable start = sine_fill(1, 1, {3});
    u().assign((start / sqrt(sum(square(start)))).value());
  }
  Parameter& weight() { return *layer.registrar.parameters()[0]; }
  Buffer& u() { return *layer.registrar.buffers()[0]; }
  // The normalized weight: what the layer makes of the unit vectors.
  Variable divided(Pass& pass) const {
    Tensor unit = Tensor::zeros({5, 5});
    for (std::int64_t i = 0; i < 5; ++i) unit.data()[6 * i] = 1;
    return layer.forward(unit, pass);
  }

  testing::BuiltLayer layer;
};

}  // namespace

// The expected numbers were computed in double with numpy: v = W·u/‖W·u‖, u = Wᵀ·v/‖Wᵀ·v‖, σ = vᵀ·W·u, L = Σ F(.4, 1.1;
// 5, 3)·W/σ, its gradient with constant u and v.
TEST_CASE("spectral normalization after one and five power iterations: exact values") {
  struct Expected {
    int iterations;
    double loss, first_gradient, gradient_squares;
    std::vector<double> u;
  };
  for (const Expected& expected :
       {Expected{1, 2.29452742, -0.294290271, 1.91898167, {0.748706119, 0.13060376, -0.649909075}},
        Expected{5, 1.94364448, -0.110758724, 0.930302653, {0.749091531, -0.142562955, -0.646944883}}}) {
    CAPTURE(expected.iterations);
    Normalized normalized;
    Pass pass = pass_of(Mode::training, BufferUpdates::staged);
    Variable divided;
    for (int i = 0; i < expected.iterations; ++i) divided = normalized.divided(pass);
    const Variable loss = sum(Variable(sine_fill(0.4, 1.1, {5, 3})) * divided);
    CHECK(loss.item() == Approx(expected.loss).epsilon(spectral_tolerance));
    const Variable leaves[] = {normalized.weight().variable};
    const Variable gradient = grad(loss, leaves)[0];
    CHECK(gradient.value().to_doubles()[0] ==
          Approx(expected.first_gradient).epsilon(10 * spectral_tolerance));
    CHECK(sum(square(gradient)).item() == Approx(expected.gradient_squares).epsilon(10 * spectral_tolerance));
    CHECK_THAT(normalized.u().latest().to_doubles(),
               Catch::Matchers::Approx(expected.u).epsilon(spectral_tolerance));
    const double sigma = normalized.weight().value.to_doubles()[0] / divided.value().to_doubles()[0];
    CHECK(sigma == Approx(expected.iterations == 1 ? 2.11748195 : 2.49974749).epsilon(spectral_tolerance));
  }
}

TEST_CASE("many power iterations find the largest singular value") {
  Normalized normalized;
  Pass pass = pass_of(Mode::training, BufferUpdates::staged),
       evaluation = pass_of(Mode::evaluation, BufferUpdates::none);
  for (int i = 0; i < 100; ++i) normalized.divided(pass);
  normalized.u().commit();
  const double sigma =
      normalized.weight().value.to_doubles()[0] / normalized.divided(evaluation).value().to_doubles()[0];
  CHECK(sigma == Approx(2.4997477).epsilon(spectral_tolerance));
}

TEST_CASE("only training passes that may write move the vector") {
  Normalized normalized;
  const std::vector<double> before = normalized.u().value().to_doubles();
  Pass evaluation = pass_of(Mode::evaluation, BufferUpdates::staged),
       reading = pass_of(Mode::training, BufferUpdates::none),
       writing = pass_of(Mode::training, BufferUpdates::staged);
  const auto of = [&](Pass& pass) { return normalized.divided(pass).value().to_doubles(); };
  const std::vector<double> first = of(evaluation);
  CHECK(of(reading) == first);
  normalized.u().commit();
  CHECK(normalized.u().value().to_doubles() == before);

  of(writing);
  CHECK(normalized.u().value().to_doubles() == before);
  CHECK(normalized.u().latest().to_doubles() != before);
  CHECK(of(evaluation) == first);
  const std::vector<double> of_latest = of(reading);
  CHECK(of_latest != first);
  CHECK(of(reading) == of_latest);
  normalized.u().commit();
  CHECK(of(evaluation) == of_latest);
}

TEST_CASE("a forward that stages later leaves the gradients of an earlier one alone") {
  Normalized normalized;
  Pass pass = pass_of(Mode::training, BufferUpdates::staged);
  normalized.divided(pass);
  const Variable leaves[] = {normalized.weight().variable};
  const auto gradient = [&](bool stages_afterwards) {
    Variable divided;
    {
      const auto guard = pass.no_buffer_updates();
      divided = normalized.divided(pass);
    }
    if (stages_afterwards) normalized.divided(pass);
    return grad(sum(square(divided) * divided), leaves)[0].value().to_doubles();
  };
  const std::vector<double> expected = gradient(false);
  CHECK(gradient(true) == expected);
}

TEST_CASE("the vector starts at random with length 1, the same for the same seed") {
  const auto start = [](std::uint64_t seed) {
    testing::BuiltLayer layer("{linear: {outputs: 30, spectral_norm: true}}", {5});
    testing::materialize(layer.registrar, seed);
    CHECK(layer.registrar.buffers()[0]->name() == "net.0.weight_u");
    CHECK(length(layer.registrar.buffers()[0]->value()) == Approx(1));
    return layer.registrar.buffers()[0]->value().to_doubles();
  };
  CHECK(start(1) == start(1));
  CHECK(start(1) != start(2));
}

TEST_CASE("spectral normalization has right gradients where the vector stays") {
  for (const char* yaml :
       {"{linear: {outputs: 3, spectral_norm: true}}", "{maxout: {units: 3, spectral_norm: true}}"}) {
    const testing::BuiltLayer layer(yaml, {5});
    const Variable x = Variable::leaf(testing::random_tensor({4, 5}, -1, 1));
    auto leaves = testing::variables(layer.registrar);
    leaves.push_back(x);
    const auto function = [&] {
      Pass pass = pass_of(Mode::training, BufferUpdates::none);
      return square(layer.forward(x, pass));
    };
    CHECK(gradient_mismatch(function, leaves) == "");
  }
}
