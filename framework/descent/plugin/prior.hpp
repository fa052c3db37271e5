#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "descent/config/diagnostics.hpp"
#include "descent/config/value.hpp"
#include "descent/nn/distributions.hpp"
#include "descent/nn/network.hpp"
#include "descent/plugin/condition.hpp"

namespace descent {

/// p(z) of a latent variable model, as an experiment chooses it:
///
///     prior: standard                                  # N(0, 1) in every dimension
///     prior: {mixture: {components: 10}}               # normal distributions with learned means, variances and weights
///     prior: {vamp: {components: 500, start: random}}  # the mean of q(z | u) over learned pseudo-inputs u
///     prior: conditional                               # a normal distribution given the model's condition
///     prior: none                                      # new data come from a sampler fitted after training
///
/// `mixture` and `vamp` alone have 10 and 500 components. Tomczak and Welling, VAE with a VampPrior, 2018, equation 9.
/// What is learned is the group `prior`.
class DESCENT_API Prior {
 public:
  /// Standard.
  Prior() = default;
  /// Adds what is wrong to `diagnostics`, with its location.
  static Prior parse(const Value& value, Diagnostics& diagnostics);

  /// Registers what is learned. `modeled` is the field that pseudo-inputs look like; `network` is that of a conditional
  /// prior. Throws Error where the condition or the field does not fit.
  void build(std::int64_t latent, const Field& modeled, const Condition& condition, NetworkSpec& network,
             Registrar& registrar);
  /// With `start: data` the pseudo-inputs become these examples (batch, …), over and over, with noise of a standard
  /// deviation of 0.01 of the field's range. For Model::initialize().
  void initialize(const Variable& examples, Pass& pass);

  /// Whether there is one: not `none`.
  bool exists() const { return kind_ != Kind::none; }
  /// q(z | u) of pseudo-inputs u (components, …).
  using Encoder = std::function<DistributionPtr(const Variable& u, Pass& pass)>;
  /// Over (rows, latent), given the condition's numbers y (rows, n) or undefined; null for `none`. Pseudo-inputs are no
  /// training data: buffers stay as they are.
  DistributionPtr operator()(std::int64_t rows, const Variable& y, Pass& pass, const Encoder& encode) const;

 private:
  enum class Kind { standard, mixture, vamp, conditional, none };
  void read_options(const Value& options, Diagnostics& diagnostics);
  DistributionPtr vamp(std::int64_t rows, Pass& pass, const Encoder& encode) const;

  Kind kind_ = Kind::standard;
  std::int64_t components_ = 0;
  bool starts_at_data_ = false;
  std::int64_t latent_ = 0;
  double low_ = 0, high_ = 0;  // the field's range; equal: unknown
  Parameter *means_ = nullptr, *log_variances_ = nullptr, *logits_ = nullptr, *pseudo_inputs_ = nullptr;
  Network network_;
};

}  // namespace descent
