#include <catch2/catch.hpp>

#include "descent/run/collapse_diagnosis.hpp"
#include "descent/run/run.hpp"
#include "support/experiment_text.hpp"

using namespace descent;
using namespace descent::testing;
using Catch::Matchers::StartsWith;

namespace {

std::vector<std::string> diagnoses_of(const std::string& yaml) {
  const ScratchFolder root;
  run::RunOptions options;
  options.root = root.path;
  options.fresh = true;
  const run::RunResult result = run::run_experiment(experiment_of(yaml), test_registry(), options);
  REQUIRE(result.status == runlog::RunStatus::done);
  return result.diagnoses;
}

std::string vae(const std::string& beta) {
  return "{name: vae, dataset: {plugin: glyphs, pixels: 8, examples: 256, test_examples: 16}, model: "
         "{plugin: vae, latent: "
         "4, encoder: {hidden: [32]}, decoder: {hidden: [32]}}, loss: {plugin: elbo, beta: " +
         beta +
         "}, optimizer: {plugin: adam, learning_rate: 3.0e-3}, trainer: {steps: 1000, batch_size: 32}}";
}

/// A generator that nobody trains, against a discriminator that is.
std::string gan(const std::string& initializer) {
  return "{name: gan, dataset: {plugin: gaussian_ring, modes: 8}, model: {plugin: gan, latent: 2, generator: "
         "{layers: "
         "[{linear: output}], initializer: " +
         initializer +
         "}, discriminator: {hidden: [32]}}, loss: non_saturating, optimizer: {generator: frozen, "
         "discriminator: {plugin: "
         "adam, learning_rate: 1.0e-2}}, trainer: {steps: 2000, batch_size: 32}}";
}

}  // namespace

TEST_CASE("a VAE whose posterior ignores the data is diagnosed, and one that uses its latent space is not") {
  const std::vector<std::string> found = diagnoses_of(vae("100"));
  REQUIRE(found.size() == 2);
  CHECK_THAT(found[0], StartsWith("samples are alike (their variance is "));
  CHECK_THAT(found[1], StartsWith("posterior collapse (0 of 4 latent dimensions are active, KL "));
  CHECK(diagnoses_of(vae("1")).empty());
}

TEST_CASE("a generator whose samples are all one point is diagnosed, and that its discriminator wins") {
  // All samples are (0, 0), the middle of the ring.
  const std::vector<std::string> found = diagnoses_of(gan("{constant: 0}"));
  REQUIRE(found.size() == 2);
  CHECK(found[0] == "samples are alike (their variance is 0 times the data's), first at step 700");
  CHECK_THAT(found[1], StartsWith("the discriminator wins (it is right about "));
}

TEST_CASE("a discriminator does not win against samples that lie where the data lie") {
  CHECK(diagnoses_of(gan("{orthogonal: 0.7}")).empty());
}

TEST_CASE("the diagnosis of collapse looks twenty times in a run, and not at its beginning") {
  const run::CollapseDiagnosis diagnosis(20000);
  int looks = 0;
  for (std::int64_t step = 1; step <= 20000; ++step) looks += diagnosis.is_due(step) ? 1 : 0;
  CHECK(looks == 20);
  CHECK_FALSE(run::CollapseDiagnosis(400).is_due(400));
}
