#include <fmt/format.h>

#include "descent/autograd/activation_rules.hpp"
#include "descent/autograd/broadcasting.hpp"
#include "descent/base/error.hpp"
#include "descent/kernels/broadcast.hpp"

namespace descent {

namespace {

/// The three products of an image x, a weight w and an image y of which Σ y·conv(x, w) is made: the convolution, and its
/// gradients with respect to x and w. Each is linear in both of its arguments, and its gradients are the other two.
struct Product {
  WeightOrder order;
  Windows2d windows;
};

Variable image_of_input(const Variable& x, const Variable& w, const Product& product);
Variable image_of_output(const Variable& y, const Variable& w, const Product& product, const Shape& x);
Variable weight_of(const Variable& x, const Variable& y, const Product& product, const Shape& w);

void add_output_image(Gradients& into, std::size_t input, const Variable& x, const Variable& w,
                      const Product& product) {
  into.add(input, image_of_input(x, w, product));
}
void add_input_image(Gradients& into, std::size_t input, const Variable& y, const Variable& w,
                     const Product& product, const Shape& x) {
  if (into.recording()) return into.add(input, image_of_output(y, w, product, x));
  auto [target, accumulate] = into.target(input);
  kernels::conv2d_input_gradient(y.value(), w.value(), product.order, product.windows, target, accumulate);
}
void add_weight(Gradients& into, std::size_t input, const Variable& x, const Variable& y,
                const Product& product, const Shape& w) {
  if (into.recording()) return into.add(input, weight_of(x, y, product, w));
  auto [target, accumulate] = into.target(input);
  kernels::conv2d_weight_gradient(x.value(), y.value(), product.order, product.windows, target, accumulate);
}

/// What convolutions have in common: inputs image, weight, and the bias if there is one, and an activation.
class Convolution : public Node {
 public:
  Convolution(const Product& product, Activation activation, double slope)
      : product_(product), activation_(activation), slope_(slope) {}

  void backward(const Variable& gradient, Gradients& into) const override {
    const Variable inner = before_activation(gradient, into.recording());
    add_products(inner, into);
    if (!into.needs(2)) return;
    if (into.recording()) return into.add(2, sum_to(inner, inputs[2].shape()));
    auto [target, accumulate] = into.target(2);
    const std::int64_t channels = target.size();
    kernels::sum_broadcast(inner.value(), {value.size() / channels, channels, 1}, target, accumulate);
  }

 protected:
  /// Adds the gradients of image and weight, given that of the sum before the activation.
  virtual void add_products(const Variable& gradient, Gradients& into) const = 0;
  Product product_;

 private:
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

class Conv2d final : public Convolution {
 public:
  using Convolution::Convolution;
  const char* name() const override { return "conv2d"; }

 private:
  void add_products(const Variable& gradient, Gradients& into) const override {
    if (into.needs(0)) add_input_image(into, 0, gradient, inputs[1], product_, inputs[0].shape());
    if (into.needs(1)) add_weight(into, 1, inputs[0], gradient, product_, inputs[1].shape());
  }
};

class ConvTranspose2d final : public Convolution {
 public:
  using Convolution::Convolution;
  const char* name() const override {
    return product_.order == WeightOrder::outputs_inputs ? "conv_transpose2d" : "conv2d_input_gradient";
  }

 private:
  void add_products(const Variable& gradient, Gradients& into) const override {
    if (into.needs(0)) add_output_image(into, 0, gradient, inputs[1], product_);
    if (into.needs(1)) add_weight(into, 1, gradient, inputs[0], product_, inputs[1].shape());
  }
};

/// Inputs: x and y.
class Conv2dWeightGradient final : public Node {
 public:
  explicit Conv2dWeightGradient(const Product& product) : product_(product) {}
  const char* name() const override { return "conv2d_weight_gradient"; }
  void backward(const Variable& gradient, Gradients& into) const override {
    if (into.needs(0)) add_input_image(into, 0, inputs[1], gradient, product_, inputs[0].shape());
    if (into.needs(1)) add_output_image(into, 1, inputs[0], gradient, product_);
  }

