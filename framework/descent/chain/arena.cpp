#include "descent/chain/arena.hpp"

#include "descent/base/scalar.hpp"

namespace descent::chain {

Arena::Arena(std::vector<Parameter*> parameters) : parameters_(std::move(parameters)) {
  std::int64_t size = 0;
  for (const Parameter* parameter : parameters_) {
    offsets_.push_back(size);
    size += padded(parameter->shape.size());
  }
  values_ = Tensor::zeros({size});
  gradients_ = Tensor::zeros({size});
  for (std::size_t i = 0; i < parameters_.size(); ++i) {
    Parameter& parameter = *parameters_[i];
    parameter.value = values_.part(offsets_[i], parameter.shape);
    parameter.variable = Variable::leaf(parameter.value);
    gradient_views_.push_back(gradients_.part(offsets_[i], parameter.shape));
    variables_.push_back(parameter.variable);
  }
}

std::int64_t Arena::count() const {
  std::int64_t count = 0;
  for (const Parameter* parameter : parameters_) count += parameter->shape.size();
  return count;
}

}  // namespace descent::chain
