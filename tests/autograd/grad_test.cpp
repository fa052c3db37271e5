#include <catch2/catch.hpp>

#include "descent/autograd/node.hpp"
#include "descent/autograd/ops.hpp"
#include "descent/base/error.hpp"
#include "descent/base/pool.hpp"
#include "support/gradient_check.hpp"

using namespace descent;
using testing::random_tensor;

namespace {

// Doubles its input and counts how often its gradient is asked for.
class CountedDouble final : public Node {
 public:
  explicit CountedDouble(int* calls) : calls_(calls) {}
  const char* name() const override { return "counted_double"; }
  void backward(const Variable& gradient, Gradients& into) const override {
    ++*calls_;
    into.add(0, gradient * 2.0);
  }

 private:
  int* calls_;
};

Variable counted_double(const Variable& x, int& calls) {
  const Variable value = x.detach() * 2.0;
  return make_result<CountedDouble>(value.value(), {x}, &calls);
}

// Its gradient has a wrong shape, or throws.
class Broken final : public Node {
 public:
  explicit Broken(bool throws) : throws_(throws) {}
  const char* name() const override { return "broken"; }
  void backward(const Variable&, Gradients& into) const override {
    if (throws_) throw RunError("broken on purpose");
    into.add(0, Variable(Tensor::zeros({7})));
  }

 private:
  bool throws_;
};

Variable leaf(const Shape& shape, const std::string& name = "leaf") {
  return Variable::leaf(random_tensor(shape, -1, 1, name));
}

double gradient_of(const Variable& output, const Variable& wrt) {
  return grad(output, std::span(&wrt, 1))[0].item();
}

}  // namespace

TEST_CASE("gradients with respect to results of ops, to the output itself, and twice to the same") {
  const Variable x = Variable::leaf(Tensor::scalar(3));
  const Variable y = square(x), z = exp(y * 0.5);
  const std::vector<Variable> wrt{y, x, z, y};
  const auto gradients = grad(z, wrt);
  REQUIRE(gradients.size() == 4);
  CHECK(gradients[0].item() == Approx(0.5 * z.item()));
  CHECK(gradients[1].item() == Approx(0.5 * z.item() * 6));
  CHECK(gradients[2].item() == 1);
  CHECK(gradients[3].item() == gradients[0].item());
}

TEST_CASE("what does not depend on the outputs has a gradient of zeros") {
  const Variable x = leaf({3}), other = leaf({2, 5});
  const std::vector<Variable> wrt{other, x};
  for (const bool create_graph : {false, true}) {
    const auto gradients = grad(sum(x), wrt, {.create_graph = create_graph});
    CHECK(gradients[0].shape() == Shape{2, 5});
    CHECK(gradients[0].value().to_doubles() == std::vector<double>(10, 0));
    CHECK(gradients[1].value().to_doubles() == std::vector<double>(3, 1));
  }
  const auto of_constant = grad(Variable::scalar(4), wrt);
  CHECK(of_constant[1].value().to_doubles() == std::vector<double>(3, 0));
}

TEST_CASE("in a diamond each node's backward runs once, with all contributions") {
  const Variable x = Variable::leaf(Tensor::scalar(2));
  int calls = 0;
  Variable y = x;
  for (int i = 0; i < 20; ++i) {  // 2^20 paths
    const Variable doubled = counted_double(y, calls);
    y = doubled + doubled;
  }
  CHECK(gradient_of(y, x) == 0x1p40);
  CHECK(calls == 20);
}

TEST_CASE("nothing is computed that wrt does not need") {
  const Variable x = leaf({3}), y = leaf({3});
  int calls_x = 0, calls_y = 0;
  const Variable inner = counted_double(x, calls_x);
  const Variable result = sum(inner * counted_double(y, calls_y));
  const std::vector<Variable> wrt_y{y}, wrt_inner{inner};
  grad(result, wrt_y);
  CHECK(calls_x == 0);
  CHECK(calls_y == 1);
  grad(result, wrt_inner);
  CHECK(calls_x == 0);
  CHECK(calls_y == 1);
}

