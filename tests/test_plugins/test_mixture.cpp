#include <descent/plugin/dataset.hpp>

namespace {

/// Endless: points of normal distributions at (±1, 0), with standard deviation `stddev`.
class TwoModes final : public descent::Dataset, public descent::Mixture {
 public:
  static void options(descent::OptionSpec<TwoModes>& o) {
    o.number("stddev", &TwoModes::stddev, 0.1).positive().doc("of both");
  }
  void open() override { centers_ = descent::Tensor::of({2, 2}, {-1, 0, 1, 0}); }
  descent::Fields fields() const override { return {{.name = "point", .shape = {2}}}; }
  std::optional<std::int64_t> size(descent::Split) const override { return {}; }
  void sample(descent::Split, descent::RandomStream& random, descent::Batch& batch) const override {
    descent::Tensor points = batch.rows("point");
    random.normal(points.data(), points.size());
    std::vector<std::int64_t> modes(static_cast<std::size_t>(batch.size()));
    random.below(2, modes.data(), batch.size());
    for (std::size_t row = 0; row < modes.size(); ++row)
      for (std::size_t j = 0; j < 2; ++j) {
        descent::Scalar& number = points.data()[2 * row + j];
        number = static_cast<descent::Scalar>(stddev) * number +
                 centers_.data()[2 * static_cast<std::size_t>(modes[row]) + j];
      }
  }
  const descent::Tensor& centers() const override { return centers_; }
  double standard_deviation() const override { return stddev; }
  std::string point_field() const override { return "point"; }

 private:
  double stddev = 0;
  descent::Tensor centers_;
};

}  // namespace

DESCENT_DATASET(TwoModes, "test_mixture", "two normal distributions without end, for tests")
