#include "descent/conformance/built_model.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "descent/conformance/made_up_batch.hpp"
#include "descent/conformance/registry_data.hpp"

namespace descent::conformance {

static std::vector<FieldSet> own_field_sets() {
  return {
      {"images with labels",
       {{.name = "image", .shape = {4, 4, 1}, .low = 0, .high = 1, .image = true},
        {.name = "label", .classes = 3}}},
      {"points", {{.name = "point", .shape = {2}}}},
      {"features with values", {{.name = "x", .shape = {5}}, {.name = "y", .shape = {2}}}},
      {"images with labels, values and points",
       {{.name = "image", .shape = {4, 4, 1}, .low = 0, .high = 1, .image = true},
        {.name = "label", .classes = 3},
        {.name = "target", .shape = {2}},
        {.name = "point", .shape = {2}}}},
      {"no data", {}},
  };
}

std::vector<FieldSet> field_sets(const Subject& subject) {
  std::vector<FieldSet> sets = own_field_sets();
  const auto builds = [&](const FieldSet& set) {
    try {
      const BuiltModel model(*subject.plugin, subject.options, set.fields, 1);
      return true;
    } catch (const Error&) {
      return false;
    }
  };
  if (std::any_of(sets.begin(), sets.end(), builds)) return sets;
  for (RegistryData& data : registry_data(*subject.registry))
    sets.push_back({"the fields of " + data.plugin->title(), std::move(data.fields)});
  return sets;
}

BuiltModel::BuiltModel(const LoadedPlugin& plugin, const Value& section, const Fields& model_fields,
                       std::uint64_t seed)
    : fields(model_fields) {
  Diagnostics problems;
  model = plugin.create<Model>(section, problems);
  problems.throw_if_any();
  model->build(fields, registrar);
  std::vector<Parameter*> parameters;
  for (const auto& parameter : registrar.parameters()) parameters.push_back(parameter.get());
  arena = std::make_unique<chain::Arena>(parameters);
  for (Parameter* parameter : parameters) {
    // As in a run, whose stream has this name.
    RandomStream random(stream_key(seed, "initialise/" + parameter->name));
    parameter->initialize(random);
  }
  for (const auto& buffer : registrar.buffers()) {
    RandomStream random(stream_key(seed, "initialise/" + buffer->name()));
    buffer->initialize(random);
  }
  const Batch first = fields.empty() ? Batch() : made_up_batch(fields, 32, "first batch");
  Pass pass(Mode::training, seed, 0, 0, BufferUpdates::none);
  model->initialize(first, pass);
  arena->values().mark_written();
}

std::vector<NamedOutputs::Output> BuiltModel::outputs(const Batch& batch, Mode mode,
                                                      BufferUpdates updates) const {
  Pass pass(mode, 1, 1, 0, updates);
  NamedOutputs outputs;
  model->outputs(batch, pass, outputs);
  return outputs.all();
}

std::vector<double> BuiltModel::values() const {
  std::vector<double> all;
  for (const auto& parameter : registrar.parameters()) {
    const std::vector<double> numbers = parameter->value.to_doubles();
    all.insert(all.end(), numbers.begin(), numbers.end());
  }
  return all;
}

std::unique_ptr<BuiltModel> build_model(const Subject& subject, const Value& section, std::uint64_t seed) {
  std::string refusals;
  for (const FieldSet& set : field_sets(subject)) {
    try {
      return std::make_unique<BuiltModel>(*subject.plugin, section, set.fields, seed);
    } catch (const Error& error) {
      refusals += fmt::format("{}{}: {}", refusals.empty() ? "" : "; ", set.name, error.what());
    }
  }
  throw Error("it builds on none of the suite's fields: " + refusals);
}

}  // namespace descent::conformance
