#include "descent/nn/parameter.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <utility>

#include "descent/base/error.hpp"
#include "descent/kernels/arithmetic.hpp"

namespace descent {

std::optional<Shape> Parameter::as_matrix() const {
  if (shape.rank() < 2) return std::nullopt;
  const std::int64_t outputs = shape[shape.rank() - 1];
  return Shape{shape.size() / outputs, outputs};
}

DetachedParameters::DetachedParameters(std::span<Parameter* const> parameters) : parameters_(parameters) {
  before_.reserve(parameters.size());
  for (Parameter* parameter : parameters_)
    before_.push_back(std::exchange(parameter->variable, parameter->variable.detach()));
}

DetachedParameters::~DetachedParameters() {
  for (std::size_t i = 0; i < parameters_.size(); ++i) parameters_[i]->variable = std::move(before_[i]);
}

Buffer::Buffer(std::string name, Tensor start, BufferKind kind, Initializer initializer)
    : name_(std::move(name)), kind_(kind), initializer_(std::move(initializer)), value_(std::move(start)) {
  DESCENT_ASSERT(value_.defined(), "a buffer needs its first value");
}

void Buffer::stage(const Tensor& next, const Pass& pass) {
  if (!(next.shape() == value_.shape()))
    throw Error(fmt::format("buffer '{}' has the shape {}, but the value staged for it has {}", name_,
                            value_.shape().text(), next.shape().text()));
  if (!pass.stages_buffers()) return;
  if (!next_.defined()) next_ = Tensor::empty(value_.shape());
  next_.copy_from(next);
  staged_ = true;
}

void Buffer::average(const Tensor& measured, double momentum, const Pass& pass) {
  const bool reestimates = pass.buffer_updates() == BufferUpdates::reestimated;
  if (reestimates && ++measured_ == 1) return stage(measured, pass);
  const double weight = reestimates ? 1.0 / static_cast<double>(measured_) : momentum;
  Tensor next = Tensor::empty(value_.shape());
  kernels::weighted_sum(1 - weight, latest(), weight, measured, next);
  stage(next, pass);
}

void Buffer::initialize(RandomStream& random) {
  if (initializer_) initializer_(value_, {}, random);
}

void Buffer::commit() {
  if (staged_) value_.copy_from(next_);
  staged_ = false;
}

void Buffer::assign(const Tensor& value) {
  if (!(value.shape() == value_.shape()))
    throw Error(fmt::format("buffer '{}' has the shape {}, but the value assigned to it has {}", name_,
                            value_.shape().text(), value.shape().text()));
  value_.copy_from(value);
  staged_ = false;
}

Registrar::Registrar() = default;
Registrar::~Registrar() = default;

static std::string full_name(std::string_view group, std::string_view name, const Registrar& registrar) {
  if (group.empty() || name.empty())
    throw Error(fmt::format("'{}.{}': parameters and buffers need a group and a name", group, name));
  // A name's group is what comes before its first dot.
  const auto is_plain = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-';
  };
  if (!std::all_of(group.begin(), group.end(), is_plain))
    throw Error(fmt::format(
        "a group of parameters is called '{}'; such names are of letters, digits, '_' and '-'", group));
  // `optimizer: {plugin: …}` would otherwise be one chain and a group's chain at once.
  if (group == "plugin") throw Error("no group of parameters may be called 'plugin'");
  std::string result = fmt::format("{}.{}", group, name);
  const auto is_taken = [&](const auto& entry) {
    if constexpr (requires { entry->name(); }) {
      return entry->name() == result;
    } else {
      return entry->name == result;
    }
  };
  if (std::any_of(registrar.parameters().begin(), registrar.parameters().end(), is_taken) ||
      std::any_of(registrar.buffers().begin(), registrar.buffers().end(), is_taken))
    throw Error(
        fmt::format("'{}' is registered twice; each parameter and buffer needs a name of its own", result));
  return result;
}

Parameter& Registrar::parameter(std::string_view group, std::string_view name, const Shape& shape,
                                Initializer initializer, Fan fan) {
  std::string unique = full_name(group, name, *this);
  if (shape.size() == 0)
    throw Error(fmt::format("parameter '{}' has the shape {}, which holds no number", unique, shape.text()));
  if (!initializer) throw Error(fmt::format("parameter '{}' has no initializer", unique));
  auto parameter = std::make_unique<Parameter>();
  parameter->name = std::move(unique);
  parameter->group = group;
  parameter->shape = shape;
  parameter->fan = fan;
  parameter->initializer = std::move(initializer);
  return *parameters_.emplace_back(std::move(parameter));
}

Buffer& Registrar::average(std::string_view group, std::string_view name, Tensor start) {
  return buffer(group, name, std::move(start), BufferKind::average);
}

Buffer& Registrar::state(std::string_view group, std::string_view name, Tensor start) {
  return buffer(group, name, std::move(start), BufferKind::state);
}

Buffer& Registrar::state(std::string_view group, std::string_view name, const Shape& shape,
                         Initializer initializer) {
  return buffer(group, name, Tensor::zeros(shape), BufferKind::state, std::move(initializer));
}

Buffer& Registrar::buffer(std::string_view group, std::string_view name, Tensor start, BufferKind kind,
                          Initializer initializer) {
  return *buffers_.emplace_back(std::make_unique<Buffer>(full_name(group, name, *this), std::move(start),
                                                         kind, std::move(initializer)));
}

std::vector<Parameter*> Registrar::parameters_of(std::string_view group) const {
  std::vector<Parameter*> result;
  for (const auto& parameter : parameters_)
    if (parameter->group == group) result.push_back(parameter.get());
  return result;
}

std::vector<std::string> Registrar::groups() const {
  std::vector<std::string> result;
  for (const auto& parameter : parameters_)
    if (std::find(result.begin(), result.end(), parameter->group) == result.end())
      result.push_back(parameter->group);
  return result;
}

}  // namespace descent
