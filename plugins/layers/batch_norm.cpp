#include <descent/plugin/layer.hpp>

namespace {

/// Normalizes each channel of (batch, …, channels): in training by the batch's statistics, in evaluation by
/// running averages of them (the variance unbiased) over every training pass. Ioffe and Szegedy, Batch
/// Normalization, 2015, algorithm 1.
class BatchNorm final : public descent::Layer {
 public:
  descent::Shape build(const descent::Shape& input, const descent::Shape&, descent::Scope& scope) override {
    if (input.rank() == 0)
      throw descent::Error("batch_norm needs inputs with channels, but one example is a single number");
    const descent::Shape channels = {input[input.rank() - 1]};
    scale = &scope.parameter("scale", channels, {}, descent::initialize::constant(1));
    shift = &scope.parameter("shift", channels, {}, descent::initialize::constant(0));
    running_mean = &scope.average("running_mean", descent::Tensor::zeros(channels));
    running_variance = &scope.average("running_variance", descent::Tensor::full(channels, 1));
    return input;
  }

  descent::Variable forward(const descent::Variable& x, const descent::Variable&,
                            descent::Pass& pass) override {
    if (!pass.training()) {
      const auto factor = scale->variable / sqrt(descent::Variable(running_variance->value()) + epsilon);
      const auto offset = shift->variable - factor * descent::Variable(running_mean->value());
      return x * factor + offset;
    }
    const auto count = static_cast<double>(x.value().size()) / static_cast<double>(scale->shape.size());
    if (count < 2)
      throw descent::Error(
          "batch_norm needs two values or more of each channel to normalize, but a batch of "
          "shape " +
          x.shape().text() + " has one");
    const auto normalized = batch_normalize(x, scale->variable, shift->variable, epsilon);
    if (pass.stages_buffers()) {
      running_mean->average(normalized.mean, momentum, pass);
      const auto unbiased = descent::Variable(normalized.variance) * (count / (count - 1));
      running_variance->average(unbiased.value(), momentum, pass);
    }
    return normalized.result;
  }

  bool mixes_examples() const override { return true; }

 private:
  static constexpr double epsilon = 1e-5, momentum = 0.1;

  descent::Parameter *scale = nullptr, *shift = nullptr;
  descent::Buffer *running_mean = nullptr, *running_variance = nullptr;
};

}  // namespace

DESCENT_LAYER(BatchNorm, "batch_norm", "each channel normalized over the batch (Ioffe and Szegedy, 2015)");
