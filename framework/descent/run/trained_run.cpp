#include "descent/run/trained_run.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "descent/base/text.hpp"
#include "descent/experiment/yaml.hpp"
#include "descent/run/assemble.hpp"
#include "descent/run/checkpoints.hpp"
#include "descent/run/latent_sampler.hpp"
#include "descent/run/resume.hpp"
#include "descent/run/run.hpp"
#include "descent/run/state.hpp"
#include "descent/runlog/checkpoint.hpp"
#include "descent/runlog/earlier_version.hpp"
#include "descent/runlog/experiment_file.hpp"
#include "descent/runlog/run_files.hpp"

namespace descent::run {

namespace fs = std::filesystem;

namespace {

std::vector<std::string> checkpoints_of(const fs::path& run) {
  std::vector<std::string> names;
  std::error_code none;  // a run without the folder has none
  for (const fs::directory_entry& entry : fs::directory_iterator(run / runlog::files::checkpoints, none))
    if (entry.path().extension() == ".h5") names.push_back(entry.path().stem().string());
  std::sort(names.begin(), names.end());
  return names;
}

// `step_500` and `step_00000500` are the same.
std::string full_name(const std::string& which) {
  constexpr std::string_view prefix = "step_";
  const std::string digits = which.starts_with(prefix) ? which.substr(prefix.size()) : "";
  if (digits.empty() || digits.size() > 18 || digits.find_first_not_of("0123456789") != std::string::npos)
    return which;
  return fs::path(checkpoint_name(std::stoll(digits))).stem().string();
}

Value value_of_option(const std::string& option, std::string& key, Diagnostics& diagnostics) {
  const std::size_t equals = option.find('=');
  if (equals == std::string::npos || equals == 0)
    throw Error(fmt::format("'{}' is no option of a metric; write key=value", option));
  key = option.substr(0, equals);
  if (key == "plugin" || key == "name" || key == "every")
    throw Error(
        fmt::format("'{}' cannot be set here: the metric is measured once, and is called as it was "
                    "asked for",
                    key));
  return experiment::parse_yaml_value(option.substr(equals + 1), "command line: " + option, diagnostics);
}

// The entry of `metrics` with this name, or nothing.
std::optional<Value> entry_of(const Value* metrics, const std::string& name) {
  if (metrics == nullptr) return std::nullopt;
  const std::vector<Value> entries =
      metrics->is(Value::Kind::list) ? metrics->items() : std::vector<Value>{*metrics};
  for (const Value& entry : entries)
    for (const char* key : {"name", "plugin"})
      if (const Value* own = entry.find(key); own != nullptr && own->is(Value::Kind::text)) {
        if (own->text() == name) return entry;
        break;  // its name hides its plugin's
      }
  return std::nullopt;
}

Value metric_section(const Value* metrics, const MetricChoice& choice, Diagnostics& diagnostics) {
  Value section = entry_of(metrics, choice.name).value_or(Value());
  if (section.is(Value::Kind::null)) {
    section = Value::map();
    section.set("plugin", Value::of(choice.name).at({"command line: " + choice.name, 0, 0}));
    section.at({"command line: " + choice.name, 0, 0});
  }
  section.erase("every");
  for (const std::string& option : choice.options) {
    std::string key;
    Value value = value_of_option(option, key, diagnostics);
    section.erase(key);
    const SourceLocation location = value.location();
    section.entries().push_back({key, std::move(value), location});
  }
  return section;
}

// The run's experiment without what only concerns training: a metric may need another run, or much time.
experiment::Experiment load(const fs::path& run, Registry& registry,
                            const std::optional<MetricChoice>& metric) {
  runlog::require_loadable(run);
  runlog::read_resolved_experiment(run);  // or why not
  Diagnostics diagnostics;
  Value content = experiment::read_experiment(run / runlog::files::experiment, diagnostics);
  diagnostics.throw_if_any();
  std::optional<Value> section;
  if (metric) section = metric_section(content.find("metrics"), *metric, diagnostics);
  content.erase("metrics");
  if (section) content.set("metrics", Value::list({*section}));
  if (Value* trainer = content.find("trainer")) trainer->erase("stop");
  content.erase("checkpoint");
  return experiment::load_experiment(std::move(content), run / runlog::files::experiment, registry, {},
                                     std::move(diagnostics));
}

class LoadedRun final : public TrainedRun {
 public:
  explicit LoadedRun(const fs::path& directory)
      : run_(directory, checkpoint(directory), registry_with_standard_folders(), {},
             ChangedPlugins::refused_for_good),
        here_(run_.training()) {}
  Model& model() override { return run_.training().model(); }
  const Fields& fields() const override { return run_.training().fields(); }

