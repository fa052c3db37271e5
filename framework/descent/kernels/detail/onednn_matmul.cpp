#include "descent/kernels/detail/onednn_matmul.hpp"

#ifdef DESCENT_SCALAR_IS_float

#include "descent/kernels/detail/bounded_cache.hpp"
#include "descent/kernels/detail/kept_weights.hpp"
#include "descent/kernels/detail/onednn.hpp"
#include "descent/kernels/precision.hpp"

namespace descent::kernels::onednn {

namespace {

using dnnl::memory;

/// All that a product's primitive depends on.
struct MatmulProblem {
  std::int64_t m, n, k;
  bool transpose_a, transpose_b, accumulate;
  int threads;
  bool operator==(const MatmulProblem&) const = default;
};

struct MatmulHash {
  std::size_t operator()(const MatmulProblem& p) const {
    std::size_t hash = 0;
    for (const std::int64_t number : {p.m, p.n, p.k, std::int64_t{p.transpose_a}, std::int64_t{p.transpose_b},
                                      std::int64_t{p.accumulate}, std::int64_t{p.threads}})
      hash = mixed(hash, number);
    return hash;
  }
};

memory::desc matrix(std::int64_t rows, std::int64_t columns, bool transposed, memory::data_type type) {
  return {{rows, columns}, type, transposed ? memory::dims{1, rows} : memory::dims{columns, 1}};
}

/// A product, ready to run.
class Matmul {
 public:
  explicit Matmul(const MatmulProblem& p) {
    use_threads_here();
    constexpr auto bfloat16 = memory::data_type::bf16;
    const memory::desc a = matrix(p.m, p.k, p.transpose_a, bfloat16),
                       out = matrix(p.m, p.n, false, memory::data_type::f32);
    const memory::desc b = matrix(p.k, p.n, p.transpose_b, bfloat16);
    dnnl::primitive_attr attributes;
    attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
    if (p.accumulate) {
      dnnl::post_ops sum;
      sum.append_sum(1);
      attributes.set_post_ops(sum);
    }
    const dnnl::matmul::primitive_desc description({a, b, out}, attributes, engine());
    primitive_ = dnnl::matmul(description);
    a_ = memory(a, engine(), nullptr);
    b_ = memory(b, engine(), nullptr);
    out_ = memory(out, engine(), nullptr);
    scratchpad_ = Scratchpad(description.scratchpad_desc());
  }

  /// a and b are bfloat16.
  void run(const Tensor& a, const Tensor& b, Tensor& out) const {
    look_at(a_, a);
    look_at(b_, b);
    look_at(out_, out);
    const Tensor scratch = scratchpad_.take();
    execute(primitive_, std::array<dnnl_exec_arg_t, 4>{{{DNNL_ARG_SRC, a_.get()},
                                                        {DNNL_ARG_WEIGHTS, b_.get()},
                                                        {DNNL_ARG_DST, out_.get()},
                                                        {DNNL_ARG_SCRATCHPAD, scratchpad_.memory().get()}}});
  }

 private:
  dnnl::primitive primitive_;
  memory a_, b_, out_;
  Scratchpad scratchpad_;
};

/// An array of the pool's with its elements as bfloat16, made once for each version of its memory: a layer's weight serves
/// forwards and gradients. oneDNN's own order for it would take longer to make than it saves.
struct Rounded {
  Tensor elements;
  std::int64_t count = 0;
  std::uint64_t version = 0;
};

Tensor rounded(const Tensor& b) {
  const std::uint64_t version = b.version();
  if (version == 0) return as_bfloat16(b);
  constexpr std::size_t kept_weights = 512;
  static thread_local BoundedCache<const Scalar*, Rounded> cache(kept_weights);
  Rounded& kept = cache.get(b.data(), [] { return Rounded(); });
  if (kept.version != version || kept.count != b.size()) kept = {as_bfloat16(b), b.size(), version};
  return kept.elements;
}

constexpr std::size_t kept_products = 256;

}  // namespace

void bfloat16_gemm(const Tensor& a, bool transpose_a, const Tensor& b, bool transpose_b, Tensor& out,
                   bool accumulate) {
  use_threads_here();
  const std::int64_t m = transpose_a ? a.columns() : a.rows(), k = transpose_a ? a.rows() : a.columns();
  const std::int64_t n = transpose_b ? b.rows() : b.columns();
  const MatmulProblem problem{m, n, k, transpose_a, transpose_b, accumulate, threads()};
  static thread_local BoundedCache<MatmulProblem, Matmul, MatmulHash> cache(kept_products);
  const Matmul& product = cache.get(problem, [&] { return counted([&] { return Matmul(problem); }); });
  product.run(as_bfloat16(a), rounded(b), out);
}

}  // namespace descent::kernels::onednn

#endif
