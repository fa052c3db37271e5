#include "descent/nn/hierarchy.hpp"

namespace descent {

Hierarchy::Hierarchy(First order, std::int64_t front, DistributionPtr first, Conditional conditional,
                     std::span<Parameter* const> parameters)
    : order_(order),
      front_(front),
      first_(std::move(first)),
      conditional_(std::move(conditional)),
      parameters_(parameters) {}

// Gradients still flow into `first` where the parameters are detached.
DistributionPtr Hierarchy::given(const Variable& first, Pass& pass) const {
  if (!detached_) return conditional_(first, pass);
  const DetachedParameters constant(parameters_);
  return conditional_(first, pass);
}

Variable Hierarchy::joined(const Variable& first, const Variable& second) const {
  return order_ == First::front ? concatenate_last(first, second) : concatenate_last(second, first);
}

Variable Hierarchy::log_prob(const Variable& z, Pass& pass, Per per) const {
  if (per == Per::element) return {};
  const Variable front = slice_last(z, 0, front_), back = slice_last(z, front_, z.shape()[1]);
  const Variable& first = order_ == First::front ? front : back;
  const Variable& second = order_ == First::front ? back : front;
  return first_->log_prob(first, pass) + given(first, pass)->log_prob(second, pass);
}

Variable Hierarchy::sample(Pass& pass, std::string_view stream) const {
  const Variable first = first_->sample(pass, stream);
  return joined(first, given(first, pass)->sample(pass, stream));
}

Draw Hierarchy::draw(Pass& pass, std::string_view stream) const {
  const Draw first = first_->draw(pass, stream);
  const Draw second = given(first.value, pass)->draw(pass, stream);
  return {joined(first.value, second.value), first.log_prob + second.log_prob};
}

Variable Hierarchy::mean(Pass&) const {
  return {};
}

DistributionPtr Hierarchy::repeat(std::int64_t count) const {
  auto result = std::allocate_shared<Hierarchy>(PoolAllocator<Hierarchy>(), *this);
  result->first_ = first_->repeat(count);
  return result;
}

DistributionPtr Hierarchy::detached() const {
  auto result = std::allocate_shared<Hierarchy>(PoolAllocator<Hierarchy>(), *this);
  result->first_ = first_->detached();
  result->detached_ = true;
  return result;
}

}  // namespace descent
