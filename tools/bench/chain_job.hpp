#pragma once

#include <memory>
#include <string>
#include <vector>

#include "descent/chain/chain_runner.hpp"
#include "job.hpp"
#include "measured_training.hpp"

namespace descent::bench {

/// The chain that an experiment's `optimizer` makes for one parameter, without a model and a loss.
class MeasuredChain {
 public:
  /// `optimizer` as YAML. Values and gradients are drawn once from N(0, 1).
  MeasuredChain(const std::string& optimizer, const Shape& shape);

  /// Puts the first gradient back, which the chain's update has overwritten.
  void restore_gradient();
  void step();
  chain::Arena& arena() { return arena_; }
  /// The slots shaped like the parameter.
  std::vector<Tensor> slots() const;
  /// How many rules read all gradients once more, for a norm.
  int reading_passes() const;
  bool element_wise() const;

 private:
  TemporaryFolder folder_;
  Registry registry_;
  experiment::Experiment experiment_;
  Diagnostics diagnostics_;
  chain::ChainTable chains_;
  Registrar registrar_;
  chain::Arena arena_;
  std::vector<chain::ChainUnit> units_;
  chain::ChainRunner runner_;
  Tensor gradient_;
  std::int64_t step_ = 0;
};

/// A step of every element-wise optimizer that the registry finds, at its defaults, and of a chain, over 10
/// million parameters, against a loop that reads and writes the same arrays.
JobMakers elementwise_jobs();
/// A step of the optimizers on whole tensors for a matrix of 1024 by 1024, against their matrix products
/// alone.
JobMakers matrix_jobs();

}  // namespace descent::bench
