#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "descent/base/api.hpp"

namespace descent::analysis {

/// What a few numbers have in common.
struct Statistics {
  std::size_t count = 0;
  double mean = 0;
  /// Of the sample, with count - 1; nothing of one number.
  std::optional<double> standard_deviation;
  double median = 0;
  /// Interpolated between neighbors, as numpy.quantile does unless told otherwise: Hyndman, Fan, Sample
  /// quantiles in statistical packages, 1996, definition 7.
  double lower_quartile = 0;
  double upper_quartile = 0;
  double minimum = 0;
  double maximum = 0;
};

/// Of finite numbers; everything 0 without any.
DESCENT_API Statistics statistics_of(std::vector<double> numbers);

}  // namespace descent::analysis