 private:
  static fs::path checkpoint(const fs::path& directory) {
    fs::path file = directory / runlog::files::checkpoints / runlog::files::final_state;
    if (!fs::exists(file))
      throw Error(fmt::format("{} is no finished run: it has no checkpoints/final.h5", directory.string()));
    return file;
  }
  Registry& registry_with_standard_folders() {
    registry_.add_standard_folders();
    return registry_;
  }

  Registry registry_;
  RestoredRun run_;
  train::Training::EvaluationPoint here_;
};

}  // namespace

fs::path find_checkpoint(const fs::path& run, const std::string& which) {
  const std::string name = full_name(which);
  fs::path own = run / runlog::files::checkpoints / (name + ".h5");
  if (fs::exists(own)) return own;
  if (fs::is_regular_file(which)) return which;
  const std::vector<std::string> names = checkpoints_of(run);
  if (names.empty())
    throw Error(
        fmt::format("'{}' has no checkpoint: a run writes its last state when it ends, and others "
                    "where the experiment says 'checkpoint: {{every: N}}'",
                    run.string()));
  throw Error(fmt::format("'{}' has no checkpoint '{}'; there are: {}", run.string(), which, join(names)));
}

// Of one in the run's own folder: who names another one knows what it is.
static void require_own(const fs::path& run, const fs::path& checkpoint) {
  std::error_code unknown;
  if (!fs::equivalent(checkpoint.parent_path(), run / runlog::files::checkpoints, unknown)) return;
  if (load_record(runlog::CheckpointReader(checkpoint)).experiment_hash != experiment_identity(run))
    throw Error(
        fmt::format("{} was saved by another experiment than experiment.yaml says", checkpoint.string()));
}

// Those of which the checkpoint says what they were.
static std::vector<std::string> changed_since(const fs::path& checkpoint,
                                              const experiment::Experiment& experiment) {
  const PluginHashes then = load_record(runlog::CheckpointReader(checkpoint)).plugin_hashes;
  PluginHashes now = plugin_hashes(experiment);
  std::erase_if(now, [&](const auto& plugin) {
    return std::none_of(then.begin(), then.end(),
                        [&](const auto& known) { return known.first == plugin.first; });
  });
  return changed_plugins(then, now);
}

// Before the plugins are used: another binary may have other options, or a state of another shape.
static experiment::Experiment load_unchanged(const fs::path& run, const fs::path& checkpoint,
                                             Registry& registry, const std::optional<MetricChoice>& metric,
                                             ChangedPlugins accepted) {
  experiment::Experiment experiment = load(run, registry, metric);
  require_own(run, checkpoint);
  if (accepted == ChangedPlugins::accepted) return experiment;
  const std::vector<std::string> changed = changed_since(checkpoint, experiment);
  if (changed.empty()) return experiment;
  const std::string instead = accepted == ChangedPlugins::refused
                                  ? "look at it with the new ones: --accept-changed-plugins"
                                  : fmt::format(
                                        "train the run again, or, of a network alone, read arrays that "
                                        "'descent export {} --npz --state final "
                                        "--accept-changed-plugins -o FILE.npz' writes",
                                        run.string());
  throw Error(fmt::format("{} was saved with other plugins: {}; build those again, or {}",
                          checkpoint.string(), join(changed), instead));
}

RestoredRun::RestoredRun(const fs::path& run, const fs::path& checkpoint, Registry& registry,
                         const std::optional<MetricChoice>& metric, ChangedPlugins changed_plugins)
    : training_(assemble(load_unchanged(run, checkpoint, registry, metric, changed_plugins))) {
  register_sampler(*training_, runlog::CheckpointReader(checkpoint));
  load_state(*training_, checkpoint);
  use_sampler(*training_);
}

std::shared_ptr<TrainedRun> load_trained_run(const fs::path& directory) {
  return std::make_shared<LoadedRun>(directory);
}

}  // namespace descent::run
