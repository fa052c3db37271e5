#include <cmath>
#include <descent/plugin/metric.hpp>

// Metrics that are each wrong in one way, and right in every other.
namespace {

using namespace descent;

class OnPoint : public MetricOn<Point> {
 public:
  std::vector<Measure> declares() const override { return {{"length", "", Direction::lower_is_better}}; }

 protected:
  static Tensor first(Point& model) { return model.vectors()[0]->value; }
};

class Moves final : public OnPoint {
 public:
  std::vector<double> measure(Point& model, MetricContext&) const override {
    Tensor value = first(model);
    value.data()[0] += 100;
    return {0};
  }
};
class Infinite final : public OnPoint {
 public:
  std::vector<double> measure(Point&, MetricContext&) const override { return {HUGE_VAL}; }
};
class Misnamed final : public OnPoint {
 public:
  std::vector<Measure> declares() const override { return {{"wall_time", "", Direction::neither}}; }
  std::vector<double> measure(Point&, MetricContext&) const override { return {1}; }
};
class TooFew final : public OnPoint {
 public:
  std::vector<Measure> declares() const override {
    return {{"length", "", Direction::neither}, {"width", "", Direction::neither}};
  }
  std::vector<double> measure(Point&, MetricContext&) const override { return {1}; }
};
class Drifts final : public OnPoint {
 public:
  std::vector<double> measure(Point&, MetricContext&) const override { return {calls_ += 1}; }

 private:
  mutable double calls_ = 0;
};

}  // namespace

DESCENT_METRIC(Moves, "test_moves", "moves what it measures, for tests")
DESCENT_METRIC(Infinite, "test_infinite", "measures infinity, for tests")
DESCENT_METRIC(Misnamed, "test_misnamed", "a measure by the name of one of the log's columns, for tests")
DESCENT_METRIC(TooFew, "test_too_few", "fewer values than it declares, for tests")
DESCENT_METRIC(Drifts, "test_drifts", "counts its calls, for tests")
