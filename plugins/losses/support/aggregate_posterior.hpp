#pragma once

#include <descent/plugin/play.hpp>

/// How a batch of m examples stands for the n of the data: Chen et al., Isolating Sources of Disentanglement in Variational
/// Autoencoders, 2018.
enum class BatchWeights {
  weighted,   ///< equation 5: every example 1/(n·m)
  stratified  ///< appendix C.2: the code's own example 1/n, the others 1/(m − 1), one of them less
};

/// The aggregate posterior q(z) = Σ_j q(z | x_j)/n at the codes of a batch, estimated from the batch's own examples.
struct AggregatePosterior {
  descent::Variable conditional;  ///< log q(zᵢ | xᵢ): (batch)
  descent::Variable joint;        ///< log q(zᵢ): (batch)
  descent::Variable product;      ///< Σ_d log q(zᵢ_d): (batch)
};

/// Of a play with one draw for each example. `examples` is n. Throws Error where n is less than the batch has, or where the
/// posterior does not factorize over the dimensions.
AggregatePosterior aggregate_posterior(const descent::VariationalPlay& play, descent::Pass& pass,
                                       BatchWeights weights, std::int64_t examples);
