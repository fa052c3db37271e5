#include "sparkline.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <vector>

namespace descent::program {
namespace {

constexpr std::array<const char*, 8> blocks = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
constexpr std::array<const char*, 10> digits = {"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"};

// The mean of the finite values; NaN without any.
double mean_of(std::span<const double> values) {
  double sum = 0;
  int count = 0;
  for (const double value : values) {
    if (!std::isfinite(value)) continue;
    sum += value;
    ++count;
  }
  return count > 0 ? sum / count : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace

std::string sparkline(std::span<const double> values, std::size_t columns, bool unicode) {
  const std::size_t cells = std::min(values.size(), columns);
  std::vector<double> means;
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (std::size_t cell = 0; cell < cells; ++cell) {
    const std::size_t begin = cell * values.size() / cells, end = (cell + 1) * values.size() / cells;
    const double mean = mean_of(values.subspan(begin, end - begin));
    means.push_back(mean);
    if (!std::isfinite(mean)) continue;
    low = std::min(low, mean);
    high = std::max(high, mean);
  }
  std::string line;
  const std::size_t levels = unicode ? blocks.size() : digits.size();
  for (const double mean : means) {
    if (!std::isfinite(mean)) {
      line += unicode ? "×" : "x";
      continue;
    }
    const double share = high > low ? (mean - low) / (high - low) : 0.5;
    const auto level = std::min(static_cast<std::size_t>(share * static_cast<double>(levels)), levels - 1);
    line += unicode ? blocks[level] : digits[level];
  }
  return line;
}

}  // namespace descent::program
