#include "descent/plugin/optimizer.hpp"

#include <stdexcept>

namespace descent {

Optimizer::~Optimizer() = default;
void Optimizer::check() const {}
Slots Optimizer::slots(const Parameter&) const {
  return {};
}
ScalarStates Optimizer::scalars() const {
  return {};
}
Verdict Optimizer::begin(const Step&, Scalars) const {
  return Verdict::proceed;
}
void Optimizer::settle(const Step&, SettledBlock) const {}
void Optimizer::probe(const Step&, Block) const {}
void Optimizer::evaluation_point(const Step&, Block block, ArrayView out) const {
  out = block.value();
}
bool Optimizer::accepts(const Parameter&) const {
  return true;
}
Granularity Optimizer::granularity() const {
  return Granularity::element;
}
Needs Optimizer::needs() const {
  return {};
}

BlockArray Block::normal(std::uint32_t draw) const {
  if (memory_.size > block_scalars)
    throw std::logic_error("normal() is for rules on elements; this one asked for whole tensors");
  BlockArray numbers(memory_.size);
  RandomStream stream(memory_.noise_key, memory_.step, memory_.evaluation, draw);
  stream.normal(numbers.data(), memory_.size, memory_.offset);
  return numbers;
}

Tensor Block::workspace(std::size_t index, const Shape& shape) const {
  if (index >= memory_.workspaces.size())
    throw std::logic_error(memory_.workspaces.empty()
                               ? "workspace() is for rules on whole tensors; granularity() says element"
                               : "workspace() was asked for more arrays than the host keeps");
  Tensor& tensor = memory_.workspaces[index];
  if (!tensor.defined() || !(tensor.shape() == shape)) tensor = Tensor::empty(shape);
  return tensor;
}

}  // namespace descent
