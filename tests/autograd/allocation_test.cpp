#include <atomic>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <new>

#include "descent/autograd/ops.hpp"
#include "descent/base/pool.hpp"
#include "descent/kernels/gemm.hpp"
#include "support/gradient_check.hpp"

// Every form of operator new of this program ends here and is counted.
static std::atomic<long> heap_allocations = 0;

static void* counted(std::size_t bytes, std::size_t alignment) {
  ++heap_allocations;
  void* memory = alignment == 0
                     ? std::malloc(bytes)
                     : std::aligned_alloc(alignment, (bytes + alignment - 1) / alignment * alignment);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

void* operator new(std::size_t bytes) {
  return counted(bytes, 0);
}
void* operator new[](std::size_t bytes) {
  return counted(bytes, 0);
}
void* operator new(std::size_t bytes, std::align_val_t alignment) {
  return counted(bytes, static_cast<std::size_t>(alignment));
}
void* operator new[](std::size_t bytes, std::align_val_t alignment) {
  return counted(bytes, static_cast<std::size_t>(alignment));
}
void* operator new(std::size_t bytes, const std::nothrow_t&) noexcept {
  return counted(bytes, 0);
}
void* operator new[](std::size_t bytes, const std::nothrow_t&) noexcept {
  return counted(bytes, 0);
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete[](void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, std::size_t) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::align_val_t) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, std::align_val_t) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept {
  std::free(memory);
}
void operator delete[](void* memory, std::size_t, std::align_val_t) noexcept {
  std::free(memory);
}

using namespace descent;
using testing::random_tensor;

namespace {

// A step of a network with a loss of many ops; `products` leaves out what a GEMM library may allocate in.
class Step {
 public:
  explicit Step(bool products) : products_(products) {
    for (const Variable& v : wrt_) into_.push_back(Tensor::empty(v.shape()));
  }

  void run() {
    const Variable &x = wrt_[0], &w = wrt_[1], &b = wrt_[2];
    Variable h = products_ ? dense(x, w, b, Activation::tanh) : tanh(x * b);
    h = products_ ? dense(h, w, b, Activation::relu) : relu(h * x + b);
    const Variable normalized = batch_normalize(h, b, b).result;
    const Variable both = concatenate_features(normalized, slice_features(softplus(h), 2, 9));
    const Variable likelihood = mean(sum_features(bce_with_logits(both, sigmoid(both).detach())));
    const Variable classes = mean(pick(log_softmax(h), labels_));
    grad_into(likelihood - classes + 0.1 * sum(square(w)) + mean(exp(b) / sqrt(square(b) + 1.0)), wrt_,
              into_);
  }

 private:
  bool products_;
  std::vector<Variable> wrt_{Variable::leaf(random_tensor({8, 33}, -1, 1, "x")),
                             Variable::leaf(random_tensor({33, 33}, -1, 1, "w")),
                             Variable::leaf(random_tensor({33}, 0.5, 1, "b"))};
  std::vector<Tensor> into_;
  Tensor labels_ = Tensor::zeros({8});
};

long allocations_of(const std::function<void()>& function) {
  const long before = heap_allocations;
  function();
  return heap_allocations - before;
}

}  // namespace

TEST_CASE("operator new is counted") {
  CHECK(allocations_of([] { std::vector<int>(100).front() = 1; }) == 1);
}

TEST_CASE("after the first steps a step takes nothing from the heap") {
  Step step(false);
  for (int i = 0; i < 3; ++i) step.run();
  const auto before = pool::usage();
  CHECK(allocations_of([&] {
          for (int i = 0; i < 5; ++i) step.run();
        }) == 0);
  CHECK(pool::usage().from_heap == before.from_heap);
  CHECK(pool::usage().in_use == before.in_use);
}

TEST_CASE("with matrix products, no more than the GEMM library takes for itself") {
  const Tensor x = random_tensor({8, 33}, -1, 1), w = random_tensor({33, 33}, -1, 1);
  Tensor y = Tensor::empty({8, 33}), dx = Tensor::empty({8, 33}), dw = Tensor::empty({33, 33});
  const auto its_products = [&] {
    gemm(x, Transpose::no, w, Transpose::no, y);
    gemm(y, Transpose::no, w, Transpose::yes, dx);
    gemm(x, Transpose::yes, y, Transpose::no, dw, true);
  };
  Step step(true);
  for (int i = 0; i < 3; ++i) step.run();
  its_products();
  const long of_products = 2 * allocations_of(its_products);  // two layers
  const auto before = pool::usage().from_heap;
  CHECK(allocations_of([&] { step.run(); }) <= of_products);
  CHECK(pool::usage().from_heap == before);
}

TEST_CASE("gradients of gradients take nothing from the heap after the first ones") {
  const Variable leaves[] = {Variable::leaf(random_tensor({8, 33}, -1, 1, "x")),
                             Variable::leaf(random_tensor({33}, 0.5, 1, "b"))};
  const auto penalty = [&] {
    const Variable objective = sum(tanh(leaves[0] * leaves[1]) + softplus(leaves[0]));
    Variable squared_norm = Variable::scalar(0);
    for (const Variable& gradient : grad(objective, leaves, {.create_graph = true}))
      squared_norm = squared_norm + sum(square(gradient));
    return grad(squared_norm, leaves)[0].value().size();
  };
  for (int i = 0; i < 3; ++i) penalty();
  const auto before = pool::usage();
  CHECK(allocations_of([&] {
          for (int i = 0; i < 5; ++i) penalty();
        }) == 0);
  CHECK(pool::usage().from_heap == before.from_heap);
  CHECK(pool::usage().in_use == before.in_use);
}
