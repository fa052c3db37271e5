#include "descent/plugin/condition.hpp"

#include <fmt/format.h>

#include "descent/autograd/ops.hpp"
#include "descent/base/error.hpp"

namespace descent {

Condition::Condition(const Fields& fields, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    const Field& field = find_field(fields, name);
    if (field.classes > 0 && field.shape.size() != 1)
      throw Error(
          fmt::format("the condition '{}' has {} class indices for each example; it must be one label", name,
                      field.shape.size()));
    sizes_.push_back({field.classes, field.shape.size()});
  }
}

std::int64_t Condition::size() const {
  std::int64_t sum = 0;
  for (const Size& size : sizes_) sum += size.classes > 0 ? size.classes : size.numbers;
  return sum;
}

Shape Condition::joined(const Shape& x) const {
  if (empty()) return x;
  if (x.rank() == 1) return {x[0] + size()};
  if (x.rank() == 3) return {x[0], x[1], x[2] + size()};
  throw Error(fmt::format(
      "a condition goes with features or images, (height, width, channels), not examples of shape {}",
      x.text()));
}

Shape seen_by(const NetworkSpec& network, const Shape& example) {
  return network.flattens() ? Shape{example.size()} : example;
}

Variable Condition::operator()(const Values& y) const {
  DESCENT_ASSERT(y.size() == sizes_.size(), "there is a value for each field of the condition");
  Variable all;
  for (std::size_t i = 0; i < sizes_.size(); ++i) {
    const Variable own = sizes_[i].classes > 0 ? one_hot(y[i].value(), sizes_[i].classes)
                                               : reshape(y[i], {y[i].shape()[0], sizes_[i].numbers});
    all = all.defined() ? concatenate_features(all, own) : own;
  }
  return all;
}

Variable with_condition(const Variable& x, const Variable& y) {
  if (!y.defined()) return x;
  if (x.shape().rank() == 2) return concatenate_features(x, y);
  if (x.shape().rank() != 4)
    throw Error(
        fmt::format("a condition goes with (batch, features) or (batch, height, width, channels), not {}",
                    x.shape().text()));
  const Shape& shape = x.shape();
  const Variable planes = repeat_rows(y, shape[1] * shape[2]);  // (batch·height·width, n)
  return concatenate_last(x, reshape(planes, {shape[0], shape[1], shape[2], y.shape()[1]}));
}

}  // namespace descent
