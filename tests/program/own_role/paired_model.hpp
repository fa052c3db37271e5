#pragma once

#include <descent/plugin/model.hpp>

namespace own {
inline namespace v1 {

/// Makes two fields together from one latent point, for a condition and with a prior that is learned.
class PairedModel : public virtual descent::Generative {
 public:
  static constexpr const char* role_name = "PairedModel";
  /// p(z | y) over (rows, latent).
  virtual descent::DistributionPtr prior(std::int64_t rows, const descent::Values& y,
                                         descent::Pass& pass) = 0;
  /// q(z | x, y): z of both fields.
  virtual descent::DistributionPtr infer(const descent::Values& x, const descent::Values& y,
                                         descent::Pass& pass) = 0;
  /// p(x | z, y), one part for each field.
  virtual descent::DistributionPtr pair(const descent::Variable& z, const descent::Values& y,
                                        descent::Pass& pass) = 0;
};

}  // namespace v1
}  // namespace own
