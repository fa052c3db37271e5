#pragma once

#include <string>
#include <utility>
#include <vector>

#include "descent/autograd/variable.hpp"
#include "descent/base/api.hpp"

namespace descent {

/// What a model computes from a batch, by name.
class DESCENT_API NamedOutputs {
 public:
  struct Output {
    std::string name;
    Variable value;
    Shape promised;    ///< of the whole value, (batch, …)
    bool any = false;  ///< only the number of rows is promised, the first extent of `promised`
  };

  /// An output of exactly this shape.
  void add(std::string name, Variable value, const Shape& promised) {
    outputs_.push_back({std::move(name), std::move(value), promised, false});
  }
  /// An output (rows, …) of which only the number of rows is promised.
  void add_rows(std::string name, Variable value, std::int64_t rows) {
    outputs_.push_back({std::move(name), std::move(value), Shape{rows}, true});
  }
  const std::vector<Output>& all() const { return outputs_; }

 private:
  std::vector<Output> outputs_;
};

}  // namespace descent
