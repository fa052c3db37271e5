#include "descent/plugin/condition.hpp"

#include <catch2/catch.hpp>

using namespace descent;

namespace {

const Fields fields = {{.name = "image", .shape = {2, 3, 1}, .image = true},
                       {.name = "label", .classes = 3},
                       {.name = "pose", .shape = {2}},
                       {.name = "words", .shape = {4}, .classes = 9}};

}  // namespace

TEST_CASE("a condition is labels one-hot and other fields flat, side by side") {
  const Condition none, both(fields, {"label", "pose"});
  CHECK(none.empty());
  CHECK(none.shape().rank() == 0);
  CHECK_FALSE(none({}).defined());
  CHECK(both.shape() == Shape{5});
  const Values y{Tensor::of({2}, {2, 0}), Tensor::of({2, 2}, {.1, .2, .3, .4})};
  const Variable seen = both(y);
  CHECK(seen.shape() == Shape{2, 5});
  CHECK(seen.value().to_doubles() == Tensor::of({2, 5}, {0, 0, 1, .1, .2, 1, 0, 0, .3, .4}).to_doubles());
  CHECK(Condition(fields, {"image"}).size() == 6);
  CHECK_THROWS_WITH(Condition(fields, {"lable"}), Catch::Contains("did you mean 'label'?"));
  CHECK_THROWS_WITH(Condition(fields, {"words"}), Catch::Contains("it must be one label"));
}

TEST_CASE("a condition goes next to features, and into the channels of images as constant planes") {
  const Variable y = Tensor::of({2, 2}, {1, 2, 3, 4});
  const Variable features = Tensor::of({2, 1}, {7, 8});
  CHECK(with_condition(features, y).value().to_doubles() == std::vector<double>{7, 1, 2, 8, 3, 4});
  CHECK(with_condition(features, {}).node() == features.node());

  const Variable images = Tensor::of({2, 1, 2, 1}, {10, 20, 30, 40});
  const Variable joined = with_condition(images, y);
  CHECK(joined.shape() == Shape{2, 1, 2, 3});
  CHECK(joined.value().to_doubles() == std::vector<double>{10, 1, 2, 20, 1, 2, 30, 3, 4, 40, 3, 4});
  CHECK_THROWS_AS(with_condition(Tensor::zeros({2, 3, 4}), y), Error);

  const Condition label(fields, {"label"});
  CHECK(label.joined({5}) == Shape{8});
  CHECK(label.joined({2, 3, 1}) == Shape{2, 3, 4});
  CHECK(Condition().joined({2, 3, 1}) == Shape{2, 3, 1});
  CHECK_THROWS_AS(label.joined({2, 3}), Error);
}
