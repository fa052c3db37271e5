#pragma once

#include <functional>

#include "descent/nn/distributions.hpp"
#include "descent/nn/parameter.hpp"

namespace descent {

/// Two layers of a latent variable side by side in one, z = (front, back): one of them has a distribution of its own, and
/// the other one a distribution given the first: q(z₁ | x)·q(z₂ | z₁), or p(z₂)·p(z₁ | z₂).
class DESCENT_API Hierarchy final : public Distribution {
 public:
  /// The part of z that is drawn first.
  enum class First { front, back };
  /// The first part (rows, n) -> the distribution of the other one. Copied with the hierarchy; one that captures a pointer
  /// or two takes nothing from the heap.
  using Conditional = std::function<DistributionPtr(const Variable& given, Pass& pass)>;
  /// `front`: how many numbers of z (rows, n + m) are the front part's. `parameters`: those of the conditional, which
  /// outlive this.
  Hierarchy(First order, std::int64_t front, DistributionPtr first, Conditional conditional,
            std::span<Parameter* const> parameters);

  const char* name() const override { return "hierarchy"; }
  /// Per element: undefined.
  Variable log_prob(const Variable& z, Pass& pass, Per per = Per::row) const override;
  Variable sample(Pass& pass, std::string_view stream) const override;
  /// Both layers' samples and densities from one pass.
  Draw draw(Pass& pass, std::string_view stream) const override;
  bool reparameterized() const override { return first_->reparameterized(); }
  /// Undefined: that of the second layer has no closed form.
  Variable mean(Pass& pass) const override;
  DistributionPtr repeat(std::int64_t count) const override;
  DistributionPtr detached() const override;

 private:
  Variable joined(const Variable& first, const Variable& second) const;
  DistributionPtr given(const Variable& first, Pass& pass) const;

  First order_;
  std::int64_t front_;
  DistributionPtr first_;
  Conditional conditional_;
  std::span<Parameter* const> parameters_;
  bool detached_ = false;
};

}  // namespace descent
