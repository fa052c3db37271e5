#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "descent/base/checksum_line.hpp"
#include "descent/experiment/yaml.hpp"
#include "descent/runlog/checked_json.hpp"
#include "descent/runlog/durable_file.hpp"
#include "descent/runlog/experiment_file.hpp"
#include "descent/runlog/run_files.hpp"
#include "descent/sweep/freeze_run.hpp"
#include "descent/sweep/sweep_files.hpp"
#include "descent/sweep/sweep_folder.hpp"

namespace descent::sweep {

namespace fs = std::filesystem;

namespace {

/// There from before the first file of a sweep is written until the last one is. Where a kill has left it,
/// the list may name identities that no folder holds yet, and folders may hold experiments of a list that was
/// never written: then every folder is compared with what it is to hold, whatever the list says.
fs::path mark_of(const fs::path& directory) {
  return directory / ".freezing";
}

std::string line_of(const FrozenRun& run, std::size_t number, std::size_t all) {
  Value settings = Value::map();
  for (const Setting& setting : run.settings) settings.set(setting.path, setting.value);
  Value line = Value::map();
  line.set("run", Value::of(static_cast<std::int64_t>(number)));
  line.set("of", Value::of(static_cast<std::int64_t>(all)));
  line.set("identity", Value::of(run.identity));
  line.set("folder", Value::of(run.folder));
  line.set("seed", Value::of(run.seed));
  line.set("settings", std::move(settings));
  return runlog::checked_json(line) + "\n";
}

void write_list(const fs::path& directory, const std::vector<FrozenRun>& runs) {
  std::string list;
  for (std::size_t run = 0; run < runs.size(); ++run) list += line_of(runs[run], run + 1, runs.size());
  runlog::write_durably(directory / files::runs, list);
}

/// Experiments of runs, checked, before one is written.
class Freezing {
 public:
  Freezing(fs::path directory, Registry& registry) : directory_(std::move(directory)), registry_(registry) {}

  // The list says what the folders hold, unless the freezing that wrote it was cut short.
  void know(const FrozenSweep& before) {
    if (fs::exists(mark_of(directory_))) return;
    for (const FrozenRun& run : before.runs) identities_[run.folder] = run.identity;
  }

  void resolve(const FrozenRun& run, Value content, const fs::path& file) {
    const auto known = identities_.find(run.folder);
    const bool same = known != identities_.end() && known->second == run.identity;
    if (same && fs::exists(directory_ / run.folder / runlog::files::status)) {
      ++report_.kept;
      return;
    }
    try {
      texts_.emplace_back(
          run.folder,
          experiment::to_yaml(experiment::load_experiment(std::move(content), file, registry_, {}).resolved));
    } catch (const Error& error) {
      for (const Diagnostic& diagnostic : error.diagnostics())  // several runs may meet the same one
        if (!diagnostics_.contains(diagnostic)) diagnostics_.add(diagnostic);
    }
  }

  // What is wrong with them, or that one would be taken away from a process that has it.
  void throw_if_any() {
    for (const auto& [folder, text] : texts_) {
      const fs::path run = directory_ / folder;
      std::error_code error;
      if (fs::exists(run / runlog::files::experiment, error) && runlog::is_held(run) &&
          !runlog::has_resolved_experiment(run, text))
        diagnostics_.add(
            fmt::format("the run {} is played by another process, as the experiment that it was before; end "
                        "that first",
                        run.string()));
    }
    diagnostics_.throw_if_any();
  }

  FreezeReport write() {
    for (const auto& [folder, text] : texts_) {
      const Freeze what = freeze_run(directory_ / folder, text);
      ++(what == Freeze::added ? report_.added : what == Freeze::kept ? report_.kept : report_.changed);
    }
    return report_;
  }

