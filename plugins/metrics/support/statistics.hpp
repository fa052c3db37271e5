#pragma once

#include <cmath>
#include <cstdint>
#include <vector>

namespace descent {

/// The mean of numbers, its standard error, and their standard deviation (with n − 1; NaN of a single number).
struct Spread {
  double mean, standard_error, deviation;
};

inline Spread spread_of(const std::vector<double>& numbers) {
  const auto count = static_cast<double>(numbers.size());
  double sum = 0, squares = 0;
  for (const double number : numbers) sum += number;
  const double mean = sum / count;
  for (const double number : numbers) squares += (number - mean) * (number - mean);
  const double deviation = numbers.size() > 1 ? std::sqrt(squares / (count - 1)) : NAN;
  return {mean, deviation / std::sqrt(count), deviation};
}

/// log Σ e^x of numbers that come one after the other, in double.
class LogSum {
 public:
  void add(double x) {
    if (x > greatest_) {
      sum_ = sum_ * std::exp(greatest_ - x) + 1;
      greatest_ = x;
    } else if (!(x == -INFINITY)) {
      sum_ += std::exp(x - greatest_);
    }
    ++count_;
  }
  /// The logarithm of the numbers' mean e^x.
  double log_mean() const { return greatest_ + std::log(sum_ / static_cast<double>(count_)); }

 private:
  double greatest_ = -INFINITY, sum_ = 0;
  std::int64_t count_ = 0;
};

}  // namespace descent
