#pragma once

#include "floor_parameters.hpp"
#include "memory.hpp"
#include "product.hpp"

namespace descent::bench {

/// One fully connected layer of a floor, with its memory and its three products: y = max(x·W + b, slope·(x·W
/// + b)). slope 0 is relu, 1 no activation.
class DenseLayer {
 public:
  /// `x` is (batch, inputs). The parameters are those called `NAME.weight`, (inputs, outputs), and
  /// `NAME.bias`.
  DenseLayer(const FloorParameters& parameters, const std::string& name, long batch, long inputs,
             long outputs, const float* x, float slope);

  float* output() const { return output_.data(); }
  /// (batch, outputs): the gradient of the output, for whoever takes it to write before backward().
  float* output_gradient() const { return output_gradient_.data(); }

  void forward();
  /// x·W without bias and activation, for a last layer whose loss does both in its own pass.
  void forward_product() const { forward_.run(); }
  const float* bias() const { return bias_; }
  /// Adds to the gradients of weight and bias instead of overwriting them.
  void accumulate_gradients() { weight_gradient_.accumulate = true; }

  /// Takes the output's gradient through the activation, and leaves the bias's gradient where
  /// `with_parameters`.
  void backward_activation(bool with_parameters);
  void weight_gradient() const { weight_gradient_.run(); }
  /// Leaves the gradient of x in `gradient`, (batch, inputs).
  void input_gradient(float* gradient);

  /// The products of one forward, and of one backward pass, as they are run.
  void list_forward(Products& list) const { list.push_back(forward_); }
  void list_backward(Products& list, bool with_parameters, float* input_gradient) const;

 private:
  Product input_product(float* gradient) const;

  long batch_, inputs_, outputs_;
  float slope_;
  const float* weight_;
  const float* bias_;
  float* bias_gradient_;
  Memory output_, output_gradient_;
  Product forward_, weight_gradient_;
};

}  // namespace descent::bench
