#pragma once

#include <array>
#include <cstddef>
#include <initializer_list>

#include "descent/autograd/variable.hpp"
#include "descent/base/error.hpp"

namespace descent {

/// Up to eight variables side by side, without memory of its own: what a model takes and gives for its fields. An
/// undefined variable says that there is none at its place.
class Values {
 public:
  static constexpr std::size_t most = 8;

  Values() = default;
  Values(Variable only) { append(std::move(only)); }  // NOLINT(google-explicit-constructor): one is common
  Values(std::initializer_list<Variable> variables) {
    for (const Variable& variable : variables) append(variable);
  }

  /// Adds a variable, defined or not, behind the others.
  void append(Variable variable) {
    DESCENT_ASSERT(size_ < most, "there are at most eight values side by side");
    variables_[size_++] = std::move(variable);
  }

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  const Variable& operator[](std::size_t index) const {
    DESCENT_ASSERT(index < size_, "there is no value at this place");
    return variables_[index];
  }
  const Variable* begin() const { return variables_.begin(); }
  const Variable* end() const { return variables_.begin() + size_; }

 private:
  std::array<Variable, most> variables_;
  std::size_t size_ = 0;
};

}  // namespace descent
