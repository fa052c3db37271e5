#pragma once

#include <string>
#include <vector>

#include "descent/autograd/values.hpp"
#include "descent/nn/network_spec.hpp"
#include "descent/plugin/data.hpp"

namespace descent {

/// Fields that a model is conditioned on, as its networks see them: class labels one-hot, other fields flat, side by
/// side.
class DESCENT_API Condition {
 public:
  /// None.
  Condition() = default;
  /// Throws Error when a field is missing.
  Condition(const Fields& fields, const std::vector<std::string>& names);
  bool empty() const { return sizes_.empty(); }
  /// How many numbers there are for each example.
  std::int64_t size() const;
  /// Of one example: `(size)`; empty without a condition.
  Shape shape() const { return empty() ? Shape{} : Shape{size()}; }
  /// Whether it is one field of class labels.
  bool is_one_label() const { return sizes_.size() == 1 && sizes_[0].classes > 0; }
  /// What a network sees of examples of shape x with the condition's numbers next to theirs, as with_condition()
  /// puts them.
  Shape joined(const Shape& x) const;
  /// y, each (batch, …) -> (batch, size); undefined without a condition.
  Variable operator()(const Values& y) const;

 private:
  struct Size {
    std::int64_t classes, numbers;
  };
  std::vector<Size> sizes_;
};

/// The shape in which a network sees examples of this shape: flat where its first layer flattens them anyway.
DESCENT_API Shape seen_by(const NetworkSpec& network, const Shape& example);

/// x with the numbers of a condition y (batch, n) put next to its own: behind the features of (batch, features), and
/// as n constant planes behind the channels of images (batch, height, width, channels). x itself where y is undefined.
DESCENT_API Variable with_condition(const Variable& x, const Variable& y);

}  // namespace descent
