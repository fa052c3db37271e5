#include "descent/analysis/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace descent::analysis {

// Of sorted numbers, at least one.
static double quantile(const std::vector<double>& sorted, double share) {
  const double position = share * static_cast<double>(sorted.size() - 1);
  const auto below = static_cast<std::size_t>(position);
  if (below + 1 >= sorted.size()) return sorted.back();
  return sorted[below] + (position - static_cast<double>(below)) * (sorted[below + 1] - sorted[below]);
}

Statistics statistics_of(std::vector<double> numbers) {
  Statistics result;
  result.count = numbers.size();
  if (numbers.empty()) return result;
  std::sort(numbers.begin(), numbers.end());  // so that the order of runs changes no digit
  result.minimum = numbers.front();
  result.maximum = numbers.back();
  result.median = quantile(numbers, 0.5);
  result.lower_quartile = quantile(numbers, 0.25);
  result.upper_quartile = quantile(numbers, 0.75);
  const auto count = static_cast<double>(numbers.size());
  result.mean = std::accumulate(numbers.begin(), numbers.end(), 0.0) / count;
  if (numbers.size() < 2) return result;
  double squares = 0;
  for (const double number : numbers) squares += (number - result.mean) * (number - result.mean);
  result.standard_deviation = std::sqrt(squares / (count - 1));
  return result;
}

}  // namespace descent::analysis