 private:
  fs::path directory_;
  Registry& registry_;
  std::map<std::string, std::string> identities_;
  std::vector<std::pair<std::string, std::string>> texts_;
  Diagnostics diagnostics_;
  FreezeReport report_;
};

// Those that the protocol added for a configuration that is still there.
void keep_final_runs(const SweepPlan& plan, const FrozenSweep& before, std::vector<FrozenRun>& runs,
                     std::set<std::string>& folders) {
  std::set<std::string> configurations;
  for (const Configuration& configuration : plan.configurations) configurations.insert(configuration.folder);
  const std::vector<std::int64_t>& seeds = plan.spec.final_seeds;
  for (const FrozenRun& run : before.runs) {
    const bool is_final = std::find(seeds.begin(), seeds.end(), run.seed) != seeds.end() &&
                          configurations.contains(fs::path(run.folder).parent_path().string()) &&
                          run.identity == run_identity(run.settings, run.seed, plan.base_hash);
    if (is_final && folders.insert(run.folder).second) runs.push_back(run);
  }
}

// `sweep.yaml`.
std::string frame_of(const SweepPlan& plan) {
  Value content = Value::map();
  content.set("name", Value::of(plan.name));
  content.set("file", Value::of(fs::absolute(plan.file).string()));
  content.set("first_seed", Value::of(plan.spec.seeds.empty() ? std::int64_t{1} : plan.spec.seeds.front()));
  content.set("base_hash", Value::of(plan.base_hash));
  content.set("sweep", plan.section);
  content.set("experiment", plan.base);
  return experiment::to_yaml(content);
}

}  // namespace

void require_frozen(const fs::path& directory) {
  const runlog::RunDirectoryLock lock = lock_sweep(directory);
  if (!fs::exists(mark_of(directory))) return;
  Diagnostics diagnostics;
  const Value frame = experiment::read_yaml(directory / files::frame, diagnostics);
  const Value* file = frame.find("file");
  throw Error(fmt::format(
      "the list of runs of the sweep '{}' was not written to its end; 'descent sweep {}', with the words "
      "that "
      "it was given, does that, and goes on",
      directory.string(), file != nullptr && file->is(Value::Kind::text) ? file->text() : "FILE"));
}

FreezeReport freeze_sweep(const SweepPlan& plan, const fs::path& directory, Registry& registry) {
  std::vector<std::string> planned_folders;
  for (const PlannedRun& planned : plan.runs) planned_folders.push_back(plan.folder(planned));
  require_loadable(directory, planned_folders);
  fs::create_directories(directory);
  const runlog::RunDirectoryLock lock = lock_sweep(directory);
  Freezing freezing(directory, registry);
  FrozenSweep before;
  if (is_sweep(directory)) freezing.know(before = read_sweep(directory));
  std::vector<FrozenRun> runs;
  std::set<std::string> folders;
  for (const PlannedRun& planned : plan.runs) {
    runs.push_back(
        {planned.identity, plan.folder(planned), planned.seed, plan.configuration_of(planned).settings});
    folders.insert(runs.back().folder);
    Diagnostics diagnostics;
    freezing.resolve(runs.back(), plan.content(planned, diagnostics), plan.file);
    diagnostics.throw_if_any();
  }
  freezing.throw_if_any();
  keep_final_runs(plan, before, runs, folders);
  runlog::write_durably(mark_of(directory), "this sweep is being frozen\n");
  runlog::write_durably(directory / files::frame, with_checksum_line(frame_of(plan)));
  write_list(directory, runs);
  FreezeReport report = freezing.write();
  fs::remove(mark_of(directory));
  for (const FrozenRun& run : before.runs) report.removed += folders.contains(run.folder) ? 0 : 1;
  return report;
}

std::vector<std::size_t> add_seeds(FrozenSweep& sweep, std::size_t run,
                                   const std::vector<std::int64_t>& seeds) {
  const runlog::RunDirectoryLock lock = lock_sweep(sweep.directory);
  const FrozenRun source = sweep.runs[run];
  sweep.runs = read_sweep(sweep.directory).runs;
  Diagnostics diagnostics;
  Value experiment =
      experiment::read_yaml(sweep.directory / source.folder / runlog::files::experiment, diagnostics);
  diagnostics.throw_if_any();
  const std::string configuration = fs::path(source.folder).parent_path().string();
  std::vector<std::size_t> places;
  for (const std::int64_t seed : seeds) {
    const std::string folder = run_folder(configuration, seed);
    const auto same = [&](const FrozenRun& other) { return other.folder == folder; };
    const auto found = std::find_if(sweep.runs.begin(), sweep.runs.end(), same);
    places.push_back(static_cast<std::size_t>(found - sweep.runs.begin()));
    if (found != sweep.runs.end()) continue;
    sweep.runs.push_back(
        {run_identity(source.settings, seed, sweep.base_hash), folder, seed, source.settings});
    experiment.set("seed", Value::of(seed));
    freeze_run(sweep.directory / folder, experiment::to_yaml(experiment));
  }
  write_list(sweep.directory, sweep.runs);
  return places;
}

}  // namespace descent::sweep
