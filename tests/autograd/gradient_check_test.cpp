#include "support/gradient_check.hpp"

#include <catch2/catch.hpp>

#include "descent/autograd/node.hpp"
#include "descent/autograd/ops.hpp"

using namespace descent;
using testing::differences_are_checked;
using testing::gradient_mismatch;
using testing::random_tensor;

namespace {

// The square, with gradients that are wrong by these factors; or without the derivative's own history.
struct Faults {
  double plain = 1;
  double recorded = 1;
  bool forgets_history = false;
};

class FaultySquare final : public Node {
 public:
  explicit FaultySquare(const Faults& faults) : faults_(faults) {}
  const char* name() const override { return "faulty_square"; }
  void backward(const Variable& gradient, Gradients& into) const override {
    const Variable x = faults_.forgets_history ? inputs[0].detach() : inputs[0];
    into.add(0, gradient * x * (2 * (into.recording() ? faults_.recorded : faults_.plain)));
  }

 private:
  Faults faults_;
};

std::string mismatch_with(const Faults& faults, const testing::GradientCheck& check = {}) {
  const auto function = [&](std::span<const Variable> v) {
    return make_result<FaultySquare>(square(v[0]).value(), {v[0]}, faults);
  };
  return gradient_mismatch(function, {random_tensor({17}, 0.5, 1)}, check);
}

}  // namespace

TEST_CASE("a right gradient passes") {
  CHECK(mismatch_with({}) == "");
}

TEST_CASE("two ways to a gradient that differ are found in every build") {
  CHECK_THAT(mismatch_with({.plain = 1.001}), Catch::Contains("with and without a graph"));
  CHECK_THAT(mismatch_with({.recorded = 1.001}), Catch::Contains("with and without a graph"));
}

TEST_CASE("wrong gradients and lost second derivatives are found where differences are precise enough") {
  const std::string wrong = mismatch_with({.plain = 1.0001, .recorded = 1.0001});
  const std::string lost = mismatch_with({.forgets_history = true});
  CHECK((wrong.find("first order") != std::string::npos) == differences_are_checked);
  CHECK((lost.find("second order") != std::string::npos) == differences_are_checked);
  CHECK(mismatch_with({.forgets_history = true}, {.second_order = false}) == "");
}

TEST_CASE("a check leaves the leaves as they were") {
  const Variable x = Variable::leaf(random_tensor({7}, -1, 1));
  const auto before = x.value().to_doubles();
  CHECK(gradient_mismatch([&] { return square(x); }, std::span(&x, 1)) == "");
  CHECK(x.value().to_doubles() == before);
}
