#pragma once

#include <memory>
#include <string>
#include <vector>

#include "descent/chain/arena.hpp"
#include "descent/conformance/suite.hpp"
#include "descent/plugin/model.hpp"

namespace descent::conformance {

/// Fields that a model is built on.
struct FieldSet {
  std::string name;
  Fields fields;
};
/// Images with labels, points, features with values to predict, all that the suite's examples have, and no data at
/// all. Where the plugin builds on none of these, the fields of the registry's data sets.
std::vector<FieldSet> field_sets(const Subject& subject);

/// A model that is built and has its first values, without a training around it.
struct BuiltModel {
  BuiltModel(const LoadedPlugin& plugin, const Value& section, const Fields& model_fields,
             std::uint64_t seed);
  std::vector<double> values() const;
  /// What the model computes from the batch, in a pass of its own that draws the same numbers each time.
  std::vector<NamedOutputs::Output> outputs(const Batch& batch, Mode mode,
                                            BufferUpdates updates = BufferUpdates::none) const;

  Fields fields;
  std::shared_ptr<Model> model;
  Registrar registrar;
  std::unique_ptr<chain::Arena> arena;
};

/// The model on the first field set that it accepts; throws Error with what each was refused with when there
/// is none.
std::unique_ptr<BuiltModel> build_model(const Subject& subject, const Value& section, std::uint64_t seed = 1);

}  // namespace descent::conformance
