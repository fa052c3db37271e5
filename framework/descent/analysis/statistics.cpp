#include "descent/analysis/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace descent {

Statistics statistics_of(std::vector<double> numbers) {
  Statistics result;
  result.count = numbers.size();
  if (numbers.empty()) return result;
  std::sort(numbers.begin(), numbers.end());  // so that the order of runs changes no digit
  result.minimum = numbers.front();
  result.maximum = numbers.back();
  const std::size_t middle = numbers.size() / 2;
  result.median = numbers.size() % 2 == 1 ? numbers[middle]
                                          : numbers[middle - 1] + (numbers[middle] - numbers[middle - 1]) / 2;
  const auto count = static_cast<double>(numbers.size());
  result.mean = std::accumulate(numbers.begin(), numbers.end(), 0.0) / count;
  if (numbers.size() < 2) return result;
  double squares = 0;
  for (const double number : numbers) squares += (number - result.mean) * (number - result.mean);
  result.standard_deviation = std::sqrt(squares / (count - 1));
  return result;
}

}  // namespace descent
