#include "batch_norm_layer.hpp"

namespace {

/// Normalizes each channel of (batch, …, channels): in training by the batch's statistics, in evaluation by
/// running averages of them (the variance unbiased) over every training pass. Ioffe and Szegedy, Batch
/// Normalization, 2015, algorithm 1.
class BatchNorm final : public BatchNormLayer {
 public:
  descent::Shape build(const descent::Shape& input, const descent::Shape&, descent::Scope& scope) override {
    build_normalization("batch_norm", input, scope);
    return input;
  }
  descent::Variable forward(const descent::Variable& x, const descent::Variable&,
                            descent::Pass& pass) override {
    return normalize(x, scale->variable, shift->variable, pass);
  }
};

}  // namespace

DESCENT_LAYER(BatchNorm, "batch_norm", "each channel normalized over the batch (Ioffe and Szegedy, 2015)");
