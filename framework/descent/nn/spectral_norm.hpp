#pragma once

#include <string_view>

#include "descent/base/api.hpp"
#include "descent/nn/layer.hpp"

namespace descent {

/// A layer's weight divided by an estimate of its largest singular value σ. Miyato et al., Spectral Normalization for
/// Generative Adversarial Networks, 2018, algorithm 1, for the weight as Parameter::as_matrix() shows it, W (inputs,
/// outputs).
///
/// The vector u (outputs) is a state buffer. It starts as a normal vector of length 1, from a stream of its own. A
/// training pass that stages buffers does one power iteration: v = W·u/‖W·u‖, u' = Wᵀ·v/‖Wᵀ·v‖, σ = vᵀ·W·u', with u' and v
/// constant in all gradients. Any other pass leaves u alone and takes σ = ‖W·u‖, which is vᵀ·W·u with v = W·u/‖W·u‖: of
/// the committed u in evaluation, of the latest one in training. There are no iterations before the first step, where
/// σ is too small: v and u approach the singular vectors as the steps go.
class DESCENT_API SpectralNorm {
 public:
  /// The weight as it is.
  SpectralNorm() = default;
  /// Registers the vector as `name` in the layer's scope, for example `weight_u`. The weight is a matrix or a kernel.
  SpectralNorm(const Parameter& weight, std::string_view name, Scope& scope);

  /// The weight to compute with, in the parameter's shape.
  Variable operator()(const Parameter& weight, Pass& pass) const;

 private:
  Buffer* u_ = nullptr;
};

}  // namespace descent
