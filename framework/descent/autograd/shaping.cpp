#include <fmt/format.h>

#include "descent/autograd/broadcasting.hpp"
#include "descent/autograd/ops.hpp"
#include "descent/base/error.hpp"
#include "descent/kernels/rows.hpp"
#include "descent/kernels/windows.hpp"

namespace descent {

namespace {

class Reshape final : public Node {
 public:
  const char* name() const override { return "reshape"; }
  void backward(const Variable& gradient, Gradients& into) const override {
    into.add(0, reshape(gradient, inputs[0].shape()));
  }
};

Variable cut(const Variable& x, const Window& window, const Shape& shape);
Variable embed(const Variable& x, const Window& window, const Shape& shape);

class Slice final : public Node {
 public:
  explicit Slice(const Window& window) : window_(window) {}
  const char* name() const override { return "slice"; }
  void backward(const Variable& gradient, Gradients& into) const override {
    if (into.recording()) return into.add(0, embed(gradient, window_, inputs[0].shape()));
    auto [target, accumulate] = into.target(0);
    if (!accumulate) target.fill(0);
    kernels::write_window(gradient.value(), window_, target, true);
  }

 private:
  Window window_;
};

/// A slice's adjoint: zero outside of the window.
class Embed final : public Node {
 public:
  explicit Embed(const Window& window) : window_(window) {}
  const char* name() const override { return "embed"; }
  void backward(const Variable& gradient, Gradients& into) const override {
    into.add(0, cut(gradient, window_, inputs[0].shape()));
  }

 private:
  Window window_;
};

class Concatenate final : public Node {
 public:
  Concatenate(const Window& first, const Window& second) : windows_{first, second} {}
  const char* name() const override { return "concatenate"; }
  void backward(const Variable& gradient, Gradients& into) const override {
    for (const std::size_t i : {0u, 1u}) {
      if (!into.needs(i)) continue;
      if (into.recording()) {
        into.add(i, cut(gradient, windows_[i], inputs[i].shape()));
      } else {
        auto [target, accumulate] = into.target(i);
        kernels::copy_window(gradient.value(), windows_[i], target, accumulate);
      }
    }
  }

 private:
  std::array<Window, 2> windows_;
};

Variable cut(const Variable& x, const Window& window, const Shape& shape) {
  if (window.outer == 1) return make_result<Slice>(x.value().part(window.begin, shape), {x}, window);
  Tensor out = Tensor::empty(shape);
  kernels::copy_window(x.value(), window, out, false);
  return make_result<Slice>(std::move(out), {x}, window);
}

Variable embed(const Variable& x, const Window& window, const Shape& shape) {
  Tensor out = Tensor::zeros(shape);
  kernels::write_window(x.value(), window, out, false);
  return make_result<Embed>(std::move(out), {x}, window);
}

Variable concatenate(const Variable& a, const Variable& b, std::int64_t outer, const Shape& shape) {
  const std::int64_t width = shape.size() / std::max<std::int64_t>(outer, 1);
  const std::int64_t middle = a.value().size() / std::max<std::int64_t>(outer, 1);
  const Window first{outer, width, 0, middle}, second{outer, width, middle, width};
  Tensor out = Tensor::empty(shape);
  kernels::write_window(a.value(), first, out, false);
  kernels::write_window(b.value(), second, out, false);
  return make_result<Concatenate>(std::move(out), {a, b}, first, second);
}

class RepeatRows final : public Node {
 public:
  explicit RepeatRows(std::int64_t count) : count_(count) {}
  const char* name() const override { return "repeat_rows"; }
  void backward(const Variable& gradient, Gradients& into) const override {
    if (into.recording()) return into.add(0, sum_row_groups(gradient, count_));
    auto [target, accumulate] = into.target(0);
    kernels::sum_row_groups(gradient.value(), count_, target, accumulate);
  }

 private:
  std::int64_t count_;
};

class SumRowGroups final : public Node {
 public:
  explicit SumRowGroups(std::int64_t count) : count_(count) {}
  const char* name() const override { return "sum_row_groups"; }
  void backward(const Variable& gradient, Gradients& into) const override {
    into.add(0, repeat_rows(gradient, count_));
  }

