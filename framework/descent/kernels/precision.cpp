#include "descent/kernels/precision.hpp"

#include <atomic>
#include <bit>

#include "descent/base/error.hpp"
#include "descent/kernels/detail/elementwise.hpp"
#include "descent/kernels/detail/onednn.hpp"

namespace descent {

static std::atomic<ProductInputs> wanted_inputs = ProductInputs::exact;

bool has_bfloat16() {
#ifdef DESCENT_SCALAR_IS_float
  const auto isa = dnnl::get_effective_cpu_isa();
  return isa == dnnl::cpu_isa::avx512_core_bf16 || isa == dnnl::cpu_isa::avx512_core_amx;
#else
  return false;
#endif
}

void set_product_inputs(ProductInputs inputs) {
  if (inputs == ProductInputs::bfloat16 && !has_bfloat16())
    throw Error(
        sizeof(Scalar) == sizeof(float)
            ? "'precision.products: bfloat16' needs a processor with AVX512_BF16, which this one lacks; "
              "'precision: {products: bfloat16, emulated: true}' gives as exact results, slower"
            : "'precision.products: bfloat16' is for builds in float; this one computes in double");
  wanted_inputs = inputs;
}

ProductInputs product_inputs() {
  return wanted_inputs.load(std::memory_order_relaxed);
}

}  // namespace descent

namespace descent::kernels {

namespace {

// The bits of x as a float, rounded to its upper half.
std::uint32_t rounded_bits(Scalar x) {
  const auto bits = std::bit_cast<std::uint32_t>(static_cast<float>(x));
  const bool is_nan = (bits & 0x7fffffffu) > 0x7f800000u;
  return is_nan ? bits | 0x400000u : bits + 0x7fffu + ((bits >> 16u) & 1u);
}

}  // namespace

void round_to_bfloat16(const Tensor& x, Tensor& out) {
  const Scalar* from = x.data();
  share_each(out.data(), x.size(), false, [=](std::int64_t i) {
    return static_cast<Scalar>(std::bit_cast<float>(rounded_bits(from[i]) & 0xffff0000u));
  });
}

Tensor as_bfloat16(const Tensor& x) {
  const std::int64_t count = x.size();
  Tensor out = Tensor::empty({(count + 1) / 2});
  const Scalar* from = x.data();
  auto* to = reinterpret_cast<std::uint16_t*>(out.data());
  share_elements(count, [=](std::int64_t begin, std::int64_t part) {
    DESCENT_INDEPENDENT_ITERATIONS
    for (std::int64_t i = begin; i < begin + part; ++i)
      to[i] = static_cast<std::uint16_t>(rounded_bits(from[i]) >> 16u);
  });
  return out;
}

}  // namespace descent::kernels
