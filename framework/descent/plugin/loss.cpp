#include "descent/plugin/loss.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>

#include "descent/base/text.hpp"

namespace descent {

Context::~Context() = default;

Loss::~Loss() = default;
void Loss::check(const Model&) const {}
void Loss::build(const Fields&, Registrar&) {}
std::vector<Player> Loss::players(const Model&, const std::vector<std::string>&) const {
  return {};
}

Variable Loss::likelihood_mean(const Variable& parameters) const {
  return parameters;
}

void Terms::set(std::string_view name, const Variable& value, double weight) {
  const auto slot =
      std::find_if(slots_.begin(), slots_.end(), [&](const Slot& s) { return s.spec->name == name; });
  if (slot == slots_.end()) {
    std::vector<std::string> names;
    for (const Slot& s : slots_) names.push_back(s.spec->name);
    throw std::logic_error(
        fmt::format("sets the term '{}', which it does not declare{}", name, suggestion(name, names)));
  }
  if (!value.defined()) throw std::logic_error(fmt::format("sets the term '{}' to nothing", name));
  if (slot->value.defined())
    throw std::logic_error(fmt::format("sets the term '{}' twice in one evaluation", name));
  slot->value = value;
  slot->weight = weight;
}

std::vector<Player> single_player(const std::string& name, const std::vector<std::string>& groups) {
  return {{name, groups}};
}

Variable condition(const Batch& batch, const std::string& field) {
  return field.empty() ? Variable() : batch[field];
}

}  // namespace descent
