#pragma once

#include <cstdint>
#include <filesystem>

#include "descent/kernels/normal_mixture.hpp"
#include "descent/run/trained_run.hpp"

namespace descent::runlog {
class CheckpointReader;
}

namespace descent::run {

/// A mixture of normal distributions that is fitted to the codes of a trained model's examples, for generating: the ex-post
/// density estimation of Ghosh et al., From Variational to Deterministic Autoencoders, 2020, section 4. It is kept as
/// state buffers of the group `sampler`, in a checkpoint of its own.
struct SamplerFit {
  kernels::FittedMixture mixture;
  std::int64_t codes = 0, size = 0;  ///< how many there were, and the numbers of each
};

/// Fits it to the codes of the examples that the run was trained on (of endless data 10,000 fresh ones), at its evaluation
/// point, and writes the state of `checkpoint` with it to `file`. Throws Error where the model has no codes or a condition,
/// or where they do not suffice.
DESCENT_API SamplerFit fit_sampler(RestoredRun& run, const std::filesystem::path& checkpoint,
                                   std::int64_t components, std::uint64_t seed,
                                   const std::filesystem::path& file);

/// Registers the buffers of the sampler that a checkpoint holds, if it holds one; before its state is loaded.
void register_sampler(train::Training& training, const runlog::CheckpointReader& checkpoint);
/// The model draws from the sampler that its buffers hold, if they hold one.
void use_sampler(train::Training& training);

}  // namespace descent::run
