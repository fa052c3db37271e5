#include <cmath>
#include <cstdlib>
#include <descent/plugin/metric.hpp>
#include <stdexcept>

namespace {

/// `scale` times the length of all of a point's vectors together, and the distance to the point of a finished
/// run (0 without one).
class Distance final : public descent::MetricOn<descent::Point> {
 public:
  static void options(descent::OptionSpec<Distance>& o) {
    o.schedule("scale", &Distance::scale, 1.0).doc("factor of the length");
    o.run("reference", &Distance::reference).doc("a finished run to compare with");
  }
  std::vector<descent::Measure> declares() const override {
    return {{"length", "", descent::Direction::lower_is_better},
            {"distance", "", descent::Direction::lower_is_better}};
  }
  std::vector<double> measure(descent::Point& model, descent::MetricContext&) const override {
    if (std::getenv("DESCENT_TEST_METRIC_BREAKS") != nullptr) throw std::runtime_error("broken, for a test");
    double length = 0, distance = 0;
    for (std::size_t i = 0; i < model.vectors().size(); ++i) {
      const auto values = model.vectors()[i]->variable.value().to_doubles();
      for (const double value : values) length += value * value;
      if (reference.run == nullptr) continue;
      const auto& other = descent::role<descent::Point>(reference.run->model());
      const auto others = other.vectors().at(i)->variable.value().to_doubles();
      for (std::size_t j = 0; j < values.size(); ++j) distance += std::pow(values[j] - others.at(j), 2);
    }
    return {scale.current() * std::sqrt(length), std::sqrt(distance)};
  }

 private:
  descent::Schedule scale;
  descent::RunReference reference;
};

}  // namespace

DESCENT_METRIC(Distance, "test_distance", "lengths of free vectors, for tests")
