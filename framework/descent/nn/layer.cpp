#include "descent/nn/layer.hpp"

#include <fmt/format.h>

#include "descent/base/error.hpp"

namespace descent {

Layer::~Layer() = default;
LayerSource::~LayerSource() = default;

std::optional<ElementwiseActivation> Layer::activation() const {
  return std::nullopt;
}
bool Layer::absorb(const ElementwiseActivation&) {
  return false;
}
bool Layer::flattens() const {
  return false;
}
bool Layer::mixes_examples() const {
  return false;
}

Scope::Scope(Registrar& registrar, std::string_view group, std::string prefix, initialize::LayerStart start,
             const Shape& wanted)
    : registrar_(registrar),
      group_(group),
      prefix_(std::move(prefix)),
      start_(std::move(start)),
      wanted_(wanted) {}

Parameter& Scope::parameter(std::string_view name, const Shape& shape, Fan fan) {
  return parameter(name, shape, fan, shape.rank() > 1 ? start_.weights : start_.biases);
}

Parameter& Scope::parameter(std::string_view name, const Shape& shape, Fan fan, Initializer initializer) {
  return registrar_.parameter(group_, prefix_ + std::string(name), shape, std::move(initializer), fan);
}

Buffer& Scope::average(std::string_view name, Tensor start) {
  return registrar_.average(group_, prefix_ + std::string(name), std::move(start));
}

Buffer& Scope::state(std::string_view name, Tensor start) {
  return registrar_.state(group_, prefix_ + std::string(name), std::move(start));
}

Buffer& Scope::state(std::string_view name, const Shape& shape, Initializer initializer) {
  return registrar_.state(group_, prefix_ + std::string(name), shape, std::move(initializer));
}

Scope Scope::child(std::string_view name) const {
  return Scope(registrar_, group_, fmt::format("{}{}.", prefix_, name), start_, wanted_);
}

Scope Scope::numbered(std::size_t number, const initialize::LayerStart& start) const {
  return Scope(registrar_, group_, fmt::format("{}{}.", prefix_, number), start, wanted_);
}

std::size_t Scope::registered() const {
  return registrar_.parameters().size() + registrar_.buffers().size();
}

void Scope::require_wanted() const {
  if (wanted_.rank() == 0)
    throw Error(fmt::format(
        "nothing asks network '{}' for a size that 'output' could stand for; write a number", group_));
}

std::int64_t Scope::outputs(const Size& size) const {
  if (!size.is_output) return size.number;
  require_wanted();
  return wanted_.size();
}

std::int64_t Scope::channels(const Size& size) const {
  if (!size.is_output) return size.number;
  require_wanted();
  return wanted_[wanted_.rank() - 1];
}

}  // namespace descent
