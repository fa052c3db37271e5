#pragma once

#include <string_view>

#include "descent/autograd/ops.hpp"
#include "descent/nn/initializer.hpp"
#include "descent/nn/parameter.hpp"
#include "descent/nn/pass.hpp"

namespace descent {

/// One step of a network.
class DESCENT_API Layer {
 public:
  virtual ~Layer();
  /// (batch, …) -> (batch, …)
  virtual Variable forward(const Variable& x, Pass& pass) = 0;
};

/// activation(x·weight + bias): registers `NUMBER.weight` (inputs, outputs) and `NUMBER.bias` (outputs).
/// Inputs of more than one dimension are flattened.
class DESCENT_API Linear final : public Layer {
 public:
  struct Options {
    bool bias = true;
    Activation activation = Activation::none;
    double slope = 0.01;  ///< leaky_relu's slope, elu's scale
  };
  Linear(Registrar& registrar, std::string_view group, std::size_t number, std::int64_t inputs,
         std::int64_t outputs, const initialize::LayerStart& start, const Options& options);
  Variable forward(const Variable& x, Pass& pass) override;

 private:
  const Parameter& weight_;
  const Parameter* bias_ = nullptr;
  Options options_;
};

/// Normalizes each channel of (batch, channels, …): in training by the batch's statistics, in evaluation by
/// running averages of them (momentum 0.1; the variance unbiased), which a training pass stages. Registers
/// `NUMBER.scale`, `NUMBER.shift`, and the buffers `NUMBER.running_mean` and `NUMBER.running_variance`. Ioffe
/// and Szegedy, Batch Normalization, 2015.
class DESCENT_API BatchNorm final : public Layer {
 public:
  BatchNorm(Registrar& registrar, std::string_view group, std::size_t number, std::int64_t channels);
  Variable forward(const Variable& x, Pass& pass) override;

 private:
  const Parameter& scale_;
  const Parameter& shift_;
  Buffer& running_mean_;
  Buffer& running_variance_;
};

/// In a training pass each element is 0 with probability `rate`, and otherwise x/(1 − rate), drawn from the
/// stream `dropout`; in evaluation x. Srivastava et al., Dropout, 2014 (the inverted form). Throws Error when
/// the rate is not in [0, 1).
DESCENT_API Variable dropout(const Variable& x, double rate, Pass& pass);

}  // namespace descent
