#pragma once

#ifdef DESCENT_SCALAR_IS_float

#include <dnnl_debug.h>

#include <array>
#include <dnnl.hpp>

#include "descent/base/stopwatch.hpp"
#include "descent/kernels/gemm.hpp"
#include "descent/tensor/tensor.hpp"

/// What all uses of oneDNN share.
namespace descent::kernels::onednn {

/// How many threads oneDNN may use. One where the thread sanitizer looks on, which does not see the barriers between
/// OpenMP's threads.
int threads();
/// Before any work of oneDNN's on this thread, and before a primitive is made.
void use_threads_here();

const dnnl::engine& engine();
/// This thread's.
const dnnl::stream& stream();

/// Throws RunError for a call that failed: `what` is `sgemm`.
void check(dnnl_status_t status, const char* what);

/// Makes `memory` look at the tensor's elements.
void look_at(const dnnl::memory& memory, const Tensor& tensor);

/// Calls make(), which makes a primitive, and counts it.
PreparedPrimitives prepared();
void count_primitive(double seconds);
template <class Make>
auto counted(Make make) {
  double seconds = 0;
  auto made = [&] {
    const Stopwatch watch(seconds);
    return make();
  }();
  count_primitive(seconds);
  return made;
}

/// oneDNN generates the code of every product of matrices at the first ones in a process, some 25 ms. To be called before
/// any: generates it, and counts it as one primitive.
void generate_products();

/// Runs a primitive through the C interface, which takes nothing from the heap on our side.
template <std::size_t count>
void execute(const dnnl::primitive& primitive, const std::array<dnnl_exec_arg_t, count>& arguments) {
  check(dnnl_primitive_execute(primitive.get(), stream().get(), static_cast<int>(count), arguments.data()),
        "execution of a primitive");
}

}  // namespace descent::kernels::onednn

#endif
