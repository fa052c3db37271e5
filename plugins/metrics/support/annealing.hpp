#pragma once

#include <vector>

#include "descent/plugin/model.hpp"

namespace descent {

/// How chains go between the prior (temperature 0) and the posterior (1).
struct Annealing {
  std::vector<double> temperatures;  ///< rising from 0 to 1
  std::int64_t leapfrog_steps;       ///< of each transition
  double step_size;                  ///< the first; each chain adapts its own
};

/// Chains of annealed importance sampling, one for each row of x: Neal, Annealed Importance Sampling, 2001. Their transitions are
/// Hamiltonian Monte Carlo, with step sizes that move towards accepting 65 %: Wu et al., On the Quantitative Analysis of
/// Decoder-Based Generative Models, 2017.
class AnnealedChains {
 public:
  /// x and y, each (rows, …).
  AnnealedChains(LatentVariableModel& model, Values x, Values y, std::int64_t rows, Pass& pass,
                 const Annealing& how);

  /// From draws of the prior to the posterior: log weights (rows), whose e^… have the mean p(x).
  std::vector<double> forward();
  /// From draws z (rows, latent…) of the posterior to the prior: log weights (rows), the mean of whose e^−… is 1/p(x).
  std::vector<double> backward(const Tensor& z);
  /// The share of proposals that were accepted so far.
  double acceptance() const { return accepted_ / proposed_; }

 private:
  /// Points with their densities and these densities' gradients.
  struct Points {
    Tensor z;                                    // (rows, latent…)
    std::vector<double> prior, likelihood;       // log p(z), log p(x | z)
    Tensor prior_gradient, likelihood_gradient;  // (rows, latent…)
  };
  Points at(const Tensor& z);
  void move(Points& points, double temperature);
  Tensor propose(const Points& from, double temperature, Tensor& momentum, Points& to);
  std::vector<double> energies(const Points& points, const Tensor& momentum, double temperature) const;

  LatentVariableModel& model_;
  Values x_, y_;
  std::int64_t rows_;
  Pass& pass_;
  const Annealing& how_;
  std::vector<double> step_sizes_, acceptance_;  // of each chain
  double accepted_ = 0, proposed_ = 0;
};

}  // namespace descent
