#include <fmt/format.h>

#include "descent/autograd/broadcasting.hpp"
#include "descent/autograd/ops.hpp"
#include "descent/base/error.hpp"
#include "descent/kernels/indices.hpp"
#include "descent/kernels/rows.hpp"

namespace descent {

namespace {

Variable take_rows(const Variable& x, const Tensor& index);
Variable add_to_rows(const Variable& x, const Tensor& index, const Shape& shape);
Variable take_last(const Variable& x, const Tensor& index);
Variable add_to_last(const Variable& x, const Tensor& index, const Shape& shape);

class TakeRows final : public Node {
 public:
  explicit TakeRows(Tensor index) : index_(std::move(index)) {}
  const char* name() const override { return "embedding"; }
  void backward(const Variable& gradient, Gradients& into) const override {
    if (into.recording()) return into.add(0, add_to_rows(gradient, index_, inputs[0].shape()));
    auto [target, accumulate] = into.target(0);
    if (!accumulate) target.fill(0);
    kernels::add_to_rows(gradient.value(), index_, target);
  }

 private:
  Tensor index_;
};

/// TakeRows' adjoint.
class AddToRows final : public Node {
 public:
  explicit AddToRows(Tensor index) : index_(std::move(index)) {}
  const char* name() const override { return "add_to_rows"; }
  void backward(const Variable& gradient, Gradients& into) const override {
    into.add(0, take_rows(gradient, index_));
  }

 private:
  Tensor index_;
};

class TakeLast final : public Node {
 public:
  TakeLast(Tensor index, const char* name) : index_(std::move(index)), name_(name) {}
  const char* name() const override { return name_; }
  void backward(const Variable& gradient, Gradients& into) const override {
    if (into.recording()) return into.add(0, add_to_last(gradient, index_, inputs[0].shape()));
    auto [target, accumulate] = into.target(0);
    if (!accumulate) target.fill(0);
    kernels::add_to_last(gradient.value(), index_, target);
  }

 private:
  Tensor index_;
  const char* name_;
};

/// TakeLast's adjoint.
class AddToLast final : public Node {
 public:
  explicit AddToLast(Tensor index) : index_(std::move(index)) {}
  const char* name() const override { return "add_to_last"; }
  void backward(const Variable& gradient, Gradients& into) const override {
    into.add(0, take_last(gradient, index_));
  }

 private:
  Tensor index_;
};

Variable take_rows(const Variable& x, const Tensor& index) {
  Tensor out = Tensor::empty(x.shape().row().batch(index.size()));
  kernels::take_rows(x.value(), index, out);
  return make_result<TakeRows>(std::move(out), {x}, index);
}

Variable add_to_rows(const Variable& x, const Tensor& index, const Shape& shape) {
  Tensor out = Tensor::zeros(shape);
  kernels::add_to_rows(x.value(), index, out);
  return make_result<AddToRows>(std::move(out), {x}, index);
}

// `index` is (…, k), where x is (…, n).
Variable take_last(const Variable& x, const Tensor& index, const char* name) {
  Tensor out = Tensor::empty(index.shape());
  kernels::take_last(x.value(), index, out);
  return make_result<TakeLast>(std::move(out), {x}, index, name);
}

Variable take_last(const Variable& x, const Tensor& index) {
  return take_last(x, index, "take_last");
}

Variable add_to_last(const Variable& x, const Tensor& index, const Shape& shape) {
  Tensor out = Tensor::zeros(shape);
  kernels::add_to_last(x.value(), index, out);
  return make_result<AddToLast>(std::move(out), {x}, index);
}

}  // namespace

Variable embedding(const Variable& table, const Tensor& index) {
  if (table.shape().rank() == 0 || index.shape().rank() != 1)
    shapes_do_not_fit("embedding", table.shape(), index.shape(),
                      "the table must be (classes, …) and the index (batch)");
  const std::int64_t classes = table.shape()[0];
  if (const auto row = kernels::find_invalid_index(index, classes))
    throw Error(fmt::format("op 'embedding': index {} of row {} is not a whole number from 0 to {}",
                            index.part(*row, {}).item(), *row, classes - 1));
  return take_rows(table, index);
}

Variable top_k(const Variable& x, std::int64_t k) {
  const Shape& shape = x.shape();
  if (shape.rank() == 0 || k < 1 || k > shape[shape.rank() - 1])
    throw Error(
        fmt::format("op 'top_k': of a last dimension of the shape {}, the {} largest numbers cannot be taken",
                    shape.text(), k));
  Tensor index = Tensor::empty(shape.with_last(k));
  kernels::top_k(x.value(), index);
  return take_last(x, index, "top_k");
}

Variable max_last(const Variable& x) {
  const Shape& shape = x.shape();
  if (shape.rank() == 0 || shape[shape.rank() - 1] == 0)
    throw Error(fmt::format("op 'max_last': it needs (…, n) with n at least 1, but got {}", shape.text()));
  const std::int64_t last = shape[shape.rank() - 1], rows = shape.size() / last;
  Tensor index = Tensor::empty(shape.with_last(1));
  kernels::argmax(x.value().reshaped({rows, last}), index);
  return reshape(take_last(x, index, "max_last"), shape.without_last());
}

}  // namespace descent