TEST_CASE("a graph can be differentiated any number of times, with respect to anything") {
  const Variable x = leaf({5}, "x"), w = leaf({5}, "w");
  const Variable y = sum(tanh(x * w));
  const std::vector<Variable> both{x, w}, one{w};
  const auto first = grad(y, both), second = grad(y, one), third = grad(y, both);
  CHECK(first[1].value().to_doubles() == second[0].value().to_doubles());
  CHECK(first[0].value().to_doubles() == third[0].value().to_doubles());
}

TEST_CASE("several outputs, and gradients to start from") {
  const Variable x = Variable::leaf(Tensor::of({2}, {1.0, 2.0}));
  const std::vector<Variable> outputs{square(x), sum(x), x}, wrt{x};
  CHECK(grad(outputs, wrt)[0].value().to_doubles() == std::vector<double>{4, 6});
  const std::vector<Variable> starts{Variable(Tensor::of({2}, {10.0, 0.0})), Variable::scalar(3),
                                     Variable(Tensor::of({2}, {0.0, 5.0}))};
  CHECK(grad(outputs, wrt, {.output_gradients = starts})[0].value().to_doubles() ==
        std::vector<double>{23, 8});
}

TEST_CASE("derivatives of any order: e^(x²/2) gives Hermite's polynomials") {
  const Variable x = Variable::leaf(Tensor::scalar(0.7));
  Variable y = exp(square(x) * 0.5);
  const double value = y.item();
  const std::vector<Variable> wrt{x};
  std::vector<double> derivatives;
  for (int i = 0; i < 4; ++i) {
    y = grad(y, wrt, {.create_graph = true})[0];
    derivatives.push_back(y.item() / value);
  }
  const double t = 0.7;
  CHECK(derivatives[0] == Approx(t));
  CHECK(derivatives[1] == Approx(1 + t * t));
  CHECK(derivatives[2] == Approx(3 * t + t * t * t));
  CHECK(derivatives[3] == Approx(3 + 6 * t * t + t * t * t * t));
}

TEST_CASE("gradients are written into given memory, all contributions of a weight used twice") {
  const Variable w = leaf({3, 3}, "w"), x = leaf({4, 3}, "x"), b = leaf({3}, "b"), idle = leaf({2}, "idle");
  const auto loss = [&] {
    const Variable h = dense(x, w, b, Activation::tanh);
    return sum(square(dense(h, w, b, Activation::sigmoid)) + matmul(x, w)) + sum(square(w)) + sum(w + b);
  };
  const std::vector<Variable> wrt{w, b, idle, x, w};
  const auto expected = grad(loss(), wrt);
  Tensor arena = Tensor::full({64}, NAN);
  std::vector<Tensor> into{arena.part(0, {3, 3}), arena.part(16, {3}), arena.part(32, {2}),
                           arena.part(48, {4, 3}), Tensor::full({3, 3}, NAN)};
  grad_into(loss(), wrt, into);
  for (std::size_t i = 0; i < wrt.size(); ++i) {
    CAPTURE(i);
    const auto a = expected[i].value().to_doubles(), b_into = into[i].to_doubles();
    for (std::size_t j = 0; j < a.size(); ++j) CHECK(b_into[j] == Approx(a[j]).epsilon(1e-5));
  }
  CHECK(into[0].shares_memory_with(arena));
}

TEST_CASE("a result of an op and the output itself get their gradients into given memory, too") {
  const Variable x = leaf({3});
  const Variable y = tanh(x), z = y * y;
  const std::vector<Variable> wrt{z, y, x};
  const auto expected = grad(z, wrt);
  std::vector<Tensor> into{Tensor::empty({3}), Tensor::empty({3}), Tensor::empty({3})};
  grad_into(z, wrt, into);
  for (std::size_t i = 0; i < 3; ++i) CHECK(into[i].to_doubles() == expected[i].value().to_doubles());
}

