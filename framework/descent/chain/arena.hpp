#pragma once

#include <cstdint>
#include <vector>

#include "descent/nn/parameter.hpp"

namespace descent::chain {

/// The memory of one player's parameters: values and gradients, each one contiguous array of the same layout.
/// Every parameter starts on 64 bytes; what lies between two is zero and stays so.
class DESCENT_API Arena {
 public:
  /// Gives each parameter its value memory and its leaf, in this order.
  explicit Arena(std::vector<Parameter*> parameters);

  const std::vector<Parameter*>& parameters() const { return parameters_; }
  /// Where parameter `index` begins, in scalars.
  std::int64_t offset(std::size_t index) const { return offsets_[index]; }
  /// Scalars, padding included.
  std::int64_t size() const { return values_.size(); }
  /// Numbers without padding.
  std::int64_t count() const;
  /// Whoever writes them calls values().mark_written() afterwards.
  Tensor& values() { return values_; }
  Tensor& gradients() { return gradients_; }
  /// One view for each parameter.
  std::vector<Tensor>& gradient_views() { return gradient_views_; }
  const std::vector<Variable>& variables() const { return variables_; }

 private:
  std::vector<Parameter*> parameters_;
  std::vector<std::int64_t> offsets_;
  Tensor values_;
  Tensor gradients_;
  std::vector<Tensor> gradient_views_;
  std::vector<Variable> variables_;
};

}  // namespace descent::chain
