#include "descent/kernels/random.hpp"

#include "descent/base/error.hpp"
#include "descent/kernels/detail/elementwise.hpp"

namespace descent::kernels {

namespace {

// One draw for the whole tensor: every thread draws its part of it from a copy of the stream.
template <class Draw>
void share_draw(RandomStream& stream, Tensor& out, Draw draw) {
  const RandomStream start = stream;
  share_elements(out.size(), [&](std::int64_t begin, std::int64_t count) {
    RandomStream part = start;
    draw(part, out.data() + begin, count, begin);
  });
  stream.skip_draw();
}

}  // namespace

void fill_normal(RandomStream& stream, Tensor& out) {
  share_draw(stream, out, [](RandomStream& part, Scalar* numbers, std::int64_t count, std::int64_t first) {
    part.normal(numbers, count, first);
  });
}

void fill_uniform(RandomStream& stream, Tensor& out) {
  share_draw(stream, out, [](RandomStream& part, Scalar* numbers, std::int64_t count, std::int64_t first) {
    part.uniform(numbers, count, first);
  });
}

void fill_dropout_mask(RandomStream& stream, double rate, Tensor& out) {
  fill_uniform(stream, out);
  Scalar* numbers = out.data();
  const auto dropped = static_cast<Scalar>(rate), kept = static_cast<Scalar>(1 / (1 - rate));
  share_each(numbers, out.size(), false,
             [=](std::int64_t i) { return numbers[i] < dropped ? Scalar(0) : kept; });
}

void fill_offsets(RandomStream& stream, const WholeRange& rows, const WholeRange& columns, Tensor& out) {
  DESCENT_ASSERT(out.columns() == 2 && rows.high - rows.low < 1 << 20 && columns.high - columns.low < 1 << 20,
                 "offsets are pairs of small numbers");
  fill_uniform(stream, out);
  Scalar* numbers = out.data();
  const auto whole = [](Scalar uniform, const WholeRange& range) {
    const auto count = static_cast<Scalar>(range.high - range.low + 1);
    // In float the product may be rounded up to `count`.
    return static_cast<Scalar>(range.low) + std::min(std::floor(uniform * count), count - 1);
  };
  for (std::int64_t row = 0; row < out.rows(); ++row) {
    numbers[2 * row] = whole(numbers[2 * row], rows);
    numbers[2 * row + 1] = whole(numbers[2 * row + 1], columns);
  }
}

}  // namespace descent::kernels
