#pragma once

#include "descent/base/api.hpp"
#include "descent/tensor/tensor.hpp"

namespace descent {

/// What a dense layer applies to its results.
enum class Activation { none, relu, leaky_relu, elu, tanh, sigmoid };

}  // namespace descent

/// Activations, element by element, named and used as the functions in functions.hpp.
namespace descent::kernels {

/// out = max(x, 0); NaN stays NaN.
DESCENT_API void relu(const Tensor& x, Tensor& out);
DESCENT_API void relu_gradient(const Tensor& g, const Tensor& x, Tensor& out, bool accumulate);
/// out = x, or slope·x below 0.
DESCENT_API void leaky_relu(const Tensor& x, double slope, Tensor& out);
DESCENT_API void leaky_relu_gradient(const Tensor& g, const Tensor& x, double slope, Tensor& out,
                                     bool accumulate);
/// out = 1 where x > 0, else slope.
DESCENT_API void leaky_relu_derivative(const Tensor& x, double slope, Tensor& out);
/// out = x, or scale·(e^x − 1) below 0. Clevert et al., Fast and Accurate Deep Network Learning by ELUs, 2016.
DESCENT_API void elu(const Tensor& x, double scale, Tensor& out);
DESCENT_API void elu_gradient(const Tensor& g, const Tensor& x, const Tensor& y, double scale, Tensor& out,
                              bool accumulate);
DESCENT_API void tanh(const Tensor& x, Tensor& out);
DESCENT_API void tanh_gradient(const Tensor& g, const Tensor& y, Tensor& out, bool accumulate);
/// out = 1/(1 + e^−x).
DESCENT_API void sigmoid(const Tensor& x, Tensor& out);
DESCENT_API void sigmoid_gradient(const Tensor& g, const Tensor& y, Tensor& out, bool accumulate);
/// out = log(1 + e^x), exact for large |x|.
DESCENT_API void softplus(const Tensor& x, Tensor& out);
DESCENT_API void softplus_gradient(const Tensor& g, const Tensor& x, Tensor& out, bool accumulate);
/// out = Φ(x), the standard normal distribution function.
DESCENT_API void normal_distribution_function(const Tensor& x, Tensor& out);
DESCENT_API void normal_distribution_function_gradient(const Tensor& g, const Tensor& x, Tensor& out,
                                                       bool accumulate);
/// out = x·Φ(x). Hendrycks and Gimpel, Gaussian Error Linear Units, 2016.
DESCENT_API void gelu(const Tensor& x, Tensor& out);
DESCENT_API void gelu_gradient(const Tensor& g, const Tensor& x, Tensor& out, bool accumulate);
/// out = x/(1 + e^−x). Elfwing et al., Sigmoid-Weighted Linear Units, 2018.
DESCENT_API void silu(const Tensor& x, Tensor& out);
DESCENT_API void silu_gradient(const Tensor& g, const Tensor& x, Tensor& out, bool accumulate);

/// out = activation(out + bias): out (batch, features), bias (features), or no tensor for none. `slope` is
/// leaky_relu's slope and elu's scale. One pass over memory, but for elu, which takes two with a bias.
DESCENT_API void add_bias_and_activate(Tensor& out, const Tensor& bias, Activation activation, double slope);
/// out = the gradient of the activation's input, given g, that of its result y; `slope` as above, at least 0.
/// All tensors have equally many elements. Not for Activation::none.
DESCENT_API void activation_gradient(Activation activation, double slope, const Tensor& g, const Tensor& y,
                                     Tensor& out);

}  // namespace descent::kernels
