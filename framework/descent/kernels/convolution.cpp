#include "descent/kernels/convolution.hpp"

#include <algorithm>

#include "descent/base/error.hpp"
#include "descent/kernels/arithmetic.hpp"
#include "descent/kernels/columns.hpp"
#include "descent/kernels/detail/onednn_convolution.hpp"
#include "descent/kernels/gemm.hpp"
#include "descent/kernels/precision.hpp"

namespace descent {

Extents2d Windows2d::places(const Extents2d& image) const {
  Extents2d places{};
  for (const std::size_t d : {0u, 1u}) {
    const std::int64_t room = image[d] + before[d] + after[d] - dilation[d] * (kernel[d] - 1) - 1;
    places[d] = room < 0 ? 0 : room / stride[d] + 1;
  }
  return places;
}

}  // namespace descent

namespace descent::kernels {

namespace {

// x (batch, height, width, inputs), y (batch, height, width, outputs), and the weight between them must fit.
void check(const Shape& x, const Shape& weight, WeightOrder order, const Shape& y, const Windows2d& windows) {
  const bool ranks = x.rank() == 4 && weight.rank() == 4 && y.rank() == 4;
  const std::size_t in = order == WeightOrder::inputs_outputs ? 2 : 3;
  DESCENT_ASSERT(ranks && x[0] == y[0] && weight[0] == windows.kernel[0] && weight[1] == windows.kernel[1] &&
                     weight[in] == x[3] && weight[5 - in] == y[3] &&
                     windows.places({x[1], x[2]}) == (Extents2d{y[1], y[2]}),
                 "shapes must fit the convolution");
}

bool is_empty(const Tensor& a, const Tensor& b) {
  return a.size() == 0 || b.size() == 0;
}

}  // namespace

namespace by_columns {

namespace {

constexpr std::int64_t columns_at_once = 1 << 18;  // 1 MiB in float

// (kernel height, kernel width, a, b) with a and b exchanged.
Tensor exchanged(const Tensor& weight) {
  const Shape& from = weight.shape();
  Tensor out = Tensor::empty({from[0], from[1], from[3], from[2]});
  const std::int64_t taps = from[0] * from[1], a = from[2], b = from[3];
  for (std::int64_t t = 0; t < taps; ++t)
    for (std::int64_t i = 0; i < a; ++i)
      for (std::int64_t j = 0; j < b; ++j)
        out.data()[(t * b + j) * a + i] = weight.data()[(t * a + i) * b + j];
  return out;
}

// The weight as a matrix (kernel height·kernel width·inputs, outputs).
Tensor matrix(const Tensor& weight, WeightOrder order) {
  const Tensor ordered = order == WeightOrder::inputs_outputs ? weight : exchanged(weight);
  const std::int64_t outputs = ordered.shape()[3];
  return ordered.reshaped({ordered.size() / outputs, outputs});
}

// Calls function(begin, end, columns) for a few examples after the other, with memory for their columns.
template <class Function>
void in_parts(const Shape& y, std::int64_t width, Function function) {
  const std::int64_t places = y[1] * y[2];
  const std::int64_t at_once = std::clamp<std::int64_t>(columns_at_once / (places * width), 1, y[0]);
  Tensor columns = Tensor::empty({at_once * places, width});
  for (std::int64_t begin = 0; begin < y[0]; begin += at_once) {
    const std::int64_t end = std::min(begin + at_once, y[0]);
    Tensor part = columns.row_range(0, (end - begin) * places);
    function(begin, end, part);
  }
}

Tensor as_rows(const Tensor& y, std::int64_t begin, std::int64_t end) {
  const Shape& shape = y.shape();
  return y.row_range(begin, end).reshaped({(end - begin) * shape[1] * shape[2], shape[3]});
}

}  // namespace

void conv2d(const Tensor& x, const Tensor& weight, WeightOrder order, const Windows2d& windows, Tensor& out) {
  check(x.shape(), weight.shape(), order, out.shape(), windows);
  if (is_empty(x, out)) return out.fill(0);
  const Tensor w = matrix(weight, order);
  in_parts(out.shape(), w.rows(), [&](std::int64_t begin, std::int64_t end, Tensor& columns) {
    gather_columns(x.row_range(begin, end), windows, columns);
    Tensor rows = as_rows(out, begin, end);
    gemm(columns, Transpose::no, w, Transpose::no, rows);
  });
}

void conv2d_input_gradient(const Tensor& g, const Tensor& weight, WeightOrder order, const Windows2d& windows,
                           Tensor& out, bool accumulate) {
  check(out.shape(), weight.shape(), order, g.shape(), windows);
  if (!accumulate) out.fill(0);
  if (is_empty(g, out)) return;
  const Tensor w = matrix(weight, order);
  in_parts(g.shape(), w.rows(), [&](std::int64_t begin, std::int64_t end, Tensor& columns) {
    gemm(as_rows(g, begin, end), Transpose::no, w, Transpose::yes, columns);
    Tensor images = out.row_range(begin, end);
    scatter_columns(columns, windows, images);
  });
}

void conv2d_weight_gradient(const Tensor& x, const Tensor& g, WeightOrder order, const Windows2d& windows,
                            Tensor& out, bool accumulate) {
  check(x.shape(), out.shape(), order, g.shape(), windows);
  if (!accumulate) out.fill(0);
  if (is_empty(x, g)) return;
  const bool plain = order == WeightOrder::inputs_outputs;
  const Shape& shape = out.shape();
  Tensor sum = plain ? out : Tensor::zeros({shape[0], shape[1], shape[3], shape[2]});
  Tensor w = matrix(sum, WeightOrder::inputs_outputs);
  in_parts(g.shape(), w.rows(), [&](std::int64_t begin, std::int64_t end, Tensor& columns) {
    gather_columns(x.row_range(begin, end), windows, columns);
    gemm(columns, Transpose::yes, as_rows(g, begin, end), Transpose::no, w, true);
  });
  if (!plain) add(out, exchanged(sum), out, false);
}

}  // namespace by_columns

// Whether oneDNN's convolution is to do it. What is emulated goes through gemm(), which rounds.
static bool has_convolution(const Tensor& a, const Tensor& b) {
  return onednn::has_convolutions && !is_empty(a, b) && product_inputs() != ProductInputs::emulated_bfloat16;
}

// A convolution of its own is slow where few inputs leave its vectors almost empty; measured: 1 input 3.4 to 5.3 times
// slower.
static bool few_inputs(const Shape& x) {
  return x[3] <= 4;
}

void conv2d(const Tensor& x, const Tensor& weight, WeightOrder order, const Windows2d& windows,
            const Tensor& bias, Activation activation, double slope, Tensor& out) {
  check(x.shape(), weight.shape(), order, out.shape(), windows);
  if (has_convolution(x, out))
    onednn::conv2d(x, weight, order, windows, out);
  else
    by_columns::conv2d(x, weight, order, windows, out);
  add_bias_and_activate(out, bias, activation, slope);
}

void conv2d_input_gradient(const Tensor& g, const Tensor& weight, WeightOrder order, const Windows2d& windows,
                           Tensor& out, bool accumulate) {
  check(out.shape(), weight.shape(), order, g.shape(), windows);
  if (has_convolution(g, out) && !few_inputs(out.shape()))
    onednn::conv2d_input_gradient(g, weight, order, windows, out, accumulate);
  else
    by_columns::conv2d_input_gradient(g, weight, order, windows, out, accumulate);
}

void conv2d_weight_gradient(const Tensor& x, const Tensor& g, WeightOrder order, const Windows2d& windows,
                            Tensor& out, bool accumulate) {
  check(x.shape(), out.shape(), order, g.shape(), windows);
  if (has_convolution(x, g))
    onednn::conv2d_weight_gradient(x, g, order, windows, out, accumulate);
  else
    by_columns::conv2d_weight_gradient(x, g, order, windows, out, accumulate);
}

}  // namespace descent::kernels
