#include <descent/plugin/optimizer.hpp>

#include <cmath>

namespace {

enum class Onto { box, ball };

/// Projected descent (Goldstein, Convex programming in Hilbert space, 1964; Levitin and Polyak, 1966): after
/// every update the values go to the nearest point of a set, either the box [low, high] for every number
/// (the weight clipping of Arjovsky et al., Wasserstein GAN, 2017, algorithm 1), or for every parameter the
/// ball ‖θ‖ ≤ radius.
class Project final : public descent::Optimizer {
 public:
  static void options(descent::OptionSpec<Project>& o) {
    o.choice<Onto>("onto", &Project::onto, "box", {{"box", Onto::box}, {"ball", Onto::ball}})
        .doc("the set: each number in [low, high], or each parameter in a ball around 0")
        .contrast("ball");
    o.number("low", &Project::low, -1.0).doc("lower limit of the box").contrast(-0.01);
    o.number("high", &Project::high, 1.0).doc("upper limit of the box").contrast(0.01);
    o.number("radius", &Project::radius, 1.0).positive().doc("greatest norm in the ball").contrast(0.1);
  }

  void check() const override {
    if (low > high) throw descent::Error("'low' is above 'high', so that no value is between them");
  }
  descent::Granularity granularity() const override {
    return onto == Onto::box ? descent::Granularity::element : descent::Granularity::tensor;
  }
  void apply(const descent::Step&, descent::Block) const override {}

  void settle(const descent::Step&, descent::SettledBlock block) const override {
    auto value = block.value();
    if (onto == Onto::box) {
      value = descent::clamp(value, low, high);
    } else if (const double length = std::sqrt(descent::sum_of_squares(value)); length > radius) {
      value *= static_cast<descent::Scalar>(radius / length);
    }
  }

 private:
  Onto onto;
  double low, high, radius;
};

}  // namespace

DESCENT_OPTIMIZER(Project, "project", "keeps values in a box or a ball (Goldstein, 1964)");
