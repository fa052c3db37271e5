#include "descent/kernels/detail/onednn_convolution.hpp"

#include "descent/base/error.hpp"

#ifdef DESCENT_SCALAR_IS_float

#include <array>
#include <cstring>

#include "descent/kernels/arithmetic.hpp"
#include "descent/kernels/detail/bounded_cache.hpp"
#include "descent/kernels/detail/onednn.hpp"

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
  int threads;

  static Problem of(Work work, WeightOrder order, const Windows2d& windows, const Shape& x, const Shape& y) {
    return {work, order, windows, {x[0], x[1], x[2], x[3], y[1], y[2], y[3]}, onednn::threads()};
  }
  bool operator==(const Problem&) const = default;
};

struct ProblemHash {
  std::size_t operator()(const Problem& problem) const {
    std::size_t hash = static_cast<std::size_t>(problem.work) * 2 + static_cast<std::size_t>(problem.order);
    const auto mix = [&](std::int64_t number) {
      hash = (hash ^ static_cast<std::size_t>(number)) * 0x9e3779b97f4a7c15u;
      hash ^= hash >> 32u;
    };
    const Windows2d& w = problem.windows;
    for (const Extents2d* pair : {&w.kernel, &w.stride, &w.dilation, &w.before, &w.after})
      for (const std::int64_t number : *pair) mix(number);
    for (const std::int64_t number : problem.extents) mix(number);
    mix(problem.threads);
    return hash;
  }
};

memory::desc images(std::int64_t batch, std::int64_t height, std::int64_t width, std::int64_t channels) {
  return {{batch, channels, height, width}, memory::data_type::f32, memory::format_tag::nhwc};
}

/// A convolution, ready to run: the primitive, the memories that it looks at, and how the weight gets from our order
/// into the one that it wants, or back.
class Convolution {
 public:
  explicit Convolution(const Problem& problem);

  /// `images` and `result`: what is read and written next to the weight's own order.
  void run(const Tensor& from, const memory& weight, Tensor& to) const {
    look_at(from_, from);
    look_at(to_, to);
    run(weight);
  }
  /// out = the gradient of the weight.
  void run_weight_gradient(const Tensor& x, const Tensor& g, Tensor& out) const {
    look_at(from_, x);
    look_at(to_, g);
    if (!reorders()) {
      look_at(weight_, out);
      return run(weight_);
    }
    run(weight_);
    look_at(plain_weight_, out);
    execute(reorder_, std::array<dnnl_exec_arg_t, 2>{
                          {{DNNL_ARG_FROM, weight_.get()}, {DNNL_ARG_TO, plain_weight_.get()}}});
  }

  bool reorders() const { return bool(reorder_); }
  /// Memory for a weight in the primitive's order.
  memory make_weight() const { return memory(weight_.get_desc(), engine()); }
  void reorder(const Tensor& weight, const memory& into) const {
    look_at(plain_weight_, weight);
    execute(reorder_, std::array<dnnl_exec_arg_t, 2>{
                          {{DNNL_ARG_FROM, plain_weight_.get()}, {DNNL_ARG_TO, into.get()}}});
  }
  /// Looks at the weight where it is; for primitives that take it in our order.
  const memory& plain(const Tensor& weight) const {
    look_at(weight_, weight);
    return weight_;
  }
  /// Holds a weight whose version is unknown for as long as the primitive runs.
  const memory& temporary() const { return weight_; }

 private:
  template <class Description>
  void take(const Description& description, const memory::desc& weight, const memory::desc& from,
            const memory::desc& to, const memory::desc& plain_weight, bool weight_is_result);
  void run(const memory& weight) const;

  Work work_;
  dnnl::primitive primitive_;
  dnnl::reorder reorder_;
  memory from_, to_, weight_, plain_weight_, scratchpad_;
  std::int64_t scratchpad_scalars_ = 0;
};

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

Convolution::Convolution(const Problem& problem) : work_(problem.work) {
  const auto& e = problem.extents;
  const auto& w = problem.windows;
  const memory::desc x = images(e[0], e[1], e[2], e[3]), y = images(e[0], e[4], e[5], e[6]);
  const memory::desc ours = our_weight(problem);
  const memory::desc any(ours.dims(), memory::data_type::f32, memory::format_tag::any);
  const Dims stride{w.stride[0], w.stride[1]}, dilation{w.dilation[0] - 1, w.dilation[1] - 1};
  const Dims before{w.before[0], w.before[1]}, after{w.after[0], w.after[1]};
  constexpr auto direct = dnnl::algorithm::convolution_direct;
  dnnl::primitive_attr attributes;
  attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);

  use_threads_here();
  const dnnl::convolution_forward::primitive_desc forward(
      {dnnl::prop_kind::forward_training, direct, x, any, y, stride, dilation, before, after}, attributes,
      engine());
  switch (work_) {
    case Work::forward:
      take(forward, forward.weights_desc(), x, y, ours, false);
      break;
    case Work::input_gradient: {
      const dnnl::convolution_backward_data::primitive_desc backward(
          {direct, x, any, y, stride, dilation, before, after}, attributes, engine(), forward);
      take(backward, backward.weights_desc(), y, x, ours, false);
      break;
    }
    case Work::weight_gradient: {
      const dnnl::convolution_backward_weights::primitive_desc backward(
          {direct, x, any, y, stride, dilation, before, after}, attributes, engine(), forward);
      take(backward, backward.diff_weights_desc(), x, y, ours, true);
      break;
    }
  }
}

