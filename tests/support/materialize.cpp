#include "support/materialize.hpp"

namespace descent::testing {

void materialize(const Registrar& registrar, std::uint64_t seed) {
  for (const auto& parameter : registrar.parameters()) {
    parameter->value = Tensor::empty(parameter->shape);
    RandomStream random(stream_key(seed, parameter->name));
    parameter->initialize(random);
    parameter->variable = Variable::leaf(parameter->value);
  }
  for (const auto& buffer : registrar.buffers()) {
    RandomStream random(stream_key(seed, buffer->name()));
    buffer->initialize(random);
  }
}

std::vector<Variable> variables(const Registrar& registrar) {
  std::vector<Variable> result;
  for (const auto& parameter : registrar.parameters()) result.push_back(parameter->variable);
  return result;
}

}  // namespace descent::testing
