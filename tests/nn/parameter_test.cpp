#include "descent/nn/parameter.hpp"

#include <catch2/catch.hpp>

#include "descent/base/error.hpp"

using namespace descent;

TEST_CASE("parameters and buffers are registered under their group") {
  Registrar registrar;
  const Parameter& first =
      registrar.parameter("generator", "0.weight", {2, 3}, initialize::constant(1), {2, 3});
  registrar.parameter("discriminator", "0.weight", {3, 1}, initialize::constant(1));
  registrar.parameter("generator", "0.bias", {3}, initialize::constant(0));
  const Buffer& buffer = registrar.average("generator", "mean", Tensor::zeros({3}));
  CHECK(first.name == "generator.0.weight");
  CHECK(first.group == "generator");
  CHECK(first.as_matrix() == std::optional(first.shape));
  CHECK(first.fan.in == 2);
  CHECK(buffer.name() == "generator.mean");
  CHECK(registrar.groups() == std::vector<std::string>{"generator", "discriminator"});
  CHECK_THROWS_WITH(registrar.parameter("generator", "0.bias", {3}, initialize::constant(0)),
                    Catch::Contains("'generator.0.bias'") && Catch::Contains("twice"));
  CHECK_THROWS_AS(registrar.average("generator", "mean", Tensor::zeros({3})), Error);
  CHECK_THROWS_AS(registrar.average("generator", "0.bias", Tensor::zeros({3})), Error);
  for (const char* group : {"a.b", "*", "a b", ""})
    CHECK_THROWS_AS(registrar.average(group, "mean", Tensor::zeros({3})), Error);
  CHECK_THROWS_AS(registrar.parameter("plugin", "w", {3}, initialize::constant(0)), Error);
  CHECK_THROWS_AS(registrar.parameter("", "w", {3}, initialize::constant(0)), Error);
  CHECK_THROWS_AS(registrar.parameter("a", "w", {0, 3}, initialize::constant(0)), Error);
  CHECK_THROWS_AS(registrar.parameter("a", "w", {3}, nullptr), Error);
  CHECK(registrar.parameters().size() == 3);
}

TEST_CASE("a staged buffer shows when it is committed, and only passes that may stage it") {
  Buffer buffer("mean", Tensor::zeros({2}), BufferKind::average);
  const Pass may(Mode::training, 1, 1, 0, BufferUpdates::staged),
      may_not(Mode::training, 1, 1, 0, BufferUpdates::none);
  const std::vector<double> zeros{0, 0};
  buffer.stage(Tensor::full({2}, 1), may_not);
  buffer.commit();
  CHECK(buffer.value().to_doubles() == zeros);
  buffer.stage(Tensor::full({2}, 1), may);
  CHECK(buffer.value().to_doubles() == zeros);
  buffer.discard();
  buffer.commit();
  CHECK(buffer.value().to_doubles() == zeros);
  Tensor second = Tensor::full({2}, 3);
  buffer.stage(Tensor::full({2}, 2), may);
  buffer.stage(second, may);
  second.fill(9);  // the caller may use its memory again
  buffer.commit();
  CHECK(buffer.value().to_doubles() == std::vector<double>{3, 3});
  buffer.stage(Tensor::full({2}, 4), may);
  buffer.assign(Tensor::full({2}, 5));
  buffer.commit();
  CHECK(buffer.value().to_doubles() == std::vector<double>{5, 5});
  CHECK_THROWS_AS(buffer.stage(Tensor::zeros({3}), may), Error);
  CHECK_THROWS_AS(buffer.assign(Tensor::zeros({3})), Error);
}

TEST_CASE("a pass made anew draws the same numbers; draws, names and counters draw others") {
  const auto draw = [](Pass& pass, const char* name) { return pass.normal(name, {5}).value().to_doubles(); };
  Pass first(Mode::training, 1, 7, 2, BufferUpdates::staged),
      again(Mode::training, 1, 7, 2, BufferUpdates::staged);
  const auto a = draw(first, "latent"), b = draw(first, "latent"), c = draw(first, "dropout");
  CHECK(draw(again, "dropout") == c);
  CHECK(draw(again, "latent") == a);
  CHECK(draw(again, "latent") == b);
  CHECK(a != b);
  CHECK(a != c);
  Pass other_seed(Mode::training, 2, 7, 2, BufferUpdates::staged),
      other_step(Mode::training, 1, 8, 2, BufferUpdates::staged),
      other_evaluation(Mode::training, 1, 7, 3, BufferUpdates::staged);
  for (Pass* other : {&other_seed, &other_step, &other_evaluation}) CHECK(draw(*other, "latent") != a);
  Pass many(Mode::training, 1, 7, 2, BufferUpdates::staged);
  for (int i = 0; i < 64; ++i) many.random("stream " + std::to_string(i));
  CHECK_NOTHROW(many.random("stream 0"));
  CHECK_THROWS_AS(many.random("one too many"), Error);
}
