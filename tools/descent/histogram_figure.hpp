#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "figure.hpp"

namespace descent::program {

/// Histograms of one tensor over the steps.
struct HistogramSeries {
  std::string name;  ///< `generator.0.weight/value_histogram`
  std::vector<std::int64_t> steps;
  std::vector<std::vector<double>> counts;        ///< for each step, of bins of equal width
  std::vector<std::pair<double, double>> limits;  ///< of the bins, for each step
};

/// A panel for each series: steps against values, each cell as dark as the share of elements that it holds. Histograms with
/// other limits are laid over common bins, each count in equal parts over its bin. Throws Error when a series is
/// empty.
Figure histogram_figure(const std::vector<HistogramSeries>& all, const Limits& x, const Limits& y);

/// Share of elements in each of `bins` equal bins between the limits: those of one snapshot of a series, laid over others.
std::vector<double> shares_in(const std::vector<double>& counts, const std::pair<double, double>& limits,
                              double lower, double upper, std::size_t bins);

}  // namespace descent::program
