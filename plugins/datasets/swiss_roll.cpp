#include <algorithm>
#include <array>
#include <cmath>
#include <descent/plugin/dataset.hpp>
#include <numbers>

namespace {

/// Points along a spiral in the plane, (t·cos t, t·sin t) with t from U(1.5π, 1.5π + 2π·turns), blurred by
/// N(0, noise²) in each direction and then divided by `scale`. The default is the swiss roll of Gulrajani et
/// al., Improved Training of Wasserstein GANs, 2017, section 4.1 (figure 1b): a slice of scikit-learn's, with
/// noise 0.25 and scale 7.5, about one standard deviation. The sets of FFJORD (Grathwohl et al., 2019) have
/// noise 1 and scale
/// 5. From Marsland, Machine Learning: An Algorithmic Perspective, 2009.
class SwissRoll final : public descent::Dataset {
 public:
  static void options(descent::OptionSpec<SwissRoll>& o) {
    o.number("noise", &SwissRoll::noise, 0.25)
        .at_least(0)
        .doc("standard deviation across the spiral, before scaling: its arms are 2π apart");
    o.number("turns", &SwissRoll::turns, 1.5).positive().doc("how many times it goes around");
    o.number("scale", &SwissRoll::scale, 7.5).positive().doc("what everything is divided by");
    o.integer("samples", &SwissRoll::samples, 0)
        .at_least(0)
        .contrast(descent::Value::of(10000))
        .doc("size of a training and a test set that are drawn once; 0: fresh points in every batch");
    o.integer("seed", &SwissRoll::seed, 0)
        .of_any_size()
        .at_least(0)
        .doc("what the fixed sets of `samples` are drawn from");
  }
  void open() override {
    for (auto& [name, points] : {std::pair<const char*, descent::Tensor&>("train", train), {"test", test}}) {
      points = descent::Tensor::empty({samples, 2});
      descent::RandomStream random(descent::stream_key(static_cast<std::uint64_t>(seed), name));
      write(random, points);
    }
  }
  descent::Fields fields() const override { return {{.name = "point", .shape = {2}}}; }
  std::optional<std::int64_t> size(descent::Split) const override {
    return samples > 0 ? std::optional(samples) : std::nullopt;
  }
  void fill(descent::Split split, std::span<const std::int64_t> indices,
            descent::Batch& batch) const override {
    const descent::Tensor& points = split == descent::Split::test ? test : train;
    descent::Scalar* row = batch.rows("point").data();
    for (const std::int64_t i : indices) row = std::copy_n(points.data() + 2 * i, 2, row);
  }
  void sample(descent::Split, descent::RandomStream& random, descent::Batch& batch) const override {
    auto points = batch.rows("point");
    write(random, points);
  }

 private:
  void write(descent::RandomStream& random, descent::Tensor& points) const {
    // Chunks on the stack: a training step takes nothing from the heap.
    std::array<descent::Scalar, 256> along;
    for (std::int64_t begin = 0; begin < points.rows(); begin += std::ssize(along)) {
      const std::int64_t count = std::min<std::int64_t>(std::ssize(along), points.rows() - begin);
      random.uniform(along.data(), count);
      descent::Scalar* point = points.data() + 2 * begin;
      random.normal(point, 2 * count);
      for (std::int64_t i = 0; i < count; ++i) {
        const double t = std::numbers::pi * (1.5 + 2 * turns * double(along[static_cast<std::size_t>(i)]));
        for (const double coordinate : {t * std::cos(t), t * std::sin(t)}) {
          *point = static_cast<descent::Scalar>((coordinate + noise * double(*point)) / scale);
          ++point;
        }
      }
    }
  }

  double noise, turns, scale;
  std::int64_t samples, seed;
  descent::Tensor train, test;
};

}  // namespace

DESCENT_DATASET(SwissRoll, "swiss_roll", "points along a spiral (Gulrajani et al., 2017)")
