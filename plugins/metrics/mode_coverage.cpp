#include <algorithm>
#include <cmath>

#include "descent/base/text.hpp"
#include "descent/plugin/metric.hpp"

namespace {

struct Nearest {
  std::int64_t mode = -1;  // none, where a coordinate is not a number
  double distance_squared = INFINITY;
};

Nearest nearest_mode(const descent::Scalar* point, const descent::Tensor& centers) {
  Nearest nearest;
  for (std::int64_t mode = 0; mode < centers.rows(); ++mode) {
    const descent::Scalar* center = centers.data() + mode * centers.columns();
    double distance_squared = 0;
    for (std::int64_t d = 0; d < centers.columns(); ++d)
      distance_squared += std::pow(static_cast<double>(point[d]) - static_cast<double>(center[d]), 2);
    if (distance_squared < nearest.distance_squared) nearest = {mode, distance_squared};
  }
  return nearest;
}

/// How many modes of a mixture a generator has found. A sample is of high quality within three standard
/// deviations of the nearest mode, and a mode is captured when it is the nearest one of such a sample:
/// Srivastava et al., VEEGAN: Reducing mode collapse in GANs using implicit variational learning, 2017,
/// section 5.1. `reverse_kl` is KL(samples assigned to their nearest modes ‖ equally likely modes): Lin et
/// al., PacGAN, 2018, section 4.1.
class ModeCoverage final : public descent::MetricOn<descent::Generative> {
 public:
  static void options(descent::OptionSpec<ModeCoverage>& o) {
    o.integer("samples", &ModeCoverage::samples, 2500).at_least(1).doc("how many samples are generated");
  }

  void check(const descent::Model& model, const descent::Dataset& dataset) const override {
    const auto& generative = descent::role<descent::Generative>(model);
    const std::string point = descent::role<descent::Mixture>(dataset).point_field();
    if (generative.fields() != std::vector{point})
      throw descent::Error("mode_coverage looks at the field '" + point + "', but the model generates '" +
                           descent::join(generative.fields(), "', '") + "'");
    if (!generative.condition_fields().empty())
      throw descent::Error("mode_coverage is of models without a condition");
  }

  std::vector<descent::Measure> declares() const override {
    const std::string over = "of " + std::to_string(samples) + " samples";
    return {{"modes", "1", descent::Direction::higher_is_better, over},
            {"high_quality", "1", descent::Direction::higher_is_better, over},
            {"reverse_kl", "nat", descent::Direction::lower_is_better, over}};
  }

  std::vector<double> measure(descent::Generative& model, descent::MetricContext& context) const override {
    const auto& mixture = descent::role<descent::Mixture>(context.dataset());
    const descent::Tensor& centers = mixture.centers();
    const double reach_squared = std::pow(3 * mixture.standard_deviation(), 2);
    std::vector<std::int64_t> assigned(static_cast<std::size_t>(centers.rows()));
    std::vector<bool> captured(assigned.size());
    std::int64_t high_quality = 0;
    for (std::int64_t begin = 0; begin < samples; begin += context.batch_size()) {
      const std::int64_t count = std::min(context.batch_size(), samples - begin);
      const descent::Variable z = model.draw_latent(count, {}, context.pass());
      const descent::Tensor points =
          model.from_latent(z, {}, descent::Show::sample, context.pass())[0].value();
      for (std::int64_t i = 0; i < count; ++i) {
        const Nearest nearest = nearest_mode(points.data() + i * points.columns(), centers);
        if (nearest.mode < 0) continue;
        const auto mode = static_cast<std::size_t>(nearest.mode);
        ++assigned[mode];
        if (nearest.distance_squared > reach_squared) continue;
        ++high_quality;
        captured[mode] = true;
      }
    }
    return {static_cast<double>(std::count(captured.begin(), captured.end(), true)),
            static_cast<double>(high_quality) / static_cast<double>(samples), reverse_kl(assigned)};
  }

 private:
  static double reverse_kl(const std::vector<std::int64_t>& assigned) {
    double total = 0, sum = 0;
    for (const std::int64_t count : assigned) total += static_cast<double>(count);
    for (const std::int64_t count : assigned) {
      const double share = static_cast<double>(count) / total;
      if (count > 0) sum += share * std::log(share * static_cast<double>(assigned.size()));
    }
    return total > 0 ? sum : NAN;
  }

  std::int64_t samples = 0;
};

}  // namespace

DESCENT_METRIC(ModeCoverage, "mode_coverage",
               "modes of a mixture that a generator covers (Srivastava et al., VEEGAN, 2017), and how evenly "
               "(Lin et al., PacGAN, 2018)")
