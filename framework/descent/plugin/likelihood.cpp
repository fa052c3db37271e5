#include "descent/plugin/likelihood.hpp"

#include <fmt/format.h>

#include <array>
#include <cmath>

#include "descent/base/error.hpp"

namespace descent {

Likelihood Likelihood::parse(const Value& value, Diagnostics& diagnostics) {
  Likelihood result;
  const auto refuse = [&](const Value& wrong) {
    diagnostics.add(wrong.location(),
                    fmt::format("a likelihood is bernoulli, categorical, squared_error, {{gaussian: 1.0}}, "
                                "or gaussian with shared, "
                                "per_element or decoded instead of the number, but this is {}",
                                wrong.description()));
    return result;
  };
  if (value.is(Value::Kind::text)) {
    if (value.text() == "bernoulli") return result;
    for (const auto& [word, kind] : {std::pair{"categorical", Kind::categorical},
                                     {"gaussian", Kind::gaussian},
                                     {"squared_error", Kind::squared_error}}) {
      result.kind_ = kind;
      if (value.text() == word) return result;
    }
    return refuse(value);
  }
  if (!value.is(Value::Kind::map) || value.entries().size() != 1 || value.entries()[0].key != "gaussian")
    return refuse(value);
  const Value& stddev = value.entries()[0].value;
  result.kind_ = Kind::gaussian;
  if (stddev.is_number()) {
    result.stddev_ = stddev.number();
    if (!(result.stddev_ > 0 && std::isfinite(result.stddev_)))
      diagnostics.add(
          {stddev.location(),
           fmt::format("the standard deviation of a Gaussian likelihood is a number above 0, but this is {}",
                       stddev.description()),
           codes::out_of_range});
    return result;
  }
  if (!stddev.is(Value::Kind::text)) return refuse(stddev);
  if (stddev.text() == "shared")
    result.kind_of_stddev_ = Stddev::shared;
  else if (stddev.text() == "per_element")
    result.kind_of_stddev_ = Stddev::per_element;
  else if (stddev.text() == "decoded")
    result.kind_of_stddev_ = Stddev::decoded;
  else
    return refuse(stddev);
  return result;
}

namespace {

Shape with_last_doubled(const Shape& shape) {
  if (shape.rank() == 0) return {2};
  std::array<std::int64_t, Shape::max_rank> extents{};
  for (std::size_t d = 0; d < shape.rank(); ++d) extents[d] = shape[d];
  extents[shape.rank() - 1] *= 2;
  return Shape(std::span<const std::int64_t>(extents.data(), shape.rank()));
}

Shape with_classes(const Shape& shape, std::int64_t classes) {
  std::array<std::int64_t, Shape::max_rank> extents{};
  if (shape.rank() == Shape::max_rank)
    throw Error("a categorical likelihood is of fields of five dimensions or fewer");
  for (std::size_t d = 0; d < shape.rank(); ++d) extents[d] = shape[d];
  extents[shape.rank()] = classes;
  return Shape(std::span<const std::int64_t>(extents.data(), shape.rank() + 1));
}

}  // namespace

void Likelihood::build(const Field& field, std::string_view group, Registrar& registrar) {
  field_ = parameters_ = field.shape;
  if (field.shape.rank() == 0) parameters_ = {1};
  const bool is_classes = field.classes > 0, knows_range = field.low < field.high;
  if (kind_ == Kind::categorical) {
    if (!is_classes)
      throw Error(
          fmt::format("a categorical likelihood is of class indices, which '{}' does not hold; use "
                      "likelihood: bernoulli or gaussian",
                      field.name));
    parameters_ = with_classes(field.shape, field.classes);
    return;
  }
  if (kind_ == Kind::bernoulli) {
    if (is_classes)
      throw Error(
          fmt::format("a Bernoulli likelihood is of numbers from 0 to 1, but '{}' holds class indices; use "
                      "likelihood: categorical",
                      field.name));
    if (knows_range && (field.low < 0 || field.high > 1))
      throw Error(fmt::format(
          "a Bernoulli likelihood is of numbers from 0 to 1, but those of '{}' lie from {} to {}; "
          "use 'transforms: [scale]' in 'dataset', which maps them to [0, 1], or likelihood: gaussian",
          field.name, field.low, field.high));
    checked_ = knows_range ? "" : field.name;
    return;
  }
  const auto learned = [&](const Shape& shape) {
    log_stddev_ = &registrar.parameter(group, "likelihood.log_stddev", shape, initialize::constant(0));
  };
  if (kind_of_stddev_ == Stddev::shared) learned({});
  if (kind_of_stddev_ == Stddev::per_element) learned(field.shape);
  if (kind_of_stddev_ == Stddev::decoded) parameters_ = with_last_doubled(field.shape);
}

DistributionPtr Likelihood::operator()(const Variable& given) const {
  const std::int64_t rows = given.shape()[0];
  if (kind_ == Kind::categorical)
    return make_distribution<Categorical>(reshape(given, parameters_.batch(rows)));
  const bool is_decoded = kind_ == Kind::gaussian && kind_of_stddev_ == Stddev::decoded;
  const Variable parameters = reshape(given, (is_decoded ? parameters_ : field_).batch(rows));
  if (kind_ == Kind::bernoulli) return make_distribution<Bernoulli>(parameters, checked_);
  if (kind_ == Kind::squared_error) return Normal::squared_error(parameters);
  if (kind_of_stddev_ == Stddev::fixed) return make_distribution<Normal>(parameters, stddev_);
  if (kind_of_stddev_ != Stddev::decoded)
    return make_distribution<Normal>(parameters, 2 * log_stddev_->variable);
  const std::int64_t last = parameters.shape()[parameters.shape().rank() - 1];
  const Shape shape = field_.batch(rows);
  return make_distribution<Normal>(reshape(slice_last(parameters, 0, last / 2), shape),
                                   reshape(slice_last(parameters, last / 2, last), shape));
}

}  // namespace descent