TEST_CASE("gradients that share memory on their way are not rewritten") {
  const Variable a = leaf({4}, "a"), b = leaf({4}, "b");
  const Variable s = a + b;  // hands its own gradient on to both
  const Variable result = sum(s * s) + sum(a * 3.0);
  const std::vector<Variable> wrt{a, b, s};
  const auto g = grad(result, wrt);
  for (int i = 0; i < 4; ++i) {
    const double of_s = 2 * static_cast<double>(s.value().data()[i]);
    CHECK(static_cast<double>(g[2].value().data()[i]) == Approx(of_s));
    CHECK(static_cast<double>(g[1].value().data()[i]) == Approx(of_s));
    CHECK(static_cast<double>(g[0].value().data()[i]) == Approx(of_s + 3));
  }
}

TEST_CASE("history is recorded where it is wanted only") {
  const Variable x = leaf({3});
  CHECK(exp(x).requires_grad());
  CHECK_FALSE(exp(x.detach()).requires_grad());
  CHECK_FALSE(exp(Variable(Tensor::scalar(1))).requires_grad());
  const NoGrad off;
  CHECK_FALSE(exp(x).requires_grad());
  {
    const NoGrad on(false);
    CHECK(exp(x).requires_grad());
  }
  CHECK_FALSE(exp(x).requires_grad());
  const std::vector<Variable> wrt{x};
  const Variable y = [&] {
    const NoGrad on(false);
    return sum(exp(x));
  }();
  CHECK_FALSE(grad(y, wrt)[0].requires_grad());
  CHECK(grad(y, wrt, {.create_graph = true})[0].requires_grad());
}

TEST_CASE("mistakes are told by name") {
  const Variable x = leaf({3}), constant = Tensor::zeros({3});
  const std::vector<Variable> wrt_constant{x, constant}, wrt{x}, undefined{Variable()};
  CHECK_THROWS_WITH(grad(sum(x), wrt_constant), Catch::Contains("wrt 1 is a constant"));
  CHECK_THROWS_WITH(grad(sum(x), undefined), Catch::Contains("wrt 0 is undefined"));
  const std::vector<Variable> start{Variable::scalar(1)};
  CHECK_THROWS_WITH(grad(exp(x), wrt, {.output_gradients = start}),
                    Catch::Contains("(3)") && Catch::Contains("()"));
  std::vector<Tensor> into{Tensor::zeros({4})};
  CHECK_THROWS_WITH(grad_into(sum(x), wrt, into), Catch::Contains("(4)"));
  const Variable broken = make_result<Broken>(Tensor::zeros({3}), {x}, false);
  CHECK_THROWS_WITH(grad(broken, wrt), Catch::Contains("'broken'") && Catch::Contains("(7)"));
}

TEST_CASE("after an exception the graph is as it was") {
  const Variable x = leaf({3});
  const Variable part = exp(x);
  const Variable bad = sum(part * make_result<Broken>(Tensor::zeros({3}), {part}, true));
  const std::vector<Variable> wrt{x};
  const auto before = pool::usage().in_use;
  CHECK_THROWS_AS(grad(bad, wrt), RunError);
  CHECK(pool::usage().in_use == before);
  CHECK(grad(sum(part), wrt)[0].value().to_doubles() == part.value().to_doubles());
}

TEST_CASE("all memory goes back when the last variable does, however deep the graph") {
  const auto before = pool::usage().in_use;
  {
    const Variable x = leaf({1});
    Variable y = x;
    for (int i = 0; i < 200000; ++i) y = y + 1.0;
    CHECK(gradient_of(y, x) == 1);
    Variable z = sum(exp(x));
    const std::vector<Variable> wrt{x};
    for (int i = 0; i < 3; ++i) z = sum(grad(z, wrt, {.create_graph = true})[0] * x);
  }
  CHECK(pool::usage().in_use == before);
}

TEST_CASE("gradients of what no history was recorded of are refused, and not zero") {
  const Variable x = Variable::leaf(Tensor::scalar(3));
  const Variable before = square(x);
  const NoGrad no_history;
  CHECK_THROWS_WITH(grad(square(x), {&x, 1}), Catch::Contains("no history"));
  CHECK(grad(before, {&x, 1})[0].item() == 6);
  const NoGrad recording(false);
  CHECK(grad(square(x), {&x, 1})[0].item() == 6);
}
