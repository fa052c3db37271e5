#include "descent/kernels/detail/onednn.hpp"

#ifdef DESCENT_SCALAR_IS_float

#include <dlfcn.h>
#include <fmt/format.h>

#include <atomic>

#include "descent/base/error.hpp"
#include "descent/base/parallel.hpp"

namespace descent::kernels::onednn {

// oneDNN threads with OpenMP; its functions are looked up because only base/parallel.cpp is compiled with -fopenmp.
template <class Function>
static Function* openmp(const char* name) {
  return reinterpret_cast<Function*>(dlsym(RTLD_DEFAULT, name));
}

int threads() {
#ifdef __SANITIZE_THREAD__
  return 1;
#else
  return descent::threads();
#endif
}

// OpenMP keeps these settings for each calling thread, hence the check on every thread's first product.
void use_threads_here() {
  static thread_local int set_here = 0;
  const int wanted = threads();
  if (set_here == wanted) return;
  if (auto* set = openmp<void(int)>("omp_set_num_threads")) set(wanted);
  // With OMP_DYNAMIC or without active levels there may be fewer, and sgemm leaves out what they were to
  // compute.
  if (auto* set = openmp<void(int)>("omp_set_dynamic")) set(0);
  if (auto* set = openmp<void(int)>("omp_set_max_active_levels")) set(1);
  set_here = wanted;
}

static std::atomic<std::int64_t> primitives = 0, nanoseconds = 0;

PreparedPrimitives prepared() {
  return {primitives, 1e-9 * static_cast<double>(nanoseconds)};
}

void count_primitive(double seconds) {
  ++primitives;
  nanoseconds += static_cast<std::int64_t>(1e9 * seconds);
}

// The three kinds of code that sgemm may take: vectors, matrices as they are, matrices that it packs first. Each is made
// whole, for all transpositions, when the first product takes it.
static bool make_all_products() {
  constexpr dnnl_dim_t n = 8;
  constexpr std::array<float, n * n> zeros{};
  std::array<float, n * n> out{};
  const auto multiply = [&](char transposed, dnnl_dim_t size) {
    check(dnnl_sgemm('N', transposed, size, size, size, 1.0f, zeros.data(), size, zeros.data(), size, 0.0f,
                     out.data(), size),
          "sgemm");
  };
  multiply('N', 1);
  multiply('N', n);
  multiply('T', n);
  return true;
}

void generate_products() {
  [[maybe_unused]] static const bool made = counted(make_all_products);
}

const dnnl::engine& engine() {
  static const dnnl::engine engine(dnnl::engine::kind::cpu, 0);
  return engine;
}

const dnnl::stream& stream() {
  static thread_local const dnnl::stream stream(engine());
  return stream;
}

void check(dnnl_status_t status, const char* what) {
  if (status != dnnl_success)
    throw RunError(fmt::format("oneDNN's {} failed: {}", what, dnnl_status2str(status)));
}

void look_at(const dnnl::memory& memory, const Tensor& tensor) {
  // oneDNN writes only to what an operation calls its result.
  void* elements = const_cast<Scalar*>(tensor.data());
  check(dnnl_memory_set_data_handle_v2(memory.get(), elements, stream().get()),
        "change of a memory's address");
}

}  // namespace descent::kernels::onednn

#endif
