#include <fmt/format.h>

#include "descent/autograd/activation_rules.hpp"
#include "descent/autograd/broadcasting.hpp"
#include "descent/base/error.hpp"
#include "descent/kernels/gemm.hpp"

namespace descent {

namespace {

void multiply(const Tensor& a, bool transpose_a, const Tensor& b, bool transpose_b, Tensor& out,
              bool accumulate) {
  gemm(a, Transpose{transpose_a}, b, Transpose{transpose_b}, out, accumulate);
}

/// An input's gradient that is a product: straight into its memory, or as an op.
void add_product(Gradients& into, std::size_t input, const Variable& a, bool transpose_a, const Variable& b,
                 bool transpose_b) {
  if (into.recording()) return into.add(input, matmul(a, b, transpose_a, transpose_b));
  auto [target, accumulate] = into.target(input);
  multiply(a.value(), transpose_a, b.value(), transpose_b, target, accumulate);
}

class Matmul final : public Node {
 public:
  Matmul(bool transpose_a, bool transpose_b) : transpose_a_(transpose_a), transpose_b_(transpose_b) {}
  const char* name() const override { return "matmul"; }
  void backward(const Variable& gradient, Gradients& into) const override {
    const Variable &a = inputs[0], &b = inputs[1];
    if (into.needs(0)) {
      if (transpose_a_) {
        add_product(into, 0, b, transpose_b_, gradient, true);
      } else {
        add_product(into, 0, gradient, false, b, !transpose_b_);
      }
    }
    if (into.needs(1)) {
      if (transpose_b_) {
        add_product(into, 1, gradient, true, a, transpose_a_);
      } else {
        add_product(into, 1, a, !transpose_a_, gradient, false);
      }
    }
  }

 private:
  bool transpose_a_;
  bool transpose_b_;
};

class BatchedMatmul final : public Node {
 public:
  BatchedMatmul(bool transpose_a, bool transpose_b) : transpose_a_(transpose_a), transpose_b_(transpose_b) {}
  const char* name() const override { return "batched_matmul"; }
  void backward(const Variable& gradient, Gradients& into) const override {
    const Variable &a = inputs[0], &b = inputs[1];
    if (into.needs(0)) {
      if (transpose_a_) {
        add(into, 0, b, transpose_b_, gradient, true);
      } else {
        add(into, 0, gradient, false, b, !transpose_b_);
      }
    }
    if (into.needs(1)) {
      if (transpose_b_) {
        add(into, 1, gradient, true, a, transpose_a_);
      } else {
        add(into, 1, a, !transpose_a_, gradient, false);
      }
    }
  }

 private:
  static void add(Gradients& into, std::size_t input, const Variable& a, bool transpose_a, const Variable& b,
                  bool transpose_b) {
    if (into.recording()) return into.add(input, batched_matmul(a, b, transpose_a, transpose_b));
    auto [target, accumulate] = into.target(input);
    batched_gemm(a.value(), Transpose{transpose_a}, b.value(), Transpose{transpose_b}, target, accumulate);
  }

  bool transpose_a_;
  bool transpose_b_;
};

/// Inputs: x, weight, and the bias if there is one.
class Dense final : public Node {
 public:
  Dense(Activation activation, double slope) : activation_(activation), slope_(slope) {}
  const char* name() const override { return "dense"; }

  void backward(const Variable& gradient, Gradients& into) const override {
    const Variable inner = before_activation(gradient, into.recording());
    if (into.needs(0)) add_product(into, 0, inner, false, inputs[1], true);
    if (into.needs(1)) add_product(into, 1, inputs[0], true, inner, false);
    if (!into.needs(2)) return;
    if (into.recording()) return into.add(2, sum_batch(inner));
    auto [target, accumulate] = into.target(2);
    kernels::sum_broadcast(inner.value(), {value.rows(), value.columns(), 1}, target, accumulate);
  }

 private:
  // The gradient of x·weight + bias. The result stands for the activation's input: all rules of `dense` allow
  // it.
  Variable before_activation(const Variable& gradient, bool recording) const {
    if (activation_ == Activation::none) return gradient;
    if (recording) return gradient * activation_derivative(activation_, slope_, self());
    Tensor out = Tensor::empty(value.shape());
    kernels::activation_gradient(activation_, slope_, gradient.value(), value, out);
    return out;
  }

  Activation activation_;
  double slope_;
};

}  // namespace

Variable matmul(const Variable& a, const Variable& b, bool transpose_a, bool transpose_b) {
  const Shape &left = a.shape(), &right = b.shape();
  const char* rule = "they must be (m, k) and (k, n), each turned round where it is transposed";
  if (left.rank() != 2 || right.rank() != 2) shapes_do_not_fit("matmul", left, right, rule);
  if (left[transpose_a ? 0 : 1] != right[transpose_b ? 1 : 0]) shapes_do_not_fit("matmul", left, right, rule);
  Tensor out = Tensor::empty({left[transpose_a ? 1 : 0], right[transpose_b ? 0 : 1]});
  multiply(a.value(), transpose_a, b.value(), transpose_b, out, false);
  return make_result<Matmul>(std::move(out), {a, b}, transpose_a, transpose_b);
}

Variable batched_matmul(const Variable& a, const Variable& b, bool transpose_a, bool transpose_b) {
  const Shape &left = a.shape(), &right = b.shape();
  const char* rule =
      "they must be (batch, m, k) and (batch, k, n), each with the last two turned round where it is "
      "transposed";
  if (left.rank() != 3 || right.rank() != 3 || left[0] != right[0] ||
      left[transpose_a ? 1 : 2] != right[transpose_b ? 2 : 1])
    shapes_do_not_fit("batched_matmul", left, right, rule);
  Tensor out = Tensor::empty({left[0], left[transpose_a ? 2 : 1], right[transpose_b ? 1 : 2]});
  batched_gemm(a.value(), Transpose{transpose_a}, b.value(), Transpose{transpose_b}, out);
  return make_result<BatchedMatmul>(std::move(out), {a, b}, transpose_a, transpose_b);
}

Variable dense(const Variable& x, const Variable& weight, const Variable& bias, Activation activation,
               double slope) {
  const Shape &in = x.shape(), &weights = weight.shape();
  if (in.rank() != 2 || weights.rank() != 2 || in[1] != weights[0])
    shapes_do_not_fit("dense", in, weights, "x must be (batch, inputs) and the weight (inputs, outputs)");
  if (bias.defined() && !(bias.shape() == Shape{weights[1]}))
    shapes_do_not_fit("dense", weights, bias.shape(),
                      "the weight must be (inputs, outputs) and the bias (outputs)");
  if ((activation == Activation::leaky_relu || activation == Activation::elu) && !(slope >= 0))
    throw Error(
        fmt::format("op 'dense': the activation's slope or scale must be at least 0, but is {}", slope));
  Tensor out = Tensor::empty({in[0], weights[1]});
  multiply(x.value(), false, weight.value(), false, out, false);
  kernels::add_bias_and_activate(out, bias.defined() ? bias.value() : Tensor(), activation, slope);
  return make_result<Dense>(std::move(out), {x, weight, bias}, activation, slope);
}

}  // namespace descent
