#include "descent/nn/layers.hpp"

#include <fmt/format.h>

#include "descent/base/error.hpp"
#include "descent/tensor/elementwise.hpp"

namespace descent {

Layer::~Layer() = default;

Linear::Linear(Registrar& registrar, std::string_view group, std::size_t number, std::int64_t inputs,
               std::int64_t outputs, const initialize::LayerStart& start, const Options& options)
    : weight_(registrar.parameter(group, fmt::format("{}.weight", number), {inputs, outputs}, start.weights,
                                  {inputs, outputs})),
      options_(options) {
  if (options.bias)
    bias_ = &registrar.parameter(group, fmt::format("{}.bias", number), {outputs}, start.biases,
                                 {inputs, outputs});
}

Variable Linear::forward(const Variable& x, Pass&) {
  const Variable flat = x.shape().rank() == 2 ? x : reshape(x, {x.value().rows(), x.value().columns()});
  return dense(flat, weight_.variable, bias_ == nullptr ? Variable() : bias_->variable, options_.activation,
               options_.slope);
}

BatchNorm::BatchNorm(Registrar& registrar, std::string_view group, std::size_t number, std::int64_t channels)
    : scale_(
          registrar.parameter(group, fmt::format("{}.scale", number), {channels}, initialize::constant(1))),
      shift_(
          registrar.parameter(group, fmt::format("{}.shift", number), {channels}, initialize::constant(0))),
      running_mean_(
          registrar.buffer(group, fmt::format("{}.running_mean", number), Tensor::zeros({channels}))),
      running_variance_(
          registrar.buffer(group, fmt::format("{}.running_variance", number), Tensor::full({channels}, 1))) {}

Variable BatchNorm::forward(const Variable& x, Pass& pass) {
  constexpr double epsilon = 1e-5, momentum = 0.1;
  if (!pass.training()) {
    const Variable factor = scale_.variable / sqrt(Variable(running_variance_.value()) + epsilon);
    const Variable offset = shift_.variable - factor * Variable(running_mean_.value());
    return x * along_channels(factor, x) + along_channels(offset, x);
  }
  const BatchNormalized normalized = batch_normalize(x, scale_.variable, shift_.variable, epsilon);
  if (pass.stages_buffers()) {
    const auto count = static_cast<double>(x.value().size() / normalized.mean.size());
    const double unbiased = count > 1 ? count / (count - 1) : 1;
    const auto average = [&](Buffer& buffer, const Tensor& measured, double factor) {
      Tensor next = Tensor::empty(measured.shape());
      array(next) = static_cast<Scalar>(1 - momentum) * array(buffer.value()) +
                    static_cast<Scalar>(momentum * factor) * array(measured);
      buffer.stage(next, pass);
    };
    average(running_mean_, normalized.mean, 1);
    average(running_variance_, normalized.variance, unbiased);
  }
  return normalized.result;
}

Variable dropout(const Variable& x, double rate, Pass& pass) {
  if (!(rate >= 0 && rate < 1))
    throw Error(fmt::format("op 'dropout': the rate must lie in [0, 1), but is {}", rate));
  if (!pass.training() || rate == 0) return x;
  Tensor mask = Tensor::empty(x.shape());
  pass.random("dropout").uniform(mask.data(), mask.size());
  Scalar* numbers = mask.data();
  const auto dropped = static_cast<Scalar>(rate), kept = static_cast<Scalar>(1 / (1 - rate));
  put_each(numbers, mask.size(), false,
           [=](std::int64_t i) { return numbers[i] < dropped ? Scalar(0) : kept; });
  return x * mask;
}

}  // namespace descent
