#include <catch2/catch.hpp>
#include <filesystem>

#include "small_runs.hpp"

using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;
using namespace descent::testing;
namespace fs = std::filesystem;

namespace {

// An autoencoder without a prior: `runs/coder/seed=1`.
void make_coder(const ScratchFolder& folder) {
  folder.write("coder.yaml", R"(name: coder
dataset: {plugin: glyphs, pixels: 8, examples: 300, test_examples: 20}
model: {plugin: vae, latent: 3, posterior: deterministic, prior: none, encoder: {hidden: [16]}, decoder: {hidden: [16]}}
loss: {plugin: rae, code: 0.1}
optimizer: [{plugin: adam, learning_rate: 1.0e-2}, {plugin: ema, decay: 0.5}]
trainer: {batch_size: 20, steps: 300}
metrics: [objective]
)");
  const Finished finished = descent_in(folder, {"run", "coder.yaml"});
  INFO(finished.errors);
  REQUIRE(finished.exit_code == 0);
}

void is_refused(const Finished& finished, const std::string& reason) {
  CHECK(finished.exit_code == 2);
  CHECK_THAT(finished.errors, Contains(reason));
}

}  // namespace

TEST_CASE("an autoencoder without a prior generates from a sampler that was fitted to its codes",
          "[program]") {
  const ScratchFolder folder;
  make_coder(folder);
  const std::string run = "runs/coder/seed=1";
  is_refused(descent_in(folder, {"generate", run, "-o", "x.npz"}), "descent fit-sampler RUN");
  is_refused(descent_in(folder, {"generate", run, "--checkpoint", "sampler", "-o", "x.npz"}),
             "has no checkpoint 'sampler'");
  const std::string before = files_of(folder.path / run);
  const Finished fit = descent_in(folder, {"fit-sampler", run, "--components", "4"});
  INFO(fit.errors);
  REQUIRE(fit.exit_code == 0);
  CHECK_THAT(fit.output,
             StartsWith(run + "/checkpoints/sampler.h5: 4 normal distributions, fitted to 300 codes "
                              "of 3 numbers from final.h5 (step 300): "));
  const fs::path file = folder.path / run / "checkpoints/sampler.h5";
  REQUIRE(fs::exists(file));
  REQUIRE(descent_in(folder, {"generate", run, "--checkpoint", "sampler", "-n", "300", "-o", "a.npz"})
              .exit_code == 0);
  CHECK(descent_in(folder, {"verify", run}).exit_code == 0);
  REQUIRE(descent_in(folder, {"evaluate", run, "objective", "--checkpoint", "sampler"}).exit_code == 0);

  // The same fit again, another one with another seed; and nothing else of the run has changed.
  fs::copy_file(file, folder.path / "first.h5");
  REQUIRE(descent_in(folder, {"fit-sampler", run, "--components", "4"}).exit_code == 0);
  REQUIRE(descent_in(folder, {"generate", run, "--checkpoint", "sampler", "-n", "300", "-o", "b.npz"})
              .exit_code == 0);
  REQUIRE(descent_in(folder, {"fit-sampler", run, "--components", "4", "--seed", "9"}).exit_code == 0);
  REQUIRE(descent_in(folder, {"generate", run, "--checkpoint", "sampler", "-n", "300", "-o", "c.npz"})
              .exit_code == 0);
  fs::remove(file);
  CHECK(files_of(folder.path / run) == before);
  // The mixture's moments are those of the codes: total mean and variance of a mixture after its last maximization.
  check_in_python(folder, R"(
import h5py, numpy
with h5py.File('first.h5') as file:
    weights, means, factors = (file['buffers/sampler.' + name][:].astype(float) for name in ('weights', 'means', 'factors'))
assert abs(weights.sum() - 1) < 1e-6 and weights.shape == (4,) and means.shape == (4, 3) and factors.shape == (4, 3, 3)
assert (numpy.triu(factors, 1) == 0).all() and (numpy.diagonal(factors, axis1=1, axis2=2) > 0).all()
a, b, c = (numpy.load(name)['image'] for name in ('a.npz', 'b.npz', 'c.npz'))
assert a.shape == (300, 8, 8, 1) and (a >= 0).all() and (a <= 1).all() and a.std(0).mean() > 0.02
assert (a == b).all() and not (a == c).all()
)");
}

TEST_CASE("a model with a prior may get a sampler, too, and generates with either", "[program]") {
  const ScratchFolder folder;
  make_digits(folder);
  const std::string run = "runs/digits/seed=1";
  REQUIRE(descent_in(folder, {"fit-sampler", run, "--components", "1"}).exit_code == 0);
  REQUIRE(descent_in(folder, {"generate", run, "-o", "prior.npz"}).exit_code == 0);
  REQUIRE(descent_in(folder, {"generate", run, "--checkpoint", "sampler", "-o", "sampler.npz"}).exit_code ==
          0);
  check_in_python(folder, R"(
import numpy
a, b = (numpy.load(name)['image'] for name in ('prior.npz', 'sampler.npz'))
assert a.shape == b.shape and not (a == b).any()
)");
  // The run goes on as if nothing had been fitted.
  REQUIRE(descent_in(folder, {"resume", run, "trainer.steps=12"}).exit_code == 0);
}

TEST_CASE("what no sampler can be fitted to", "[program]") {
  const ScratchFolder folder;
  make_ring(folder);
  make_bowls(folder);
  make_digits(folder);
  is_refused(descent_in(folder, {"fit-sampler", "runs/ring/seed=1"}), "no codes");
  is_refused(descent_in(folder, {"fit-sampler", "runs/bowl/seed=1"}), "no codes");
  is_refused(descent_in(folder, {"fit-sampler", "runs/digits/seed=1", "--components", "51"}),
             "51 components cannot be fitted to 50 codes");
  is_refused(descent_in(folder, {"fit-sampler", "runs/digits/seed=1", "--components", "0"}), "--components");
  REQUIRE(descent_in(folder, {"fit-sampler", "runs/digits/seed=1"}).exit_code == 0);
  is_refused(descent_in(folder, {"fit-sampler", "runs/digits/seed=1", "--checkpoint", "sampler"}),
             "has a sampler already");
  folder.write("conditional.yaml", R"(extends: digits.yaml
name: conditional
model: {condition: label}
)");
  REQUIRE(descent_in(folder, {"run", "conditional.yaml"}).exit_code == 0);
  is_refused(descent_in(folder, {"fit-sampler", "runs/conditional/seed=1"}), "has a condition");
}
