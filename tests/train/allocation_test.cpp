#include <dlfcn.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <cstdlib>
#include <cstring>
#include <new>

#include "descent/base/pool.hpp"
#include "descent/run/assemble.hpp"
#include "support/experiment_text.hpp"
#include "support/npy_file.hpp"

// Counts what a training step takes from the heap. What oneDNN and its OpenMP runtime do inside a call is
// counted apart, by the library that malloc returns to.

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
// The sanitizer has an allocator of its own.
#else

// NOLINTBEGIN(bugprone-reserved-identifier): the C library's names
extern "C" void* __libc_malloc(std::size_t bytes);
extern "C" void __libc_free(void* memory);
extern "C" void* __libc_memalign(std::size_t alignment, std::size_t bytes);
// NOLINTEND(bugprone-reserved-identifier)

namespace {

std::atomic<bool> counting{false};
std::atomic<long> ours{0}, onednns{0};

void count(const void* caller) {
  if (!counting.load(std::memory_order_relaxed)) return;
  Dl_info info;
  const bool known = dladdr(caller, &info) != 0 && info.dli_fname != nullptr;
  const bool inside = known && (std::strstr(info.dli_fname, "libdnnl") != nullptr ||
                                std::strstr(info.dli_fname, "libgomp") != nullptr);
  ++(inside ? onednns : ours);
}

}  // namespace

// Under names of our own in C++: clang-tidy would have the parameters called as in libc's headers.
extern "C" {
[[gnu::visibility("default")]] void* counted_malloc(std::size_t bytes) __asm__("malloc");
[[gnu::visibility("default")]] void* counted_aligned_alloc(std::size_t alignment,
                                                           std::size_t bytes) __asm__("aligned_alloc");
[[gnu::visibility("default")]] int counted_posix_memalign(void** out, std::size_t alignment,
                                                          std::size_t bytes) __asm__("posix_memalign");
}

void* counted_malloc(std::size_t bytes) {
  count(__builtin_return_address(0));
  return __libc_malloc(bytes);
}

void* counted_aligned_alloc(std::size_t alignment, std::size_t bytes) {
  count(__builtin_return_address(0));
  return __libc_memalign(alignment, bytes);
}

int counted_posix_memalign(void** out, std::size_t alignment, std::size_t bytes) {
  count(__builtin_return_address(0));
  *out = __libc_memalign(alignment, bytes);
  return *out == nullptr ? 12 : 0;
}

