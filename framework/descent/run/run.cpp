#include "descent/run/run.hpp"

#include <fmt/format.h>

#include "descent/base/text.hpp"
#include "descent/experiment/yaml.hpp"
#include "descent/run/assemble.hpp"
#include "descent/run/resume.hpp"
#include "descent/run/run_directory.hpp"
#include "descent/run/runner.hpp"
#include "descent/runlog/directory_lock.hpp"
#include "descent/runlog/earlier_version.hpp"
#include "descent/runlog/experiment_file.hpp"
#include "descent/runlog/run_files.hpp"

namespace descent::run {

namespace fs = std::filesystem;

std::string check_experiment(experiment::Experiment experiment, std::vector<std::string>* warnings) {
  const std::unique_ptr<train::Training> assembled = assemble(std::move(experiment));
  train::Training& training = *assembled;
  Diagnostics diagnostics;
  const Recorder recorder(training, diagnostics);
  const Watched watched = watched_measures(training.experiment(), training.metrics(), diagnostics);
  training.rehearse(diagnostics);
  diagnostics.throw_if_any();
  recorder.schema().check();
  if (warnings != nullptr) {
    *warnings = training.warnings();
    for (std::string& warning : watched_warnings(training, watched)) warnings->push_back(std::move(warning));
  }
  std::string players;
  for (const train::GamePlayer& player : training.game().players())
    players += fmt::format("{}{} ({})", players.empty() ? "" : ", ", player.name, join(player.groups));
  return fmt::format("{}; players: {}; {}", counted(training.parameter_count(), "parameter"), players,
                     counted(training.total_steps(), "step"));
}

std::string objective_name(const std::vector<experiment::MetricItem>& metrics, const std::string& objective,
                           const SourceLocation& location) {
  const std::vector<train::MetricInstance> declared = train::declared_metrics(metrics);
  const StopTarget target = find_stop_target(objective, location, "objective", declared);
  return declared[target.metric].name + "/" + declared[target.metric].measures[target.measure].name;
}

// A run is not made again because a plugin was built anew; nor is that passed over.
static void note_older_plugins(const experiment::Experiment& experiment, RunResult& finished) {
  PluginHashes then;
  for (const runlog::PluginRow& row : runlog::LogReader(finished.directory / runlog::files::log).plugins())
    then.emplace_back(row.kind + "/" + row.name, row.sha256);
  const std::vector<std::string> changed = changed_plugins(then, plugin_hashes(experiment));
  if (!changed.empty())
    finished.notes.push_back(
        fmt::format("it was trained with other plugins: {}; --fresh trains it again", join(changed)));
}

RunResult run_experiment(experiment::Experiment experiment, const Registry& registry,
                         const RunOptions& options) {
  const fs::path directory =
      options.directory.empty() ? run_directory(experiment, options.root) : options.directory;
  if (options.fresh) {
    // Nothing is moved before the experiment is known to be right.
    Runner runner(std::move(experiment), registry, options, directory);
    std::error_code error;
    if (runlog::is_held(directory))
      throw Error(
          fmt::format("{} is being written by a process, and cannot be moved aside", directory.string()));
    if (fs::exists(directory, error)) move_aside(directory);
    return runner.run();
  }
  if (auto finished = finished_run(directory, experiment::to_yaml(experiment.resolved), experiment.metrics)) {
    note_older_plugins(experiment, *finished);
    return *finished;
  }
  return Runner(std::move(experiment), registry, options, directory).run();
}

static void check_overrides(const std::vector<std::string>& overrides) {
  for (const std::string& assignment : overrides)
    if (!assignment.starts_with("trainer.steps="))
      throw Error(
          fmt::format("'{}' would make it another run; a run that goes on may only get more steps: "
                      "trainer.steps=N",
                      assignment));
}

// How many steps an experiment has is counted where its data are known.
static void check_steps_raised(const experiment::Experiment& before, const experiment::Experiment& after) {
  const experiment::Duration &then = before.trainer.steps, &now = after.trainer.steps;
  if (then.unit == now.unit && now.count < then.count)
    throw Error(fmt::format("the run has {} already; trainer.steps may be raised, not lowered",
                            counted(then.count, now.unit == DurationUnit::epochs ? "epoch" : "step")));
  if (then.unit != now.unit)
    throw Error(
        "the run's steps are counted otherwise: trainer.steps must stay in the same unit, and may be raised");
}

RunResult resume_run(const fs::path& directory, Registry& registry, const ResumeOptions& resume,
                     const RunOptions& options) {
  if (!fs::exists(directory / runlog::files::experiment))
    throw Error(fmt::format("{} is no run: it has no experiment.yaml{}", directory.string(),
                            fs::exists(directory) ? "; a run that was killed before it had one is begun with "
                                                    "descent run"
                                                  : ""));
  runlog::read_resolved_experiment(directory);  // or why not
  runlog::require_loadable(directory);
  check_overrides(resume.overrides);
  runlog::RunDirectoryLock lock(directory);
  experiment::Experiment before =
      experiment::load_experiment(directory / runlog::files::experiment, registry);
  std::optional<experiment::Experiment> changed;
  if (!resume.overrides.empty()) {
    changed =
        experiment::load_experiment(directory / runlog::files::experiment, registry, {resume.overrides});
    check_steps_raised(before, *changed);
  }
  if ((!changed || changed->resolved == before.resolved) && has_ended(directory))
    return *finished_run(directory, experiment::to_yaml(before.resolved), before.metrics);
  return Runner(changed ? std::move(*changed) : std::move(before), registry, options, directory)
      .resume(resume, std::move(lock));
}

}  // namespace descent::run
