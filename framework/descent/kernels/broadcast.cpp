#include "descent/kernels/broadcast.hpp"

#include "descent/base/error.hpp"
#include "descent/kernels/detail/elementwise.hpp"

namespace descent {

std::optional<BroadcastPlan> broadcast_plan(const Shape& small, const Shape& large) {
  if (small.rank() > large.rank()) return std::nullopt;
  BroadcastPlan result;
  enum { before, within, behind } location = before;
  const std::size_t added = large.rank() - small.rank();
  for (std::size_t d = 0; d < large.rank(); ++d) {
    const std::int64_t extent = large[d], own = d < added ? 1 : small[d - added];
    if (extent == 1 && own == 1) continue;
    if (own == extent) {
      if (location == behind) return std::nullopt;
      location = within;
      result.middle *= extent;
    } else if (own == 1) {
      if (location == within) location = behind;
      (location == before ? result.outer : result.inner) *= extent;
    } else {
      return std::nullopt;
    }
  }
  return result.simplified();
}

}  // namespace descent

namespace descent::kernels {

namespace {

// How many numbers are added in float before they go into a sum in double: rounding errors grow with this,
// not with all that is summed.
constexpr std::int64_t depth = 32;

// In 64 columns side by side, whatever the width of the machine's vectors: the same precision, and the same
// bits.
double sum_of(const Scalar* x, std::int64_t count) {
  constexpr std::int64_t lanes = 64;
  alignas(alignment_bytes) Scalar partial[lanes];
  double total = 0;
  std::int64_t i = 0;
  while (i + lanes <= count) {
    std::fill_n(partial, lanes, Scalar(0));
    const std::int64_t end = std::min(i + depth * lanes, count - count % lanes);
    for (; i < end; i += lanes) {
      DESCENT_INDEPENDENT_ITERATIONS
      for (std::int64_t lane = 0; lane < lanes; ++lane) partial[lane] += x[i + lane];
    }
    for (const Scalar sum : partial) total += static_cast<double>(sum);
  }
  for (; i < count; ++i) total += static_cast<double>(x[i]);
  return total;
}

// A strip of partial sums at a time.
void sum_columns(const Scalar* x, std::int64_t rows, std::int64_t columns, Scalar* out, bool accumulate) {
  constexpr std::int64_t strip = 512;
  share_out(columns, rows, padding_scalars, [=](std::int64_t first, std::int64_t last) {
    alignas(alignment_bytes) double total[strip];
    alignas(alignment_bytes) Scalar partial[strip];
    for (std::int64_t column = first; column < last; column += strip) {
      const std::int64_t width = std::min(strip, last - column);
      std::fill_n(total, width, 0.0);
      for (std::int64_t row = 0; row < rows; row += depth) {
        std::fill_n(partial, width, Scalar(0));
        const std::int64_t end = std::min(rows, row + depth);
        for (std::int64_t r = row; r < end; ++r) {
          const Scalar* line = x + r * columns + column;
          DESCENT_INDEPENDENT_ITERATIONS
          for (std::int64_t c = 0; c < width; ++c) partial[c] += line[c];
        }
        DESCENT_INDEPENDENT_ITERATIONS
        for (std::int64_t c = 0; c < width; ++c) total[c] += static_cast<double>(partial[c]);
      }
      put_each(out + column, width, accumulate,
               [&](std::int64_t c) { return static_cast<Scalar>(total[c]); });
    }
  });
}

}  // namespace

void sum_broadcast(const Tensor& large, const BroadcastPlan& given, Tensor& small, bool accumulate) {
  const BroadcastPlan plan = given.simplified();
  DESCENT_ASSERT(large.size() == plan.size() && small.size() == plan.middle, "sizes must fit the repetition");
  if (plan.inner == 1) return sum_columns(large.data(), plan.outer, plan.middle, small.data(), accumulate);
  share_rows(plan.middle, plan.outer * plan.inner, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t m = begin; m < end; ++m) {
      double total = 0;
      for (std::int64_t o = 0; o < plan.outer; ++o)
        total += sum_of(large.data() + (o * plan.middle + m) * plan.inner, plan.inner);
      small.data()[m] =
          static_cast<Scalar>(accumulate ? static_cast<double>(small.data()[m]) + total : total);
    }
  });
}

void broadcast(const Tensor& small, const BroadcastPlan& given, Tensor& large, bool accumulate) {
  const BroadcastPlan plan = given.simplified();
  DESCENT_ASSERT(large.size() == plan.size() && small.size() == plan.middle, "sizes must fit the repetition");
  if (plan.inner == 1)
    return share_rows(plan.outer, plan.middle, [&](std::int64_t begin, std::int64_t end) {
      for (std::int64_t o = begin; o < end; ++o)
        put(UnalignedView(large.data() + o * plan.middle, plan.middle), accumulate, constant_array(small));
    });
  share_rows(plan.outer * plan.middle, plan.inner, [&](std::int64_t begin, std::int64_t end) {
    for (std::int64_t row = begin; row < end; ++row)
      put(UnalignedView(large.data() + row * plan.inner, plan.inner), accumulate,
          ConstUnalignedView::Constant(plan.inner, small.data()[row % plan.middle]));
  });
}

}  // namespace descent::kernels
