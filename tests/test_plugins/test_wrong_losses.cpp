#include <descent/plugin/loss.hpp>

// Losses that are each wrong in one way, and right in every other.
namespace {

using namespace descent;

/// ½·‖x‖² of the first vector of a point, for what is built on it.
class OnPoint : public LossOn<Point> {
 public:
  std::vector<Player> players(const Model&, const std::vector<std::string>&) const override {
    return {{.name = "point", .rest = true}};
  }
  std::vector<TermSpec> declares(std::string_view, const Model&) const override { return {{"value"}}; }

 protected:
  static const Variable& first(Point& model) { return model.vectors()[0]->variable; }
};

/// Says x·x̄ where x̄ is x without its history: half of the gradient is missing.
class Detached final : public OnPoint {
 public:
  void evaluate(std::string_view, Point& model, const Batch&, Context&, Terms& out) const override {
    out.set("value", sum(first(model) * first(model).detach()));
  }
};

/// One number for each dimension instead of one.
class WideTerm final : public OnPoint {
 public:
  void evaluate(std::string_view, Point& model, const Batch&, Context&, Terms& out) const override {
    out.set("value", concatenate_batch(square(first(model)), square(first(model))));
  }
};

class Forgetful final : public OnPoint {
 public:
  std::vector<TermSpec> declares(std::string_view, const Model&) const override {
    return {{"value"}, {"size"}};
  }
  void evaluate(std::string_view, Point& model, const Batch&, Context&, Terms& out) const override {
    out.set("value", sum(square(first(model))));
  }
};

/// Another one each time it is made.
class Counting final : public OnPoint {
 public:
  Counting() : number_(++made) {}
  void evaluate(std::string_view, Point& model, const Batch&, Context&, Terms& out) const override {
    out.set("value", sum(square(first(model))) * number_);
  }

 private:
  static inline double made = 0;
  double number_;
};

}  // namespace

DESCENT_LOSS(Detached, "test_detached", "half of its gradient is missing, for tests")
DESCENT_LOSS(WideTerm, "test_wide_term", "a term of a shape of its own, for tests")
DESCENT_LOSS(Forgetful, "test_forgetful", "declares a term and does not set it, for tests")
DESCENT_LOSS(Counting, "test_counting", "another one each time it is made, for tests")
