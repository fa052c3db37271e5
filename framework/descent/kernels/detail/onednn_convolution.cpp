#include "descent/kernels/detail/onednn_convolution.hpp"

#include "descent/base/error.hpp"

#ifdef DESCENT_SCALAR_IS_float

#include <array>

#include "descent/kernels/arithmetic.hpp"
#include "descent/kernels/detail/bounded_cache.hpp"
#include "descent/kernels/detail/kept_weights.hpp"
#include "descent/kernels/detail/onednn.hpp"
#include "descent/kernels/precision.hpp"

namespace descent::kernels::onednn {

namespace {

using dnnl::memory;
using Dims = memory::dims;

enum class Work { forward, input_gradient, weight_gradient };

/// All that a primitive depends on.
struct Problem {
  Work work;
  WeightOrder order;
  Windows2d windows;
  std::array<std::int64_t, 7>
      extents;  // batch, height, width, inputs, height and width of the result, outputs
  bool bfloat16;
  int threads;

  static Problem of(Work work, WeightOrder order, const Windows2d& windows, const Shape& x, const Shape& y) {
    return {work,
            order,
            windows,
            {x[0], x[1], x[2], x[3], y[1], y[2], y[3]},
            product_inputs() == ProductInputs::bfloat16,
            onednn::threads()};
  }
  bool operator==(const Problem&) const = default;
};

struct ProblemHash {
  std::size_t operator()(const Problem& problem) const {
    std::size_t hash = static_cast<std::size_t>(problem.work) * 2 + static_cast<std::size_t>(problem.order);
    const Windows2d& w = problem.windows;
    for (const Extents2d* pair : {&w.kernel, &w.stride, &w.dilation, &w.before, &w.after})
      for (const std::int64_t number : *pair) hash = mixed(hash, number);
    for (const std::int64_t number : problem.extents) hash = mixed(hash, number);
    return mixed(hash, 2 * std::int64_t{problem.threads} + std::int64_t{problem.bfloat16});
  }
};

memory::desc images(std::int64_t batch, std::int64_t height, std::int64_t width, std::int64_t channels,
                    memory::data_type type) {
  return {{batch, channels, height, width}, type, memory::format_tag::nhwc};
}

// Ours, as oneDNN names the dimensions of a weight: (outputs, inputs, height, width).
memory::desc our_weight(const Problem& problem) {
  const std::int64_t inputs = problem.extents[3], outputs = problem.extents[6];
  const auto [height, width] = problem.windows.kernel;
  const bool plain = problem.order == WeightOrder::inputs_outputs;
  const std::int64_t taps = inputs * outputs;
  return {{outputs, inputs, height, width},
          memory::data_type::f32,
          Dims{plain ? 1 : inputs, plain ? outputs : 1, width * taps, taps}};
}

/// A convolution, ready to run: the primitive, the memories that it looks at, and how its weight gets from our order
/// into the one that it wants, or back.
class Convolution {
 public:
  explicit Convolution(const Problem& problem);

  const OrderedArray& weight() const { return weight_; }
  /// `from`, and of a weight's gradient `to` as well, are bfloat16 where the problem says so.
  void run(const Tensor& from, const memory& weight, const Tensor& to) const;

 private:
  template <class Description>
  void take(const Description& description, const memory::desc& weight, const memory::desc& from,
            const memory::desc& to, const memory::desc& plain_weight);

  Work work_;
  dnnl::primitive primitive_;
  memory from_, to_;
  OrderedArray weight_;
  Scratchpad scratchpad_;
};

Convolution::Convolution(const Problem& problem) : work_(problem.work) {
  const auto& e = problem.extents;
  const auto& w = problem.windows;
  const auto input = problem.bfloat16 ? memory::data_type::bf16 : memory::data_type::f32;
  constexpr auto result = memory::data_type::f32;
  const auto x = [&](memory::data_type type) { return images(e[0], e[1], e[2], e[3], type); };
  const auto y = [&](memory::data_type type) { return images(e[0], e[4], e[5], e[6], type); };
  const memory::desc ours = our_weight(problem);
  const auto any = [&](memory::data_type type) {
    return memory::desc(ours.dims(), type, memory::format_tag::any);
  };
  const Dims stride{w.stride[0], w.stride[1]}, dilation{w.dilation[0] - 1, w.dilation[1] - 1};
  const Dims before{w.before[0], w.before[1]}, after{w.after[0], w.after[1]};
  constexpr auto direct = dnnl::algorithm::convolution_direct;
  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);

