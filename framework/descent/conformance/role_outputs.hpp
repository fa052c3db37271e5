#pragma once

#include <string>
#include <vector>

#include "descent/plugin/model.hpp"

namespace descent::conformance {

/// What one function of a role gave, and the shape that its contract promises.
struct RoleOutput {
  std::string name;  ///< `generate`
  Variable value;
  Shape promised;
  /// It promises (batch, outputs), for any number of outputs.
  bool any_row = false;
};

/// Calls every function of every role that the model plays, on a batch.
std::vector<RoleOutput> role_outputs(Model& model, const Batch& batch, Pass& pass);
/// `LatentVariableModel, AdversarialModel`; empty: it plays none of the SDK's roles.
std::string role_names(const Model& model);

/// A batch of so many examples of any fields: uniform in a field's range, normal where it has none, class
/// indices in turn. The same for the same name.
Batch made_up_batch(const Fields& fields, std::int64_t size, const std::string& name);

}  // namespace descent::conformance
