#pragma once

#include <algorithm>
#include <cmath>
#include <limits>
#include <numbers>
#include <utility>
#include <vector>

#include "descent/plugin/schedule_forms.hpp"

/// The forms of schedules, each with its formula.
namespace descent::schedule_shapes {

// A form between two ends that it reaches.
class Between : public Schedule::Form {
 public:
  Between(double from, double to) : from_(from), to_(to) {}
  double min() const override { return std::min(from_, to_); }
  double max() const override { return std::max(from_, to_); }

 protected:
  double from_, to_;
};

// A form that starts at `from` and shrinks towards 0, which it never reaches.
class TowardsZero : public Schedule::Form {
 public:
  explicit TowardsZero(double from) : from_(from) {}
  double min() const override { return from_ < 0 ? from_ : std::nextafter(0.0, from_); }
  double max() const override { return from_ > 0 ? from_ : std::nextafter(0.0, from_); }

 protected:
  double from_;
};

// The share of `steps` that has passed when `step` begins: 0 at step 1, 1 at step `steps` + 1 and after.
inline double progress(std::int64_t step, std::int64_t steps) {
  return std::min(1.0, static_cast<double>(step - 1) / static_cast<double>(steps));
}

// From `from` to `to` along half a cosine while `share` goes from 0 to 1.
inline double half_cosine(double from, double to, double share) {
  return share >= 1 ? to : to + (from - to) * 0.5 * (1 + std::cos(std::numbers::pi * share));
}

/// `from` at step 1, `to` from step `steps` + 1 on, a power of the remaining share between: 1 is a straight
/// line. The `poly` policy of Chen et al., DeepLab, 2017, section 3.1, with an end other than 0.
class Polynomial final : public Between {
 public:
  Polynomial(double from, double to, std::int64_t steps, double power)
      : Between(from, to), steps_(steps), power_(power) {}
  double at(std::int64_t step) const override {
    return to_ + (from_ - to_) * std::pow(1 - progress(step, steps_), power_);
  }

 private:
  std::int64_t steps_;
  double power_;
};

/// Half a cosine from `from` at step 1 to `to` from step `steps` + 1 on. Loshchilov and Hutter, SGDR, 2017,
/// equation 5, without restarts.
class Cosine final : public Between {
 public:
  Cosine(double from, double to, std::int64_t steps) : Between(from, to), steps_(steps) {}
  double at(std::int64_t step) const override { return half_cosine(from_, to_, progress(step, steps_)); }

 private:
  std::int64_t steps_;
};

/// from · rate^((step − 1) / every), the exponent a whole number where it goes in stairs.
class Exponential final : public Schedule::Form {
 public:
  Exponential(double from, double rate, std::int64_t every, bool stairs)
      : from_(from), rate_(rate), every_(every), stairs_(stairs) {}
  double at(std::int64_t step) const override {
    const std::int64_t whole_steps = (step - 1) / every_;
    const double exponent = stairs_ ? static_cast<double>(whole_steps)
                                    : static_cast<double>(step - 1) / static_cast<double>(every_);
    return from_ * std::pow(rate_, exponent);
  }
  double min() const override { return std::min(from_, far_end()); }
  double max() const override { return std::max(from_, far_end()); }

 private:
  double far_end() const {
    if (rate_ == 1 || from_ == 0) return from_;
    return rate_ < 1 ? std::nextafter(0.0, from_)
                     : std::copysign(std::numeric_limits<double>::infinity(), from_);
  }
  double from_, rate_;
  std::int64_t every_;
  bool stairs_;
};

/// Rises in a straight line to `from` at step `warmup`, then falls with the root of the step:
/// from · min(step / warmup, √(warmup / step)). Vaswani et al., Attention Is All You Need, 2017, equation 3.
class InverseSquareRoot final : public TowardsZero {
 public:
  InverseSquareRoot(double from, std::int64_t warmup)
      : TowardsZero(from), warmup_(static_cast<double>(warmup)) {}
  double at(std::int64_t step) const override {
    const auto t = static_cast<double>(step);
    return from_ * std::min(t / warmup_, std::sqrt(warmup_ / t));
  }

 private:
  double warmup_;
};

/// from / (1 + (step − 1) · rate). Bottou, Stochastic Gradient Descent Tricks, 2012, section 5.2; the
/// `lr_decay` of Adagrad's usual implementations.
class InverseTime final : public TowardsZero {
 public:
  InverseTime(double from, double rate) : TowardsZero(from), rate_(rate) {}
  double at(std::int64_t step) const override { return from_ / (1 + static_cast<double>(step - 1) * rate_); }

 private:
  double rate_;
};

/// For `steps` steps a straight line from `from` (which step 0 would have) to the first value of another
/// schedule, reached at step `steps`; then that schedule from its own step 1. Goyal et al., Accurate, Large
/// Minibatch SGD, 2017, section 2.2.
class Warmup final : public Schedule::Form {
 public:
  Warmup(std::int64_t steps, Schedule then, double from)
      : steps_(steps), then_(std::move(then)), from_(from) {}
  double at(std::int64_t step) const override {
    if (step > steps_) return then_.at(step - steps_);
    const double share = static_cast<double>(step) / static_cast<double>(steps_);
    return from_ + (then_.at(1) - from_) * share;
  }
  double min() const override { return std::min(at(1), then_.min()); }
  double max() const override { return std::max(at(1), then_.max()); }

 private:
  std::int64_t steps_;
  Schedule then_;
  double from_;
};

/// values[i] up to and including step boundaries[i]; the last value for ever.
class Piecewise final : public Schedule::Form {
 public:
  Piecewise(std::vector<double> values, std::vector<double> boundaries)
      : values_(std::move(values)), boundaries_(std::move(boundaries)) {}
  double at(std::int64_t step) const override {
    const auto next = std::lower_bound(boundaries_.begin(), boundaries_.end(), static_cast<double>(step));
    return values_[static_cast<std::size_t>(next - boundaries_.begin())];
  }
  double min() const override { return *std::min_element(values_.begin(), values_.end()); }
  double max() const override { return *std::max_element(values_.begin(), values_.end()); }

 private:
  std::vector<double> values_, boundaries_;
};

/// Half a cosine from start_fraction · maximum at step 1 up to the maximum, when the share `rise` of the
/// steps has passed, and another down to end_fraction · maximum at step `steps`, the cycle's last, and from then on.
/// Smith and Topin, Super-Convergence, 2018, section 3, with the cosine pieces that fastai introduced.
class OneCycle final : public Schedule::Form {
 public:
  OneCycle(double maximum, std::int64_t steps, double start_fraction, double end_fraction, double rise)
      : maximum_(maximum),
        start_(start_fraction * maximum),
        end_(end_fraction * maximum),
        rise_(rise),
        steps_(steps) {}
  double at(std::int64_t step) const override {
    const double done = static_cast<double>(step - 1), last = static_cast<double>(steps_ - 1);
    const double top = std::min(rise_ * static_cast<double>(steps_), last);
    if (done < top) return half_cosine(start_, maximum_, done / top);
    if (rise_ >= 1) return maximum_;
    return top < last ? half_cosine(maximum_, end_, (done - top) / (last - top)) : end_;
  }
  double min() const override { return std::min({maximum_, start_, end_}); }
  double max() const override { return std::max({maximum_, start_, end_}); }

 private:
  double maximum_, start_, end_, rise_;
  std::int64_t steps_;
};

}  // namespace descent::schedule_shapes