 private:
  std::int64_t count_;
};

void check_range(const char* op, const Shape& shape, std::int64_t begin, std::int64_t end,
                 std::int64_t extent) {
  if (0 <= begin && begin <= end && end <= extent) return;
  throw Error(fmt::format("op '{}': from {} up to {} is not within 0 to {} of the shape {}", op, begin, end,
                          extent, shape.text()));
}

}  // namespace

Variable reshape(const Variable& x, const Shape& shape) {
  if (x.shape() == shape) return x;
  if (x.value().size() != shape.size())
    shapes_do_not_fit("reshape", x.shape(), shape, "both must have equally many elements");
  return make_result<Reshape>(x.value().reshaped(shape), {x});
}

Variable concatenate_features(const Variable& a, const Variable& b) {
  if (a.shape().rank() != 2 || b.shape().rank() != 2 || a.shape()[0] != b.shape()[0])
    shapes_do_not_fit("concatenate_features", a.shape(), b.shape(), "they must be (batch, n) and (batch, m)");
  return concatenate(a, b, a.shape()[0], {a.shape()[0], a.shape()[1] + b.shape()[1]});
}

Variable slice_features(const Variable& x, std::int64_t begin, std::int64_t end) {
  if (x.shape().rank() != 2)
    throw Error(fmt::format("op 'slice_features': it needs (batch, features), but got {}", x.shape().text()));
  check_range("slice_features", x.shape(), begin, end, x.shape()[1]);
  return cut(x, {x.shape()[0], x.shape()[1], begin, end}, {x.shape()[0], end - begin});
}

Variable concatenate_batch(const Variable& a, const Variable& b) {
  if (a.shape().rank() == 0 || b.shape().rank() == 0 || !(a.shape().row() == b.shape().row()))
    shapes_do_not_fit("concatenate_batch", a.shape(), b.shape(), "they must be (n, …) and (m, …)");
  return concatenate(a, b, 1, a.shape().row().batch(a.shape()[0] + b.shape()[0]));
}

Variable slice_batch(const Variable& x, std::int64_t begin, std::int64_t end) {
  if (x.shape().rank() == 0)
    throw Error("op 'slice_batch': it needs a batch, (batch, …), but got a single number of shape ()");
  check_range("slice_batch", x.shape(), begin, end, x.shape()[0]);
  const std::int64_t width = x.value().columns();
  return cut(x, {1, x.value().size(), begin * width, end * width}, x.shape().row().batch(end - begin));
}

Variable slice_last(const Variable& x, std::int64_t begin, std::int64_t end) {
  if (x.shape().rank() == 0)
    throw Error("op 'slice_last': it needs (…, last), but got a single number of shape ()");
  const std::int64_t last = x.shape()[x.shape().rank() - 1];
  check_range("slice_last", x.shape(), begin, end, last);
  const std::int64_t outer = last == 0 ? 0 : x.value().size() / last;
  return cut(x, {outer, last, begin, end}, x.shape().with_last(end - begin));
}

Variable concatenate_last(const Variable& a, const Variable& b) {
  const std::size_t rank = a.shape().rank();
  if (rank == 0 || b.shape().rank() != rank || !(a.shape().with_last(1) == b.shape().with_last(1)))
    shapes_do_not_fit("concatenate_last", a.shape(), b.shape(), "they must be (…, n) and (…, m)");
  const std::int64_t width = a.shape()[rank - 1] + b.shape()[rank - 1];
  return concatenate(a, b, a.shape().with_last(1).size(), a.shape().with_last(width));
}

Variable repeat_rows(const Variable& x, std::int64_t count) {
  if (x.shape().rank() == 0 || count < 1)
    throw Error(fmt::format(
        "op 'repeat_rows': it needs rows, (rows, …), and a count of at least 1, but got {} and {}",
        x.shape().text(), count));
  if (count == 1) return x;
  Tensor out = Tensor::empty(x.shape().row().batch(x.shape()[0] * count));
  kernels::repeat_rows(x.value(), count, out);
  return make_result<RepeatRows>(std::move(out), {x}, count);
}

Variable sum_row_groups(const Variable& x, std::int64_t count) {
  if (x.shape().rank() == 0 || count < 1 || x.shape()[0] % count != 0)
    throw Error(
        fmt::format("op 'sum_row_groups': the rows of {} are no groups of {}", x.shape().text(), count));
  if (count == 1) return x;
  Tensor out = Tensor::empty(x.shape().row().batch(x.shape()[0] / count));
  kernels::sum_row_groups(x.value(), count, out, false);
  return make_result<SumRowGroups>(std::move(out), {x}, count);
}

}  // namespace descent
