#include <cmath>
#include <descent/plugin/dataset.hpp>
#include <stdexcept>

namespace {

/// Field `x` (2) of ten examples, all 1 but for one number: the second one of example `at`, which is no
/// number.
class Flawed final : public descent::Dataset {
 public:
  static void options(descent::OptionSpec<Flawed>& o) {
    o.integer("at", &Flawed::at, 7).in(0, 9).doc("the example with a flaw");
    o.choice("split", &Flawed::split, "train",
             {{"train", descent::Split::train}, {"test", descent::Split::test}})
        .doc("where it is");
    o.flag("throws", &Flawed::throws, false).doc("whether it cannot be read at all");
  }
  descent::Fields fields() const override { return {{.name = "x", .shape = {2}}}; }
  std::optional<std::int64_t> size(descent::Split which) const override {
    return which == descent::Split::train || which == split ? 10 : 0;
  }
  void fill(descent::Split which, std::span<const std::int64_t> indices,
            descent::Batch& batch) const override {
    if (throws) throw std::runtime_error("the disk is on fire");
    descent::Tensor x = batch.rows("x");
    for (std::size_t row = 0; row < indices.size(); ++row) {
      x.data()[2 * row] = 1;
      x.data()[2 * row + 1] = which == split && indices[row] == at ? static_cast<descent::Scalar>(NAN) : 1;
    }
  }

 private:
  std::int64_t at = 0;
  descent::Split split = descent::Split::train;
  bool throws = false;
};

/// Endless: `x` (2) of square roots of u − `below`, for u drawn evenly from 0 to 1.
class RarelyFlawed final : public descent::Dataset {
 public:
  static void options(descent::OptionSpec<RarelyFlawed>& o) {
    o.number("below", &RarelyFlawed::below, 0.01).in(0, 1).doc("the share of numbers that are none");
  }
  descent::Fields fields() const override { return {{.name = "x", .shape = {2}}}; }
  std::optional<std::int64_t> size(descent::Split) const override { return {}; }
  void sample(descent::Split, descent::RandomStream& random, descent::Batch& batch) const override {
    descent::Tensor x = batch.rows("x");
    random.uniform(x.data(), x.size());
    for (descent::Scalar& number : x.values())
      number = std::sqrt(number - static_cast<descent::Scalar>(below));
  }

 private:
  double below = 0;
};

}  // namespace

DESCENT_DATASET(RarelyFlawed, "test_rarely_flawed", "numbers of which some are not finite, for tests")
DESCENT_DATASET(Flawed, "test_flawed", "examples of which one is not finite, for tests")
