#include "descent/tensor/repetition.hpp"

#include "descent/base/error.hpp"
#include "descent/tensor/elementwise.hpp"

namespace descent {

std::optional<Repetition> repetition(const Shape& small, const Shape& large) {
  if (small.rank() > large.rank()) return std::nullopt;
  Repetition result;
  enum { before, within, behind } place = before;
  const std::size_t added = large.rank() - small.rank();
  for (std::size_t d = 0; d < large.rank(); ++d) {
    const std::int64_t extent = large[d], own = d < added ? 1 : small[d - added];
    if (extent == 1 && own == 1) continue;
    if (own == extent) {
      if (place == behind) return std::nullopt;
      place = within;
      result.middle *= extent;
    } else if (own == 1) {
      if (place == within) place = behind;
      (place == before ? result.outer : result.inner) *= extent;
    } else {
      return std::nullopt;
    }
  }
  return result.simplified();
}

namespace {

// Float sums of up to 4096 elements in Eigen's packets, added up in double.
double sum_of(const Scalar* x, std::int64_t count) {
  constexpr std::int64_t chunk = 4096;
  double total = 0;
  for (std::int64_t begin = 0; begin < count; begin += chunk)
    total += static_cast<double>(ConstValues(x + begin, std::min(chunk, count - begin)).sum());
  return total;
}

// Sums of columns: 32 rows at a time into a strip of partial sums, so that rounding errors grow with rows
// / 32.
void sum_columns(const Scalar* x, std::int64_t rows, std::int64_t columns, Scalar* out, bool accumulate) {
  constexpr std::int64_t rows_at_once = 32, strip = 512;
  alignas(alignment_bytes) double total[strip];
  alignas(alignment_bytes) Scalar partial[strip];
  for (std::int64_t column = 0; column < columns; column += strip) {
    const std::int64_t width = std::min(strip, columns - column);
    std::fill_n(total, width, 0.0);
    for (std::int64_t row = 0; row < rows; row += rows_at_once) {
      std::fill_n(partial, width, Scalar(0));
      const std::int64_t end = std::min(rows, row + rows_at_once);
      for (std::int64_t r = row; r < end; ++r) {
        const Scalar* line = x + r * columns + column;
#pragma GCC ivdep
        for (std::int64_t c = 0; c < width; ++c) partial[c] += line[c];
      }
#pragma GCC ivdep
      for (std::int64_t c = 0; c < width; ++c) total[c] += static_cast<double>(partial[c]);
    }
    put_each(out + column, width, accumulate, [&](std::int64_t c) { return static_cast<Scalar>(total[c]); });
  }
}

}  // namespace

void sum_repeated(const Tensor& large, const Repetition& given, Tensor& small, bool accumulate) {
  const Repetition repeats = given.simplified();
  DESCENT_ASSERT(large.size() == repeats.size() && small.size() == repeats.middle,
                 "sizes must fit the repetition");
  if (repeats.inner == 1)
    return sum_columns(large.data(), repeats.outer, repeats.middle, small.data(), accumulate);
  for (std::int64_t m = 0; m < repeats.middle; ++m) {
    double total = 0;
    for (std::int64_t o = 0; o < repeats.outer; ++o)
      total += sum_of(large.data() + (o * repeats.middle + m) * repeats.inner, repeats.inner);
    small.data()[m] = static_cast<Scalar>(accumulate ? static_cast<double>(small.data()[m]) + total : total);
  }
}

void repeat(const Tensor& small, const Repetition& given, Tensor& large, bool accumulate) {
  const Repetition repeats = given.simplified();
  DESCENT_ASSERT(large.size() == repeats.size() && small.size() == repeats.middle,
                 "sizes must fit the repetition");
  for (std::int64_t o = 0; o < repeats.outer; ++o) {
    Scalar* block = large.data() + o * repeats.middle * repeats.inner;
    if (repeats.inner == 1) {
      put(Values(block, repeats.middle), accumulate, constant_array(small));
      continue;
    }
    for (std::int64_t m = 0; m < repeats.middle; ++m) {
      Values run(block + m * repeats.inner, repeats.inner);
      put(run, accumulate, ConstValues::Constant(repeats.inner, small.data()[m]));
    }
  }
}

}  // namespace descent
