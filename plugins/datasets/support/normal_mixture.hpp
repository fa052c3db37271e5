#pragma once

#include <algorithm>
#include <array>
#include <vector>

#include "descent/plugin/dataset.hpp"

namespace descent {

/// Points from a mixture of equally likely isotropic normal distributions. What derives from it says where
/// their centers are.
class NormalMixture : public Dataset, public Mixture {
 public:
  void open() override {
    centers_ = place_centers();
    train_ = draw("train");
    test_ = draw("test");
  }
  /// `point`: (dimensions).
  Fields fields() const override { return {{.name = point_field(), .shape = place_centers().shape().row()}}; }
  std::optional<std::int64_t> size(Split) const override {
    return samples > 0 ? std::optional(samples) : std::nullopt;
  }
  void fill(Split split, std::span<const std::int64_t> indices, Batch& batch) const override {
    const Tensor& points = split == Split::test ? test_ : train_;
    const std::int64_t dimensions = points.columns();
    Scalar* row = batch.rows(point_field()).data();
    for (const std::int64_t i : indices) row = std::copy_n(points.data() + i * dimensions, dimensions, row);
  }
  void sample(Split, RandomStream& random, Batch& batch) const override {
    Tensor points = batch.rows(point_field());
    write(random, points);
  }

  const Tensor& centers() const override { return centers_; }
  double standard_deviation() const override { return stddev; }
  std::string point_field() const override { return "point"; }

 protected:
  /// (modes, dimensions)
  virtual Tensor place_centers() const = 0;

  template <class Derived>
  static void mixture_options(OptionSpec<Derived>& o, double standard_stddev) {
    o.number("stddev", &Derived::stddev, standard_stddev)
        .positive()
        .doc("standard deviation of every mode, in each direction");
    o.integer("samples", &Derived::samples, 0)
        .at_least(0)
        .contrast(Value::of(10000))
        .doc("size of a training and a test set that are drawn once; 0: fresh points in every batch");
    o.integer("seed", &Derived::seed, 0)
        .of_any_size()
        .at_least(0)
        .doc("what the fixed sets of `samples` are drawn from");
  }

  double stddev = 0;
  std::int64_t samples = 0;
  std::int64_t seed = 0;

 private:
  Tensor draw(std::string_view split) const {
    Tensor points = Tensor::empty(centers_.shape().row().batch(samples));
    RandomStream random(stream_key(static_cast<std::uint64_t>(seed), split));
    write(random, points);
    return points;
  }

  void write(RandomStream& random, Tensor& points) const {
    // Chunks on the stack: a training step takes nothing from the heap.
    std::array<std::int64_t, 256> modes;
    const std::int64_t dimensions = points.columns();
    for (std::int64_t begin = 0; begin < points.rows(); begin += std::ssize(modes)) {
      const std::int64_t count = std::min<std::int64_t>(std::ssize(modes), points.rows() - begin);
      random.below(static_cast<std::uint32_t>(centers_.rows()), modes.data(), count);
      Scalar* point = points.data() + begin * dimensions;
      random.normal(point, count * dimensions);
      for (std::int64_t i = 0; i < count; ++i) {
        const Scalar* center = centers_.data() + modes[static_cast<std::size_t>(i)] * dimensions;
        for (std::int64_t d = 0; d < dimensions; ++d, ++point)
          *point = center[d] + static_cast<Scalar>(stddev) * *point;
      }
    }
  }

  Tensor centers_, train_, test_;
};

}  // namespace descent
