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
  bool keeps_b;  // in an order of the primitive's own
  int threads;
  bool operator==(const MatmulProblem&) const = default;
};

struct MatmulHash {
  std::size_t operator()(const MatmulProblem& p) const {
    std::size_t hash = 0;
    for (const std::int64_t number :
         {p.m, p.n, p.k, std::int64_t{p.transpose_a}, std::int64_t{p.transpose_b}, std::int64_t{p.accumulate},
          std::int64_t{p.keeps_b}, std::int64_t{p.threads}})
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
    const memory::desc plain_b = matrix(p.k, p.n, p.transpose_b, bfloat16);
    const memory::desc any_b({p.k, p.n}, bfloat16, memory::format_tag::any);
    dnnl::primitive_attr attributes;
    attributes.set_scratchpad_mode(dnnl::scratchpad_mode::user);
    if (p.accumulate) {
      dnnl::post_ops sum;
      sum.append_sum(1);
      attributes.set_post_ops(sum);
    }
    const dnnl::matmul::primitive_desc description({a, p.keeps_b ? any_b : plain_b, out}, attributes,
                                                   engine());
    primitive_ = dnnl::matmul(description);
    a_ = memory(a, engine(), nullptr);
    out_ = memory(out, engine(), nullptr);
    b_ = OrderedArray(matrix(p.k, p.n, p.transpose_b, memory::data_type::f32), description.weights_desc());
    plain_b_ = memory(plain_b, engine(), nullptr);
    scratchpad_ = Scratchpad(description.scratchpad_desc());
  }

  const OrderedArray& b() const { return b_; }
  const memory& rounded(const Tensor& b) const {
    look_at(plain_b_, b);
    return plain_b_;
  }
  void run(const Tensor& a, const memory& b, Tensor& out) const {
    look_at(a_, a);
    look_at(out_, out);
    const Tensor scratch = scratchpad_.take();
    execute(primitive_, std::array<dnnl_exec_arg_t, 4>{{{DNNL_ARG_SRC, a_.get()},
                                                        {DNNL_ARG_WEIGHTS, b.get()},
                                                        {DNNL_ARG_DST, out_.get()},
                                                        {DNNL_ARG_SCRATCHPAD, scratchpad_.memory().get()}}});
  }

 private:
  dnnl::primitive primitive_;
  memory a_, out_, plain_b_;
  OrderedArray b_;
  Scratchpad scratchpad_;
};

constexpr std::size_t kept_products = 256;

}  // namespace

void bfloat16_gemm(const Tensor& a, bool transpose_a, const Tensor& b, bool transpose_b, Tensor& out,
                   bool accumulate) {
  use_threads_here();
  const std::int64_t m = transpose_a ? a.columns() : a.rows(), k = transpose_a ? a.rows() : a.columns();
  const std::int64_t n = transpose_b ? b.rows() : b.columns();
  const MatmulProblem problem{m, n, k, transpose_a, transpose_b, accumulate, b.version() != 0, threads()};
  static thread_local BoundedCache<MatmulProblem, Matmul, MatmulHash> cache(kept_products);
  const Matmul& product = cache.get(problem, [&] { return counted([&] { return Matmul(problem); }); });
  const Tensor rounded_a = as_bfloat16(a);
  if (!problem.keeps_b) {
    const Tensor rounded_b = as_bfloat16(b);
    return product.run(rounded_a, product.rounded(rounded_b), out);
  }
  static thread_local KeptWeights<MatmulProblem, MatmulHash> kept;
  product.run(rounded_a, kept.ordered(b, problem, product.b()), out);
}

}  // namespace descent::kernels::onednn

#endif