  use_threads_here();
  const auto forward_to = [&](memory::data_type type) {
    return dnnl::convolution_forward::primitive_desc({dnnl::prop_kind::forward_training, direct, x(input),
                                                      any(input), y(type), stride, dilation, before, after},
                                                     attributes, engine());
  };
  switch (work_) {
    case Work::forward: {
      const auto forward = forward_to(result);
      take(forward, forward.weights_desc(), x(input), y(result), ours);
      break;
    }
    case Work::input_gradient: {
      const dnnl::convolution_backward_data::primitive_desc backward(
          {direct, x(result), any(input), y(input), stride, dilation, before, after}, attributes, engine(),
          forward_to(input));
      take(backward, backward.weights_desc(), y(input), x(result), ours);
      break;
    }
    case Work::weight_gradient: {
      const dnnl::convolution_backward_weights::primitive_desc backward(
          {direct, x(input), any(result), y(input), stride, dilation, before, after}, attributes, engine(),
          forward_to(input));
      take(backward, backward.diff_weights_desc(), x(input), y(input), ours);
      break;
    }
  }
}

template <class Description>
void Convolution::take(const Description& description, const memory::desc& weight, const memory::desc& from,
                       const memory::desc& to, const memory::desc& plain_weight) {
  primitive_ = dnnl::primitive(description);
  from_ = memory(from, engine(), nullptr);
  to_ = memory(to, engine(), nullptr);
  weight_ = OrderedArray(plain_weight, weight);
  scratchpad_ = Scratchpad(description.scratchpad_desc());
}

void Convolution::run(const Tensor& from, const memory& weight, const Tensor& to) const {
  look_at(from_, from);
  look_at(to_, to);
  const Tensor scratch = scratchpad_.take();
  constexpr std::array<std::array<int, 3>, 3> arguments{
      {{DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST},
       {DNNL_ARG_DIFF_DST, DNNL_ARG_WEIGHTS, DNNL_ARG_DIFF_SRC},
       {DNNL_ARG_SRC, DNNL_ARG_DIFF_WEIGHTS, DNNL_ARG_DIFF_DST}}};
  const auto& [from_argument, weight_argument, to_argument] = arguments[static_cast<std::size_t>(work_)];
  execute(primitive_, std::array<dnnl_exec_arg_t, 4>{{{from_argument, from_.get()},
                                                      {weight_argument, weight.get()},
                                                      {to_argument, to_.get()},
                                                      {DNNL_ARG_SCRATCHPAD, scratchpad_.memory().get()}}});
}

constexpr std::size_t kept_convolutions = 256;

const Convolution& prepared(const Problem& problem) {
  static thread_local BoundedCache<Problem, Convolution, ProblemHash> cache(kept_convolutions);
  return cache.get(problem, [&] { return counted([&] { return Convolution(problem); }); });
}

Tensor input_of(const Problem& problem, const Tensor& x) {
  return problem.bfloat16 ? as_bfloat16(x) : x;
}

void run(const Problem& problem, const Tensor& from, const Tensor& weight, Tensor& to) {
  use_threads_here();
  static thread_local KeptWeights<Problem, ProblemHash> kept;
  const Convolution& convolution = prepared(problem);
  convolution.run(input_of(problem, from), kept.ordered(weight, problem, convolution.weight()), to);
}

void run_weight_gradient(const Problem& problem, const Tensor& x, const Tensor& g, Tensor& out) {
  use_threads_here();
  const Convolution& convolution = prepared(problem);
  const OrderedArray& order = convolution.weight();
  const memory& weight = order.reorders() ? order.temporary() : order.plain(out);
  convolution.run(input_of(problem, x), weight, input_of(problem, g));
  if (order.reorders()) order.back(weight, out);
}

}  // namespace

void conv2d(const Tensor& x, const Tensor& weight, WeightOrder order, const Windows2d& windows, Tensor& out) {
  run(Problem::of(Work::forward, order, windows, x.shape(), out.shape()), x, weight, out);
}

void conv2d_input_gradient(const Tensor& g, const Tensor& weight, WeightOrder order, const Windows2d& windows,
                           Tensor& out, bool accumulate) {
  const Problem problem = Problem::of(Work::input_gradient, order, windows, out.shape(), g.shape());
  if (!accumulate) return run(problem, g, weight, out);
  Tensor gradient = Tensor::empty(out.shape());
  run(problem, g, weight, gradient);
  add_in_place(gradient, out);
}

void conv2d_weight_gradient(const Tensor& x, const Tensor& g, WeightOrder order, const Windows2d& windows,
                            Tensor& out, bool accumulate) {
  const Problem problem = Problem::of(Work::weight_gradient, order, windows, x.shape(), g.shape());
  if (!accumulate) return run_weight_gradient(problem, x, g, out);
  Tensor gradient = Tensor::empty(out.shape());
  run_weight_gradient(problem, x, g, gradient);
  add_in_place(gradient, out);
}

}  // namespace descent::kernels::onednn

#else

namespace descent::kernels::onednn {

void conv2d(const Tensor&, const Tensor&, WeightOrder, const Windows2d&, Tensor&) {
  DESCENT_ASSERT(false, "oneDNN computes in float alone");
}
void conv2d_input_gradient(const Tensor&, const Tensor&, WeightOrder, const Windows2d&, Tensor&, bool) {
  DESCENT_ASSERT(false, "oneDNN computes in float alone");
}
void conv2d_weight_gradient(const Tensor&, const Tensor&, WeightOrder, const Windows2d&, Tensor&, bool) {
  DESCENT_ASSERT(false, "oneDNN computes in float alone");
}

}  // namespace descent::kernels::onednn

#endif