template <class Description>
void Convolution::take(const Description& description, const memory::desc& weight, const memory::desc& from,
                       const memory::desc& to, const memory::desc& plain_weight, bool weight_is_result) {
  primitive_ = dnnl::primitive(description);
  from_ = memory(from, engine(), nullptr);
  to_ = memory(to, engine(), nullptr);
  if (weight == plain_weight) {
    weight_ = memory(weight, engine(), nullptr);
  } else {
    weight_ = memory(weight, engine());
    plain_weight_ = memory(plain_weight, engine(), nullptr);
    reorder_ =
        weight_is_result ? dnnl::reorder(weight_, plain_weight_) : dnnl::reorder(plain_weight_, weight_);
  }
  const memory::desc scratchpad = description.scratchpad_desc();
  scratchpad_ = memory(scratchpad, engine(), nullptr);
  scratchpad_scalars_ =
      static_cast<std::int64_t>((scratchpad.get_size() + sizeof(Scalar) - 1) / sizeof(Scalar));
}

void Convolution::run(const memory& weight) const {
  const Tensor scratchpad = Tensor::empty({scratchpad_scalars_});
  if (scratchpad_scalars_ > 0) look_at(scratchpad_, scratchpad);
  constexpr std::array<std::array<int, 3>, 3> arguments{
      {{DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST},
       {DNNL_ARG_DIFF_DST, DNNL_ARG_WEIGHTS, DNNL_ARG_DIFF_SRC},
       {DNNL_ARG_SRC, DNNL_ARG_DIFF_WEIGHTS, DNNL_ARG_DIFF_DST}}};
  const auto& [from, weights, to] = arguments[static_cast<std::size_t>(work_)];
  execute(primitive_, std::array<dnnl_exec_arg_t, 4>{{{from, from_.get()},
                                                      {weights, weight.get()},
                                                      {to, to_.get()},
                                                      {DNNL_ARG_SCRATCHPAD, scratchpad_.get()}}});
}

// --- what is kept, for each thread of ours -----------------------------------------------------------------

constexpr std::size_t kept_convolutions = 256, kept_weights = 512;

Convolution& prepared(const Problem& problem) {
  static thread_local BoundedCache<Problem, Convolution, ProblemHash> cache(kept_convolutions);
  return cache.get(problem, [&] { return Convolution(problem); });
}

/// Where a weight lies, and for which problem it was put in order.
struct WeightKey {
  const Scalar* memory;
  Problem problem;
  bool operator==(const WeightKey&) const = default;
};
struct WeightHash {
  std::size_t operator()(const WeightKey& key) const {
    return ProblemHash{}(key.problem) ^ std::hash<const Scalar*>{}(key.memory);
  }
};
struct OrderedWeight {
  memory weight;
  std::uint64_t version = 0;
};

#ifndef NDEBUG
bool same_elements(const memory& a, const memory& b) {
  return std::memcmp(a.get_data_handle(), b.get_data_handle(), a.get_desc().get_size()) == 0;
}
#endif

/// The weight in the primitive's order: put so once for each version of its memory.
const memory& ordered(const Tensor& weight, const Problem& problem, const Convolution& convolution) {
  if (!convolution.reorders()) return convolution.plain(weight);
  const std::uint64_t version = weight.version();
  if (version == 0) {
    convolution.reorder(weight, convolution.temporary());
    return convolution.temporary();
  }
  static thread_local BoundedCache<WeightKey, OrderedWeight, WeightHash> cache(kept_weights);
  OrderedWeight& kept =
      cache.get({weight.data(), problem}, [&] { return OrderedWeight{convolution.make_weight()}; });
  if (kept.version != version) {
    convolution.reorder(weight, kept.weight);
    kept.version = version;
  }
#ifndef NDEBUG
  convolution.reorder(weight, convolution.temporary());
  DESCENT_ASSERT(same_elements(kept.weight, convolution.temporary()),
                 "a weight that changes gets another version (Tensor::mark_written)");
#endif
  return kept.weight;
}

void run(const Problem& problem, const Tensor& from, const Tensor& weight, Tensor& to) {
  use_threads_here();
  const Convolution& convolution = prepared(problem);
  convolution.run(from, ordered(weight, problem, convolution), to);
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
  use_threads_here();
  const Convolution& convolution =
      prepared(Problem::of(Work::weight_gradient, order, windows, x.shape(), g.shape()));
  if (!accumulate) return convolution.run_weight_gradient(x, g, out);
  Tensor gradient = Tensor::empty(out.shape());
  convolution.run_weight_gradient(x, g, gradient);
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
