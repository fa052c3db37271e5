#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "descent/base/error.hpp"
#include "descent/kernels/arithmetic.hpp"
#include "descent/kernels/functions.hpp"
#include "descent/kernels/indices.hpp"
#include "descent/plugin/transform.hpp"

// Transforms of the numbers of any field.
namespace descent {

namespace {

bool has_range(const Field& field) {
  return field.low < field.high;
}

Field without_range(Field field) {
  field.low = field.high = 0;
  return field;
}

void need_numbers(const Field& field) {
  if (field.classes > 0)
    throw Error(fmt::format("'{}' holds class indices, which are no numbers to compute with", field.name));
}

/// Maps the range of the numbers linearly to another one.
class ScaleValues final : public Transform {
 public:
  static void options(OptionSpec<ScaleValues>& o) {
    o.numbers("to", &ScaleValues::to, {0, 1}).main().doc("the new range, [low, high]");
    o.numbers("from", &ScaleValues::from, {}).doc("the old range, [low, high]; empty: the field's own");
  }
  Field change(const Field& given) override {
    need_numbers(given);
    Field result = given;
    const std::vector<double> old = from.empty() ? std::vector<double>{given.low, given.high} : from;
    if (from.empty() && !has_range(given))
      throw Error(
          fmt::format("the range of '{}' is not known; give it, {{scale: {{from: [0, 255]}}}}", given.name));
    check("from", old);
    check("to", to);
    factor_ = (to[1] - to[0]) / (old[1] - old[0]);
    shift_ = to[0] - factor_ * old[0];
    if (has_range(given)) {
      result.low = factor_ * given.low + shift_;
      result.high = factor_ * given.high + shift_;
    }
    return result;
  }
  Tensor apply(const Tensor& x, const Draws&) const override {
    Tensor out = Tensor::empty(x.shape());
    kernels::scale_and_shift(x, factor_, shift_, out);
    return out;
  }

 private:
  static void check(const char* name, const std::vector<double>& range) {
    if (range.size() != 2 || !(range[0] < range[1]))
      throw Error(fmt::format("'{}' is a range, [low, high] with low below high, but it is [{}]", name,
                              fmt::join(range, ", ")));
  }

  std::vector<double> to, from;
  double factor_ = 1, shift_ = 0;
};

/// (x − mean)/standard deviation, of the examples that are trained on.
class StandardizeValues final : public Transform {
 public:
  static void options(OptionSpec<StandardizeValues>&) {}
  bool learns() const override { return true; }
  void learn(std::span<const double> mean, std::span<const double> variance) override {
    std::vector<double> factors, shifts;
    for (std::size_t i = 0; i < mean.size(); ++i) {
      // What never changes is only centered.
      factors.push_back(variance[i] > 0 ? 1 / std::sqrt(variance[i]) : 1);
      shifts.push_back(-mean[i] * factors.back());
    }
    factor_ = Tensor::of(of_statistics_, factors);
    shift_ = Tensor::of(of_statistics_, shifts);
  }
  Field change(const Field& given) override {
    need_numbers(given);
    of_statistics_ = given.image ? Shape{given.shape[2]} : given.shape;
    return without_range(given);
  }
  Tensor apply(const Tensor& x, const Draws&) const override {
    Tensor out = Tensor::empty(x.shape());
    kernels::multiply(x, factor_, out, false);
    kernels::add(out, shift_, out, false);
    return out;
  }

 private:
  Shape of_statistics_;
  Tensor factor_, shift_;
};

/// Numbers of `levels` equidistant values get uniform noise up to the next one, and are scaled back to their range: of
/// bytes in [0, 1], (255·x + u)/256. Theis et al., A note on the evaluation of generative models, 2016, section 3.1.
class DequantizeValues final : public Transform {
 public:
  static void options(OptionSpec<DequantizeValues>& o) {
    o.integer("levels", &DequantizeValues::levels, 256).at_least(2).main().doc("how many values there are");
  }
  Field change(const Field& given) override {
    need_numbers(given);
    if (!has_range(given))
      throw Error(
          fmt::format("the range of '{}' is not known; a 'scale' before it gives it one", given.name));
    const auto count = static_cast<double>(levels);
    factor_ = (count - 1) / count;
    noise_ = (given.high - given.low) / count;
    shift_ = given.low * (1 - factor_);
    return given;
  }
  Tensor apply(const Tensor& x, const Draws& draws) const override {
    Tensor out = draws.uniform(x.shape());
    kernels::weighted_sum(factor_, x, noise_, out, out);
    kernels::scale_and_shift(out, 1, shift_, out);
    return out;
  }

