#include <algorithm>
#include <descent/plugin/dataset.hpp>

#include "support/legacy_numpy_random.hpp"

namespace {

/// The examples of DeepOBS's problem `quadratic_deep`: 1000 points from N(0, 0.6²) in 100 dimensions, drawn
/// by numpy from the seed 42 for training and 43 for testing. Schneider, Balles and Hennig, DeepOBS: A Deep
/// Learning Optimizer Benchmark Suite, 2019. Published results are for batches of 128, the rest
/// dropped, in testing as well, so that 896 test examples count; and they are those of one order for all
/// epochs: `trainer: {batch_size: 128, last_batch: drop, shuffle: once}`.
class QuadraticDeep final : public descent::Dataset {
 public:
  static void options(descent::OptionSpec<QuadraticDeep>& o) {
    o.integer("test_examples", &QuadraticDeep::test_examples, 896)
        .in(1, examples)
        .doc("how many of the 1000 test examples there are: whole batches of 128 as published, or all")
        .contrast(descent::Value::of(1000));
  }
  void open() override {
    train = draw(42);
    test = draw(43);
  }
  descent::Fields fields() const override { return {{.name = "point", .shape = {dimensions}}}; }
  std::optional<std::int64_t> size(descent::Split split) const override {
    return split == descent::Split::test ? test_examples : examples;
  }
  void fill(descent::Split split, std::span<const std::int64_t> indices,
            descent::Batch& batch) const override {
    const descent::Tensor& points = split == descent::Split::test ? test : train;
    descent::Scalar* row = batch.rows("point").data();
    for (const std::int64_t i : indices) row = std::copy_n(points.data() + i * dimensions, dimensions, row);
  }

 private:
  static constexpr std::int64_t examples = 1000, dimensions = 100;

  static descent::Tensor draw(std::uint32_t seed) {
    descent::LegacyNumpyRandom random(seed);
    auto points = descent::Tensor::empty({examples, dimensions});
    for (descent::Scalar& x : points.values()) x = static_cast<descent::Scalar>(0.6 * random.normal());
    return points;
  }

  std::int64_t test_examples;
  descent::Tensor train, test;
};

}  // namespace

DESCENT_DATASET(QuadraticDeep, "quadratic_deep",
                "the examples of DeepOBS's quadratic problem (Schneider et al., 2019)")
