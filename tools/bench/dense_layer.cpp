#include "dense_layer.hpp"

#include "descent/kernels/detail/elementwise.hpp"

namespace descent::bench {

DenseLayer::DenseLayer(const FloorParameters& parameters, const std::string& name, long batch, long inputs,
                       long outputs, const float* x, float slope)
    : batch_(batch),
      inputs_(inputs),
      outputs_(outputs),
      slope_(slope),
      weight_(parameters.value(name + ".weight")),
      bias_(parameters.value(name + ".bias")),
      bias_gradient_(parameters.gradient(name + ".bias")),
      output_(batch * outputs),
      output_gradient_(batch * outputs),
      forward_{false, false, batch, outputs, inputs, x, weight_, output_.data()},
      weight_gradient_{true,
                       false,
                       inputs,
                       outputs,
                       batch,
                       x,
                       output_gradient_.data(),
                       parameters.gradient(name + ".weight")} {}

void DenseLayer::forward() {
  forward_.run();
  for (long row = 0; row < batch_; ++row) {
    float* const y = output_.data() + row * outputs_;
    const float* const b = bias_;
    const float slope = slope_;
    kernels::put_each(y, outputs_, false, [=](long i) {
      const float sum = y[i] + b[i];
      return sum > 0 ? sum : slope * sum;
    });
  }
}

void DenseLayer::backward_activation(bool with_parameters) {
  if (with_parameters && !weight_gradient_.accumulate) std::fill_n(bias_gradient_, outputs_, 0.0f);
  for (long row = 0; row < batch_; ++row) {
    float* const g = output_gradient_.data() + row * outputs_;
    const float* const y = output_.data() + row * outputs_;
    const float slope = slope_;
    if (slope != 1)
      kernels::put_each(g, outputs_, false, [=](long i) { return y[i] > 0 ? g[i] : slope * g[i]; });
    if (with_parameters) kernels::put_each(bias_gradient_, outputs_, true, [=](long i) { return g[i]; });
  }
}

Product DenseLayer::input_product(float* gradient) const {
  return {false, true, batch_, inputs_, outputs_, output_gradient_.data(), weight_, gradient};
}

void DenseLayer::input_gradient(float* gradient) {
  input_product(gradient).run();
}

void DenseLayer::list_backward(Products& list, bool with_parameters, float* input_gradient) const {
  if (with_parameters) list.push_back(weight_gradient_);
  if (input_gradient != nullptr) list.push_back(input_product(input_gradient));
}

}  // namespace descent::bench
