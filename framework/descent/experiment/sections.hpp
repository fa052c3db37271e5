#pragma once

#include <string>
#include <vector>

#include "descent/config/diagnostics.hpp"
#include "descent/experiment/experiment.hpp"
#include "descent/experiment/section.hpp"

/// The sections of an experiment, one function each. A section that is absent is a null pointer; what is
/// wrong with one is added to the problems.
namespace descent::experiment {

DESCENT_API PrecisionSpec read_precision(const Value* section, Diagnostics& diagnostics);
DESCENT_API TrainerSpec read_trainer(const Value* section, Diagnostics& diagnostics);
DESCENT_API LogSpec read_log(const Value* section, Diagnostics& diagnostics);
DESCENT_API CheckpointSpec read_checkpoint(const Value* section, Diagnostics& diagnostics);

/// What the sections that name plugins share.
struct PluginContext {
  Registry& registry;
  Diagnostics& diagnostics;
};
/// One plugin with its options read, checked and completed. Nothing, and a problem, when there is none.
DESCENT_API std::optional<PluginUse> read_plugin(PluginKind kind, const Value& entry,
                                                 const std::string& title, PluginContext& context);
/// The data set, with its transforms checked and completed.
DESCENT_API std::optional<PluginUse> read_dataset(const Value& entry, PluginContext& context);
DESCENT_API std::vector<LossItem> read_losses(const Value& section, PluginContext& context);
DESCENT_API std::vector<ChainSpec> read_optimizer(const Value& section, PluginContext& context);
DESCENT_API std::vector<MetricItem> read_metrics(const Value* section, PluginContext& context);

/// Whether `name` may stand in the names of folders and log groups: letters, digits, `_`, `-` and `.`, and
/// no dot first.
DESCENT_API bool is_plain_name(const std::string& name);

/// The experiment with every default filled in and every path absolute.
DESCENT_API Value resolved_experiment(const Experiment& experiment);

/// What stands before the `=` of an override; all of it when there is none. Throws Error for an open quote.
DESCENT_API std::string override_key(const std::string& assignment);
/// The name of the run directory's level for these overrides; see Experiment::overrides.
DESCENT_API std::string overrides_name(const std::vector<std::string>& overrides);

}  // namespace descent::experiment
