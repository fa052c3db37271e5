#pragma once

#include <descent/plugin/optimizer.hpp>

namespace {
/// A rule that leaves the update as it is.
class PlainRule final : public descent::Optimizer {
 public:
  void apply(const descent::Step&, descent::Block) const override {}
};
}  // namespace
