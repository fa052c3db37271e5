#include "descent/plugin/loss.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <stdexcept>
#include <utility>

#include "descent/base/text.hpp"

namespace descent {

Substitution::Substitution(Context& context, std::string_view group, std::span<Parameter* const> parameters,
                           std::span<const Variable> variables)
    : context_(&context), parameters_(parameters) {
  if (parameters.size() != variables.size())
    throw Error(fmt::format("substitute('{}'): the group has {} parameters, not {}", group, parameters.size(),
                            variables.size()));
  for (std::size_t i = 0; i < parameters.size(); ++i)
    if (!(variables[i].shape() == parameters[i]->shape))
      throw Error(
          fmt::format("substitute('{}'): parameter '{}' has the shape {}, but the variable for it has {}",
                      group, parameters[i]->name, parameters[i]->shape.text(), variables[i].shape().text()));
  before_.reserve(parameters.size());
  for (std::size_t i = 0; i < parameters.size(); ++i)
    before_.push_back(std::exchange(parameters[i]->variable, variables[i]));
  context_->begin_substitution();
}

Substitution::Substitution(Substitution&& other) noexcept
    : context_(std::exchange(other.context_, nullptr)),
      parameters_(other.parameters_),
      before_(std::move(other.before_)) {}

Substitution::~Substitution() {
  if (context_ == nullptr) return;
  for (std::size_t i = 0; i < parameters_.size(); ++i) parameters_[i]->variable = std::move(before_[i]);
  context_->end_substitution();
}

Context::Context(Mode mode, std::uint64_t seed, std::int64_t step, std::int64_t evaluation,
                 BufferUpdates updates)
    : Pass(mode, seed, step, evaluation, updates), records_(NoGrad::recording()) {}
Context::~Context() = default;

const Context::Shared* Context::find(std::string_view key, std::type_index type) const {
  for (const Shared& shared : shared_) {
    if (shared.substitutions != substitutions_ || std::string_view(shared.key) != key) continue;
    if (shared.type != type)
      throw std::logic_error(fmt::format("'{}' is shared by two items that mean different types by it", key));
    return &shared;
  }
  return nullptr;
}

void Context::end_substitution() {
  while (!shared_.empty() && shared_.back().substitutions == substitutions_) shared_.pop_back();
  --substitutions_;
}

Loss::~Loss() = default;
void Loss::check(const Model&, const Registrar&) const {}
std::vector<std::string> Loss::warnings(const Model&) const {
  return {};
}
std::optional<double> Loss::decision_threshold() const {
  return std::nullopt;
}
void Loss::build(const Model&, const Fields&, Registrar&) {}
std::vector<Player> Loss::players(const Model&, const std::vector<std::string>&) const {
  return {};
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

}  // namespace descent
