#pragma once

#include <descent/plugin/layer.hpp>

/// What layers share that normalize each channel of (batch, …, channels): in training by the batch's statistics, in
/// evaluation by running averages of them (the variance unbiased) over every training pass. Ioffe and Szegedy, Batch
/// Normalization, 2015, algorithm 1.
class BatchNormLayer : public descent::Layer {
 public:
  bool mixes_examples() const override { return true; }

 protected:
  /// Registers a scale and a shift of each channel, and the running averages; (channels). `name` is the layer's, for
  /// messages.
  descent::Shape build_normalization(const std::string& name, const descent::Shape& input,
                                     descent::Scope& scope) {
    if (input.rank() == 0)
      throw descent::Error(name + " needs inputs with channels, but one example is a single number");
    name_ = name;
    const descent::Shape channels = {input[input.rank() - 1]};
    scale = &scope.parameter("scale", channels, {}, descent::initialize::constant(1));
    shift = &scope.parameter("shift", channels, {}, descent::initialize::constant(0));
    running_mean = &scope.average("running_mean", descent::Tensor::zeros(channels));
    running_variance = &scope.average("running_variance", descent::Tensor::full(channels, 1));
    return channels;
  }

  /// x (batch, …, channels) normalized, times `factor` and plus `offset` of each channel: the same shape.
  descent::Variable normalize(const descent::Variable& x, const descent::Variable& factor,
                              const descent::Variable& offset, descent::Pass& pass) {
    if (!pass.training()) {
      const auto slope = factor / sqrt(descent::Variable(running_variance->value()) + epsilon);
      return x * slope + (offset - slope * descent::Variable(running_mean->value()));
    }
    const auto count = static_cast<double>(x.value().size()) / static_cast<double>(scale->shape.size());
    if (count < 2)
      throw descent::Error(name_ +
                           " needs two values or more of each channel to normalize, but a batch of "
                           "shape " +
                           x.shape().text() + " has one");
    const auto normalized = batch_normalize(x, factor, offset, epsilon);
    if (pass.stages_buffers()) {
      running_mean->average(normalized.mean, momentum, pass);
      const auto unbiased = descent::Variable(normalized.variance) * (count / (count - 1));
      running_variance->average(unbiased.value(), momentum, pass);
    }
    return normalized.result;
  }

  descent::Parameter *scale = nullptr, *shift = nullptr;

 private:
  static constexpr double epsilon = 1e-5, momentum = 0.1;

  std::string name_;
  descent::Buffer *running_mean = nullptr, *running_variance = nullptr;
};
