#include <catch2/catch.hpp>
#include <cmath>

#include "metric_support.hpp"

using descent::Batch;
using descent::Tensor;

namespace {

const descent::Fields fields = {{.name = "x", .shape = {3}},
                                {.name = "label", .shape = {}, .classes = 3},
                                {.name = "height", .shape = {}}};

/// Its input is its prediction.
class Echo final : public HandMadeModel, public descent::Predictor {
 public:
  explicit Echo(std::string target = "label") : targets_{std::move(target)} {}
  descent::Values predict(const descent::Values& x, descent::Pass&) override { return x; }
  const std::vector<std::string>& input_fields() const override { return inputs_; }
  const std::vector<std::string>& target_fields() const override { return targets_; }

 private:
  std::vector<std::string> inputs_ = {"x"}, targets_;
};

class Table final : public descent::Dataset {
 public:
  descent::Fields fields() const override { return ::fields; }
  std::optional<std::int64_t> size(descent::Split) const override { return 1; }
};

Batch batch_of(const std::vector<double>& x, const std::vector<double>& labels) {
  const auto rows = std::ssize(labels);
  Batch batch(fields, rows);
  batch.rows("x").copy_from(Tensor::of({rows, 3}, x));
  batch.rows("label").copy_from(Tensor::of({rows}, labels));
  return batch;
}

}  // namespace

TEST_CASE("accuracy is the share over all batches, whatever their sizes") {
  HandMadeContext context;
  context.batches.push_back(
      batch_of({9, 1, 2, /**/ 1, 2, 3, /**/ -3, -1, -2}, {0, 2, 0}));  // right, right, wrong
  context.batches.push_back(batch_of({0, 5, 1}, {0}));                 // wrong
  Echo model;
  CHECK(make_metric("accuracy")->measure(model, context) == std::vector<double>{0.5});
}

TEST_CASE("outputs that are no numbers are wrong, wherever they stand") {
  HandMadeContext context;
  context.batches.push_back(batch_of({NAN, NAN, NAN, /**/ NAN, 1, 2}, {0, 0}));
  Echo model;
  CHECK(make_metric("accuracy")->measure(model, context) == std::vector<double>{0});
}

TEST_CASE("accuracy needs a predictor of classes") {
  const auto metric = make_metric("accuracy");
  CHECK_NOTHROW(metric->check(Echo(), Table()));
  CHECK_THROWS_AS(metric->check(HandMadeModel(), Table()), descent::RoleMismatch);
  CHECK_THROWS_WITH(metric->check(Echo("height"), Table()), Catch::Contains("'height'"));
  CHECK(metric->declares()[0].direction == descent::Direction::higher_is_better);
}

TEST_CASE("a predictor's features are by default those of its layer with `tap: true`") {
  HandMadeContext context;
  Echo model;
  const descent::Values x(descent::Variable(Tensor::of({1, 3}, {1, 2, 3})));
  CHECK_THROWS_WITH(model.features(x, context.pass()), Catch::Contains("tap: true"));
  class Tapping final : public HandMadeModel, public descent::Predictor {
   public:
    descent::Values predict(const descent::Values& seen, descent::Pass& pass) override {
      pass.tap(seen[0] * 2);
      return seen;
    }
    const std::vector<std::string>& input_fields() const override { return names_; }
    const std::vector<std::string>& target_fields() const override { return names_; }

   private:
    std::vector<std::string> names_ = {"x"};
  };
  Tapping tapping;
  CHECK(tapping.features(x, context.pass()).value().to_doubles() == std::vector<double>{2, 4, 6});
  CHECK(tapping.features(x, context.pass()).value().to_doubles() == std::vector<double>{2, 4, 6});
}