 private:
  Product product_;
};

Shape result_shape(const Shape& x, const Extents2d& size, std::int64_t channels) {
  return {x[0], size[0], size[1], channels};
}

std::int64_t outputs_of(const Shape& weight, WeightOrder order) {
  return weight[order == WeightOrder::inputs_outputs ? 3 : 2];
}
Variable convolve(const Variable& x, const Variable& w, const Variable& bias, const Product& product,
                  Activation activation, double slope) {
  const Extents2d size = product.windows.places({x.shape()[1], x.shape()[2]});
  Tensor out = Tensor::empty(result_shape(x.shape(), size, outputs_of(w.shape(), product.order)));
  kernels::conv2d(x.value(), w.value(), product.order, product.windows,
                  bias.defined() ? bias.value() : Tensor(), activation, slope, out);
  return make_result<Conv2d>(std::move(out), {x, w, bias}, product, activation, slope);
}

Variable convolve_transposed(const Variable& y, const Variable& w, const Variable& bias,
                             const Product& product, const Shape& result, Activation activation,
                             double slope) {
  Tensor out = Tensor::empty(result);
  kernels::conv2d_input_gradient(y.value(), w.value(), product.order, product.windows, out, false);
  kernels::add_bias_and_activate(out, bias.defined() ? bias.value() : Tensor(), activation, slope);
  return make_result<ConvTranspose2d>(std::move(out), {y, w, bias}, product, activation, slope);
}

Variable image_of_input(const Variable& x, const Variable& w, const Product& product) {
  return convolve(x, w, {}, product, Activation::none, 0);
}
Variable image_of_output(const Variable& y, const Variable& w, const Product& product, const Shape& x) {
  return convolve_transposed(y, w, {}, product, x, Activation::none, 0);
}
Variable weight_of(const Variable& x, const Variable& y, const Product& product, const Shape& w) {
  Tensor out = Tensor::empty(w);
  kernels::conv2d_weight_gradient(x.value(), y.value(), product.order, product.windows, out, false);
  return make_result<Conv2dWeightGradient>(std::move(out), {x, y}, product);
}

void check(const char* op, const Shape& x, const Shape& weight, std::size_t channels,
           const Windows2d& windows) {
  if (x.rank() != 4 || weight.rank() != 4 || x[3] != weight[channels])
    shapes_do_not_fit(op, x, weight,
                      channels == 2
                          ? "they must be (batch, height, width, inputs) and (kernel height, kernel "
                            "width, inputs, outputs)"
                          : "they must be (batch, height, width, outputs) and (kernel height, kernel "
                            "width, inputs, outputs)");
  if (!(windows.kernel == Extents2d{weight[0], weight[1]}))
    throw Error(fmt::format("op '{}': the windows are {} by {}, but the weight is {}", op, windows.kernel[0],
                            windows.kernel[1], weight.text()));
}

void check_bias_and_activation(const char* op, const Shape& weight, const Variable& bias,
                               Activation activation, double slope) {
  if (bias.defined() && !(bias.shape() == Shape{weight[3]}))
    shapes_do_not_fit(op, weight, bias.shape(), "the bias must have one number for each output, (outputs)");
  if ((activation == Activation::leaky_relu || activation == Activation::elu) && !(slope >= 0))
    throw Error(
        fmt::format("op '{}': the activation's slope or scale must be at least 0, but is {}", op, slope));
}

// The places of the windows in an image of `size` must be the places of y.
void check_places(const char* op, const Windows2d& windows, const Extents2d& size, const Shape& y) {
  const Extents2d places = windows.places(size);
  if (places == Extents2d{y[1], y[2]}) return;
  throw Error(fmt::format("op '{}': an image of {} by {} has {} by {} windows, but there are {}", op, size[0],
                          size[1], places[0], places[1], y.text()));
}

}  // namespace

Variable conv2d(const Variable& x, const Variable& weight, const Variable& bias, const Windows2d& windows,
                Activation activation, double slope) {
  check("conv2d", x.shape(), weight.shape(), 2, windows);
  check_bias_and_activation("conv2d", weight.shape(), bias, activation, slope);
  const Extents2d size = windows.places({x.shape()[1], x.shape()[2]});
  if (size[0] < 1 || size[1] < 1)
    throw Error(fmt::format("op 'conv2d': a kernel of {} by {} is larger than the padded input {}",
                            windows.kernel[0], windows.kernel[1], x.shape().text()));
  return convolve(x, weight, bias, {WeightOrder::inputs_outputs, windows}, activation, slope);
}

Variable conv_transpose2d(const Variable& x, const Variable& weight, const Variable& bias,
                          const Windows2d& windows, const Extents2d& size, Activation activation,
                          double slope) {
  check("conv_transpose2d", x.shape(), weight.shape(), 2, windows);
  check_bias_and_activation("conv_transpose2d", weight.shape(), bias, activation, slope);
  check_places("conv_transpose2d", windows, size, x.shape());
  return convolve_transposed(x, weight, bias, {WeightOrder::outputs_inputs, windows},
                             result_shape(x.shape(), size, weight.shape()[3]), activation, slope);
}

Variable conv2d_input_gradient(const Variable& gradient, const Variable& weight, const Windows2d& windows,
                               const Extents2d& size) {
  check("conv2d_input_gradient", gradient.shape(), weight.shape(), 3, windows);
  check_places("conv2d_input_gradient", windows, size, gradient.shape());
  return image_of_output(gradient, weight, {WeightOrder::inputs_outputs, windows},
                         result_shape(gradient.shape(), size, weight.shape()[2]));
}

Variable conv2d_weight_gradient(const Variable& x, const Variable& gradient, const Windows2d& windows) {
  const Shape &images = x.shape(), &places = gradient.shape();
  if (images.rank() != 4 || places.rank() != 4 || images[0] != places[0])
    shapes_do_not_fit("conv2d_weight_gradient", images, places,
                      "they must be (batch, height, width, inputs) and (batch, height, width, outputs)");
  check_places("conv2d_weight_gradient", windows, {images[1], images[2]}, places);
  return weight_of(x, gradient, {WeightOrder::inputs_outputs, windows},
                   {windows.kernel[0], windows.kernel[1], images[3], places[3]});
}

}  // namespace descent
