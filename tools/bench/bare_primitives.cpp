#include "bare_primitives.hpp"

#include <dnnl.hpp>

#include "descent/base/error.hpp"

namespace descent::bench {

using dnnl::memory;

namespace {

const dnnl::engine& engine() {
  static const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  return engine;
}
const dnnl::stream& stream() {
  static const dnnl::stream stream(engine());
  return stream;
}

memory zeros(const memory::desc& description) {
  memory made(description, engine());
  std::fill_n(static_cast<char*>(made.get_data_handle()), description.get_size(), '\0');
  return made;
}

memory::desc any(const memory::dims& dims, memory::data_type type) {
  return {dims, type, memory::format_tag::any};
}

}  // namespace

struct BarePrimitives::Primitive {
  dnnl::primitive primitive;
  std::vector<memory> memories;
  std::vector<dnnl_exec_arg_t> arguments;
  int times = 1;

  void add(int argument, const memory::desc& description) {
    memories.push_back(zeros(description));
    arguments.push_back({argument, memories.back().get()});
  }
  void run() const {
    for (int i = 0; i < times; ++i)
      if (dnnl_primitive_execute(primitive.get(), stream().get(), static_cast<int>(arguments.size()),
                                 arguments.data()) != dnnl_success)
        throw RunError("a bare primitive failed");
  }
};

namespace {

/// What a layer's primitives are made from: its products' types, sizes, and how often each runs.
struct Sizes {
  memory::dims large, weight, small, stride, before, after;
  int forwards, input_gradients, weight_gradients;
  double operations;
};

Sizes sizes_of(std::int64_t batch, const ProductLayer& layer) {
  const std::int64_t k = layer.kernel, pad = layer.before + layer.after;
  const bool transposed = layer.kind == ProductLayer::Kind::transposed;
  // The convolution of which a transposed one is the input gradient goes the other way round.
  const std::int64_t in = transposed ? layer.outputs : layer.inputs,
                     out = transposed ? layer.inputs : layer.outputs;
  const auto through = [&](std::int64_t n) {
    return transposed ? (n - 1) * layer.stride + k - pad : (n + pad - k) / layer.stride + 1;
  };
  const std::int64_t height = through(layer.height), width = through(layer.width);
  const double places =
      static_cast<double>(batch) *
      (transposed ? static_cast<double>(layer.height * layer.width) : static_cast<double>(height * width));
  return {{batch, in, transposed ? height : layer.height, transposed ? width : layer.width},
          {out, in, k, k},
          {batch, out, transposed ? layer.height : height, transposed ? layer.width : width},
          {layer.stride, layer.stride},
          {layer.before, layer.before},
          {layer.after, layer.after},
          transposed ? layer.input_gradients : layer.forwards,
          transposed ? layer.forwards : layer.input_gradients,
          layer.weight_gradients,
          2 * places * static_cast<double>(in * out * k * k)};
}

memory::dims flat(const memory::dims& dims) {
  return {dims[0], dims[1]};
}

}  // namespace

template <class Forward, class Backward, class Weight>
void BarePrimitives::add(const Forward& forward, const Backward& backward, const Weight& weight,
                         const int (&times)[3]) {
  const auto add = [&](const auto& description, int count,
                       std::initializer_list<std::pair<int, memory::desc>> arrays) {
    if (count == 0) return;
    Primitive p{dnnl::primitive(description), {}, {}, count};
    for (const auto& [argument, array] : arrays) p.add(argument, array);
    primitives_.push_back(std::move(p));
  };
  add(forward, times[0],
      {{DNNL_ARG_SRC, forward.src_desc()},
       {DNNL_ARG_WEIGHTS, forward.weights_desc()},
       {DNNL_ARG_DST, forward.dst_desc()}});
  add(backward, times[1],
      {{DNNL_ARG_DIFF_DST, backward.diff_dst_desc()},
       {DNNL_ARG_WEIGHTS, backward.weights_desc()},
       {DNNL_ARG_DIFF_SRC, backward.diff_src_desc()}});
  add(weight, times[2],
      {{DNNL_ARG_SRC, weight.src_desc()},
       {DNNL_ARG_DIFF_DST, weight.diff_dst_desc()},
       {DNNL_ARG_DIFF_WEIGHTS, weight.diff_weights_desc()}});
}

BarePrimitives::BarePrimitives(std::int64_t batch, const std::vector<ProductLayer>& layers, bool bfloat16) {
  const auto type = bfloat16 ? memory::data_type::bf16 : memory::data_type::f32;
  constexpr auto sum = memory::data_type::f32;
  constexpr auto training = dnnl::prop_kind::forward_training;
  for (const ProductLayer& layer : layers) {
    const Sizes s = sizes_of(batch, layer);
    const int times[] = {s.forwards, s.input_gradients, s.weight_gradients};
    operations_ += s.operations * (s.forwards + s.input_gradients + s.weight_gradients);
    if (layer.kind == ProductLayer::Kind::dense) {
      using namespace dnnl;
      const memory::dims x = flat(s.large), w = flat(s.weight), y = flat(s.small);
      const inner_product_forward::primitive_desc forward({training, any(x, type), any(w, type), any(y, sum)},
                                                          engine());
      const inner_product_forward::primitive_desc hint({training, any(x, type), any(w, type), any(y, type)},
                                                       engine());
      add(forward,
          inner_product_backward_data::primitive_desc({any(x, sum), any(w, type), any(y, type)}, engine(),
                                                      hint),
          inner_product_backward_weights::primitive_desc({any(x, type), any(w, sum), any(y, type)}, engine(),
                                                         hint),
          times);
      continue;
    }
    using namespace dnnl;
    constexpr auto direct = algorithm::convolution_direct;
    const auto forward_to = [&](memory::data_type to) {
      return convolution_forward::primitive_desc({training, direct, any(s.large, type), any(s.weight, type),
                                                  any(s.small, to), s.stride, s.before, s.after},
                                                 engine());
    };
    const auto hint = forward_to(type);
    add(forward_to(sum),
        convolution_backward_data::primitive_desc(
            {direct, any(s.large, sum), any(s.weight, type), any(s.small, type), s.stride, s.before, s.after},
            engine(), hint),
        convolution_backward_weights::primitive_desc(
            {direct, any(s.large, type), any(s.weight, sum), any(s.small, type), s.stride, s.before, s.after},
            engine(), hint),
        times);
  }
}

BarePrimitives::~BarePrimitives() = default;
BarePrimitives::BarePrimitives(BarePrimitives&&) noexcept = default;

void BarePrimitives::run() const {
  for (const Primitive& primitive : primitives_) primitive.run();
}

double BarePrimitives::operations() const {
  return operations_;
}

}  // namespace descent::bench