 private:
  std::int64_t levels;
  double factor_ = 1, noise_ = 0, shift_ = 0;
};

/// 1 with the probability that the number in [0, 1] says, else 0. Salakhutdinov and Murray, On the Quantitative Analysis
/// of Deep Belief Networks, 2008.
class BinarizeValues final : public Transform {
 public:
  static void options(OptionSpec<BinarizeValues>& o) {
    o.choice("per", &BinarizeValues::fresh, "draw",
             {{"draw", Fresh::draw}, {"epoch", Fresh::epoch}, {"fixed", Fresh::fixed}})
        .main()
        .doc(
            "how long an example stays as it was drawn: draw (drawn in each epoch of training, and at each "
            "measurement), "
            "epoch (metrics see what training sees in that epoch), fixed (always the same, for every seed)");
  }
  bool keeps_draws() const override { return fresh != Fresh::draw; }
  Field change(const Field& given) override {
    need_numbers(given);
    if (!has_range(given) || given.low < 0 || given.high > 1)
      throw Error(fmt::format(
          "the numbers of '{}' must be probabilities, from 0 to 1; a 'scale' before it maps them to that",
          given.name));
    Field result = given;
    result.low = 0;
    result.high = 1;
    return result;
  }
  Tensor apply(const Tensor& x, const Draws& draws) const override {
    Tensor out = draws.uniform(x.shape(), fresh);
    kernels::subtract(x, out, out, false);
    kernels::positive(out, out);
    kernels::weighted_sum(0, x, 1, out, out);  // what is no number stays none, and is found
    return out;
  }

 private:
  Fresh fresh;
};

/// Adds Gaussian noise, in training only. Its range is unknown afterwards.
class AddNoise final : public Transform {
 public:
  static void options(OptionSpec<AddNoise>& o) {
    o.number("stddev", &AddNoise::stddev, 0.1).positive().main().doc("standard deviation of the noise");
  }
  bool training_only() const override { return true; }
  Field change(const Field& given) override {
    need_numbers(given);
    return without_range(given);
  }
  Tensor apply(const Tensor& x, const Draws& draws) const override {
    Tensor out = draws.normal(x.shape());
    kernels::weighted_sum(1, x, stddev, out, out);
    return out;
  }

 private:
  double stddev;
};

/// Class indices () -> (classes), 1 at the index and 0 elsewhere.
class OneHotClasses final : public Transform {
 public:
  static void options(OptionSpec<OneHotClasses>&) {}
  bool suits(const Field& candidate) const override { return candidate.classes > 0; }
  Field change(const Field& given) override {
    if (given.classes == 0 || given.shape.rank() != 0)
      throw Error(fmt::format("'{}' does not hold one class index of each example", given.name));
    Field result = given;
    result.shape = Shape{given.classes};
    result.low = 0;
    result.high = 1;
    result.classes = 0;
    classes_ = given.classes;
    return result;
  }
  Tensor apply(const Tensor& x, const Draws&) const override {
    if (const auto row = kernels::find_invalid_index(x, classes_))
      throw Error(
          fmt::format("one_hot: {} is no class; there are {}, from 0", x.part(*row, {}).item(), classes_));
    Tensor out = Tensor::empty({x.rows(), classes_});
    kernels::one_hot(x, out);
    return out;
  }

 private:
  std::int64_t classes_ = 0;
};

}  // namespace

std::vector<TransformKind> value_transforms() {
  return {transform_kind<ScaleValues>("scale", "maps the range of the numbers linearly to another one"),
          transform_kind<StandardizeValues>(
              "standardize",
              "subtracts the mean and divides by the standard deviation of the examples trained on"),
          transform_kind<DequantizeValues>(
              "dequantize", "adds uniform noise between neighboring values (Theis et al., 2016)"),
          transform_kind<BinarizeValues>("binarize", "0 or 1, with the probability that the number says"),
          transform_kind<AddNoise>("noise", "adds Gaussian noise, in training only"),
          transform_kind<OneHotClasses>("one_hot", "class indices as vectors of 0 and 1")};
}

}  // namespace descent