// Of libstdc++'s own operator new every caller would look the same.
void* operator new(std::size_t bytes) {
  count(__builtin_return_address(0));
  if (void* memory = __libc_malloc(bytes)) return memory;
  throw std::bad_alloc();
}
void* operator new[](std::size_t bytes) {
  count(__builtin_return_address(0));
  if (void* memory = __libc_malloc(bytes)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept {
  __libc_free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  __libc_free(memory);
}
void operator delete[](void* memory) noexcept {
  __libc_free(memory);
}
void operator delete[](void* memory, std::size_t) noexcept {
  __libc_free(memory);
}

namespace {

struct Counted {
  long ours, onednns;
};

Counted allocations(descent::train::Training& training, int warm_up, int steps) {
  for (int i = 0; i < warm_up; ++i) training.play_step(i % 2 == 0);
  ours = onednns = 0;
  counting = true;
  for (int i = 0; i < steps; ++i) training.play_step(i % 2 == 0);
  counting = false;
  return {ours, onednns};
}

void check_experiment(const std::string& file, const std::vector<std::string>& overrides) {
  const auto training = descent::run::assemble(descent::testing::shipped_experiment(file, overrides));
  const Counted counted = allocations(*training, 250, 250);
  INFO(file << ": oneDNN's own allocations: " << counted.onednns);
  CHECK(counted.ours == 0);
}

}  // namespace

TEST_CASE("the counter counts") {
  ours = 0;
  counting = true;
  void* volatile memory = std::malloc(100);
  delete new int(3);
  counting = false;
  std::free(memory);
  CHECK(ours >= 1);
}

TEST_CASE("a training step takes nothing from the heap after warm-up") {
  check_experiment("gan_ring.yaml", {});
  check_experiment("gan_ring.yaml", {"threads=2"});
  check_experiment("gan_ring.yaml", {"trainer.prefetch=true"});
  check_experiment("gan_ring.yaml",
                   {"trainer.turns=simultaneous", "optimizer=[{plugin: clip_norm}, {plugin: adam}]"});
  check_experiment("rosenbrock.yaml", {});
  check_experiment("bilinear_game.yaml", {});
  check_experiment("gan_ring.yaml",
                   {"optimizer=[sam, centralize, {plugin: clip_value}, lamb, schedule_free, lookahead, "
                    "{plugin: project, onto: ball, radius: 50}, ema]"});
  check_experiment("gan_ring.yaml", {"loss=[non_saturating, {plugin: consensus, weight: 0.01}]",
                                     "trainer.turns=simultaneous"});
  check_experiment("gan_ring.yaml",
                   {"loss=[non_saturating, test_gradient_penalty, {plugin: minimax, weight: 0.1}]"});
  for (const char* penalty :
       {"gradient_penalty", "{plugin: gradient_penalty, kind: one_sided}",
        "{plugin: gradient_penalty, kind: zero_centered}", "{plugin: gradient_penalty, kind: dragan}",
        "{plugin: r1, every: 4}", "r2", "lecam", "{plugin: consistency, kind: bcr, noise: 0.1}",
        "{plugin: consistency, kind: zcr}", "feature_matching", "{plugin: unrolled, steps: 3}"})
    check_experiment("gan_ring.yaml",
                     {"loss=[hinge, " + std::string(penalty) + "]", "trainer.batch_size=32"});
  for (const char* loss :
       {"least_squares", "wasserstein", "relativistic", "{plugin: relativistic, against: paired}",
        "{plugin: hinge, top_k: {schedule: linear, from: 1, to: 0.5, steps: 100}}"})
    check_experiment("gan_ring.yaml",
                     {"loss=" + std::string(loss), "model.packing=2", "trainer.batch_size=32"});
  check_experiment("gan_ring.yaml", {"model.discriminator={layers: [{linear: 16}, {residual: {layers: "
                                     "[{linear: 16}, relu, {dropout: 0.2}]}}]}"});
  check_experiment("gan_ring.yaml",
                   {"dataset=own_pairs", "model=own_model", "loss=own_bound", "optimizer={plugin: adam}",
                    "metrics=null", "trainer.batch_size=24", "trainer.turns=simultaneous"});
  check_experiment("gan_ring.yaml",
                   {"model=test_vae_gan", "optimizer={plugin: adam}",
                    "loss=[elbo, {plugin: non_saturating, weight: 0.1}]", "trainer.turns=simultaneous"});
  check_experiment(
      "gan_ring.yaml",
      {"model={plugin: vae, field: point, latent: 2, likelihood: gaussian, encoder: {hidden: [8]}, decoder: "
       "{hidden: [8]}}",
       "optimizer={plugin: adam}",
       "loss=[elbo, {plugin: test_iwae, samples: 3, weight: 0.1}, test_total_correlation]",
       "trainer.turns=simultaneous"});
  const std::string small =
      "field: point, likelihood: gaussian, encoder: {hidden: [8]}, decoder: {hidden: [8]}";
  for (const char* prior : {"mixture", "{vamp: {components: 5}}", "standard"})
    check_experiment(
        "gan_ring.yaml",
        {"model={plugin: vae, latent: 2, " + small + ", prior: " + prior + "}", "optimizer={plugin: adam}",
         "trainer.turns=simultaneous",
         "loss=[{plugin: elbo, kl: sampled, samples: 2}, {plugin: iwae, samples: 3, outer: 2, gradients: "
         "dreg}, {plugin: beta_tcvae, examples: 1000, estimator: stratified}, factor_vae, latent_mmd, "
         "{plugin: rae, gradient_penalty: 0.1}]"});
  check_experiment(
      "gan_ring.yaml",
      {"model={plugin: hierarchical_vae, latent: 3, upper_latent: 2, upper_encoder: {hidden: [4]}, "
       "upper_decoder: {hidden: [4]}, " +
           small + "}",
       "optimizer={plugin: adam}", "trainer.turns=simultaneous",
       "loss=[{plugin: elbo, kl: sampled}, {plugin: iwae, samples: 3, gradients: stl}]"});
  check_experiment("gan_ring.yaml", {"model.discriminator={layers: [noise, {linear: 48, spectral_norm: "
                                     "true}, {reshape: [4, 4, 3]}, diff_augment, "
                                     "{self_attention2d: {spectral_norm: true}}, instance_norm, {group_norm: "
                                     "3}, pixel_norm, silu, minibatch_stddev, "
                                     "{maxout: {units: 8, spectral_norm: true}}]}",
                                     "loss=[non_saturating, {plugin: test_gradient_penalty, weight: 0.1}]"});
#ifdef DESCENT_SCALAR_IS_float
  // In double GEMM is Eigen's, which packs larger matrices on the heap.
  check_experiment("vae_glyphs.yaml", {});
  check_experiment("vae_glyphs.yaml", {"trainer.prefetch=true"});
  check_experiment("vae_glyphs.yaml",
                   {"model.encoder={hidden: [64, 64], activation: gelu, batch_norm: true, dropout: 0.2}",
                    "trainer.batch_size=77"});
  check_experiment("gan_glyphs.yaml", {});
  const std::string generator =
      "model.generator.layers=[{linear: 64}, {reshape: [2, 2, 16]}, batch_norm, relu, {conv_transpose2d: "
      "{channels: 8, "
      "kernel: 4, stride: 2, padding: same}}, relu, upsample, {conv2d: {channels: output, padding: same}}]";
  const std::string discriminator =
      "model.discriminator.layers=[{conv2d: {channels: 8, kernel: 4, stride: 2, padding: same, "
      "spectral_norm: true}}, "
      "{leaky_relu: 0.2}, {conv2d: {channels: 16, padding: same}}, average_pool2d, {leaky_relu: 0.2}, "
      "max_pool2d]";
  const std::vector<std::string> small_images{"dataset.pixels=8", generator, discriminator,
                                              "trainer.batch_size=8", "metrics=null"};
  for (const char* more :
       {"threads=1", "threads=2", "loss=[non_saturating, {plugin: test_gradient_penalty, weight: 0.1}]",
        "precision={products: bfloat16, emulated: true}"}) {
    std::vector<std::string> overrides = small_images;
    overrides.emplace_back(more);
    check_experiment("dcgan_glyphs.yaml", overrides);
  }
  if (descent::has_bfloat16()) {
    std::vector<std::string> overrides = small_images;
    overrides.emplace_back("precision={products: bfloat16}");
    check_experiment("dcgan_glyphs.yaml", overrides);
    descent::set_product_inputs(descent::ProductInputs::exact);
  }
  for (const char* variant : {"variants/acgan_glyphs.yaml", "variants/projection_glyphs.yaml",
                              "variants/bcr_glyphs.yaml", "variants/pacgan_glyphs.yaml"})
    check_experiment(variant, {"trainer.batch_size=8"});
  check_experiment(
      "vae_glyphs.yaml",
      {"dataset.transforms=[{crop: 2}, {resize: [12, 12]}, flip, dequantize, {binarize: epoch}, one_hot]"});
  check_experiment("vae_glyphs.yaml", {"model.condition=label"});
  // Eight steps an epoch, each with an order of reading of its own.
  const descent::testing::ScratchFolder folder;
  const auto file =
      descent::testing::write_npy(folder, 500, 16, [](std::int64_t i) { return float(i % 7) / 7; });
  for (const char* memory : {"1", "0"})
    check_experiment("vae_glyphs.yaml",
                     {"dataset={plugin: npy, path: " + file.string() + ", fields: image, memory: " + memory +
                      ", window: 0.004, test_examples: 20}"});
  for (const char* likelihood :
       {"{gaussian: 0.5}", "{gaussian: shared}", "{gaussian: per_element}", "{gaussian: decoded}"})
    check_experiment("vae_glyphs.yaml", {std::string("model.likelihood=") + likelihood});
  check_experiment("vae_glyphs.yaml",
                   {"model.field=label", "model.likelihood=categorical", "loss.kl=sampled"});
#endif
}

#endif

TEST_CASE("memory does not grow over 10,000 steps") {
  const auto training = descent::run::assemble(
      descent::testing::shipped_experiment("gan_ring.yaml", {"trainer.batch_size=16"}));
  for (int i = 0; i < 100; ++i) training->play_step(true);
  const auto before = descent::pool::usage();
  for (int i = 0; i < 10000; ++i) training->play_step(true);
  CHECK(descent::pool::usage().from_heap == before.from_heap);
  CHECK(descent::pool::usage().in_use == before.in_use);
}
