#include "group_norm_layer.hpp"

namespace {

/// scale·(x − mean)/√(variance + ε) + shift, with the statistics of each channel of each example over its positions,
/// in training and evaluation alike. Ulyanov et al., Instance Normalization: The Missing Ingredient for Fast
/// Stylization, 2016, equation 4.
class InstanceNorm final : public GroupNormLayer {
 public:
  static void options(descent::OptionSpec<InstanceNorm>& o) { shared_options(o); }

 private:
  std::string title() const override { return "instance_norm"; }
  std::int64_t groups_of(std::int64_t channels) const override { return channels; }
};

}  // namespace

DESCENT_LAYER(InstanceNorm, "instance_norm",
              "each channel of each example normalized (Ulyanov et al., 2016)");
