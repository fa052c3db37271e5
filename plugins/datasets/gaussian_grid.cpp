#include "support/normal_mixture.hpp"

namespace {

/// Normal distributions on a square grid around the origin. The defaults are the 2D-grid of Lin et al.,
/// PacGAN: The power of two samples in generative adversarial networks, 2018, section 4.1: centers
/// {−4, −2, 0, 2, 4}², variance 0.0025.
class GaussianGrid final : public descent::NormalMixture {
 public:
  static void options(descent::OptionSpec<GaussianGrid>& o) {
    o.integer("side", &GaussianGrid::side, 5).in(1, 1000).doc("how many modes a side of the grid has");
    o.number("spacing", &GaussianGrid::spacing, 2.0).positive().doc("distance of neighboring centers");
    mixture_options(o, 0.05);
  }

 private:
  descent::Tensor place_centers() const override {
    descent::Tensor centers = descent::Tensor::empty({side * side, 2});
    const auto coordinate = [&](std::int64_t k) {
      return static_cast<descent::Scalar>(spacing *
                                          (static_cast<double>(k) - static_cast<double>(side - 1) / 2));
    };
    for (std::int64_t k = 0; k < side * side; ++k) {
      centers.data()[2 * k] = coordinate(k / side);
      centers.data()[2 * k + 1] = coordinate(k % side);
    }
    return centers;
  }

  std::int64_t side = 0;
  double spacing = 0;
};

}  // namespace

DESCENT_DATASET(GaussianGrid, "gaussian_grid",
                "a mixture of normal distributions on a square grid (Lin et al., PacGAN, 2018)")
