#include <cmath>
#include <numbers>

#include "support/normal_mixture.hpp"

namespace {

/// Normal distributions evenly spaced on a circle, at the angles 2πk/modes. The defaults are the 2D-ring of
/// Lin et al., PacGAN: The power of two samples in generative adversarial networks, 2018, section 4.1.
class GaussianRing final : public descent::NormalMixture {
 public:
  static void options(descent::OptionSpec<GaussianRing>& o) {
    o.integer("modes", &GaussianRing::modes, 8).in(1, 1e6).doc("how many normal distributions there are");
    o.number("radius", &GaussianRing::radius, 1.0).positive().doc("radius of the circle of their centers");
    mixture_options(o, 0.01);
  }

 private:
  descent::Tensor place_centers() const override {
    descent::Tensor centers = descent::Tensor::empty({modes, 2});
    for (std::int64_t k = 0; k < modes; ++k) {
      const double angle = 2 * std::numbers::pi * static_cast<double>(k) / static_cast<double>(modes);
      centers.data()[2 * k] = static_cast<descent::Scalar>(radius * std::cos(angle));
      centers.data()[2 * k + 1] = static_cast<descent::Scalar>(radius * std::sin(angle));
    }
    return centers;
  }

  std::int64_t modes = 0;
  double radius = 0;
};

}  // namespace

DESCENT_DATASET(GaussianRing, "gaussian_ring",
                "a mixture of normal distributions on a circle (Lin et al., PacGAN, 2018)")
