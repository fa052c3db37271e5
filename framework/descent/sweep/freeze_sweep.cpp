#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "descent/base/checksum_line.hpp"
#include "descent/config/required.hpp"
#include "descent/experiment/identity.hpp"
#include "descent/experiment/merge.hpp"
#include "descent/experiment/yaml.hpp"
#include "descent/runlog/durable_file.hpp"
#include "descent/runlog/experiment_file.hpp"
#include "descent/runlog/run_files.hpp"
#include "descent/sweep/freeze_run.hpp"
#include "descent/sweep/search.hpp"
#include "descent/sweep/sweep_files.hpp"
#include "descent/sweep/sweep_folder.hpp"

namespace descent::sweep {

namespace fs = std::filesystem;

namespace {

/// Experiments of runs, checked, before one is written.
class Freezing {
 public:
  Freezing(fs::path directory, Registry& registry) : directory_(std::move(directory)), registry_(registry) {}

  // The list says what the folders hold, unless the freezing that wrote it was cut short.
  void know(const FrozenSweep& before) {
    if (was_cut_short(directory_)) return;
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
          freezing_of(run, text) == Freeze::changed)
        diagnostics_.add(
            fmt::format("the run {} is played by another process, as the experiment that it was before; end "
                        "that first",
                        run.string()));
    }
    diagnostics_.throw_if_any();
  }

  FreezeReport write() {
    for (const auto& [folder, text] : texts_) count(folder, freeze_run(directory_ / folder, text));
    return std::move(report_);
  }

  FreezeReport preview() {
    for (const auto& [folder, text] : texts_) count(folder, freezing_of(directory_ / folder, text));
    report_.more_steps = more_steps();
    return std::move(report_);
  }

 private:
  Value more_steps() const {
    Value steps;
    for (const auto& [folder, text] : texts_) {
      if (freezing_of(directory_ / folder, text) != Freeze::changed) continue;
      const experiment::RunIdentity asked = experiment::identity_of(text);
      const bool same_steps = steps.is(Value::Kind::null) || steps == asked.steps;
      try {
        const std::string there = runlog::read_resolved_experiment(directory_ / folder);
        if (!same_steps || !experiment::identity_of(there).is_beginning_of(asked)) return {};
      } catch (const Error&) {  // it was changed or damaged since
        return {};
      }
      steps = asked.steps;
    }
    return steps;
  }

  void count(const std::string& folder, Freeze what) {
    if (what == Freeze::changed)
      report_.changed.push_back(folder);
    else
      ++(what == Freeze::added ? report_.added : report_.kept);
  }

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

// The file whose sweep a directory is. Where both were copied or moved together, the one that lies there now; what is no
// longer there has been renamed, or another file has taken its place.
std::optional<fs::path> owner_of(const fs::path& directory) {
  Diagnostics diagnostics;
  const Value frame = experiment::read_yaml(directory / files::frame, diagnostics);
  diagnostics.throw_if_any();
  fs::path owner = required(frame, "file", Value::Kind::text).text();
  if (const Value* relative = frame.find("file_from_here");
      relative != nullptr && relative->is(Value::Kind::text))
    owner = (fs::absolute(directory) / relative->text()).lexically_normal();
  std::error_code error;
  return fs::exists(owner, error) ? std::optional(owner) : std::nullopt;
}

void require_same_file(const SweepPlan& plan, const fs::path& directory) {
  const auto owner = owner_of(directory);
  std::error_code error;
  if (!owner || fs::equivalent(*owner, plan.file, error)) return;
  throw Error(fmt::format(
      "'{}' is the sweep of '{}', and '{}' has the same name '{}': each would move the other's results "
      "aside; "
      "give this one another name (name: …), or another folder with --runs",
      directory.string(), owner->string(), fs::absolute(plan.file).lexically_normal().string(), plan.name));
}

// What `descent resume SWEEP trainer.steps=N` has made longer is not taken for another experiment.
void require_extended(const SweepPlan& plan, const fs::path& directory) {
  Diagnostics diagnostics;
  const Value frame = experiment::read_yaml(directory / files::frame, diagnostics);
  const Value *extended = frame.find("extended"), *base = frame.find("experiment");
  if (extended == nullptr || base == nullptr) return;
  Value asked = plan.base;
  experiment::apply_override(asked, extended->text(), diagnostics);
  if (!diagnostics.empty() || plan.base_hash == base_hash_of(*base) ||
      base_hash_of(asked) != base_hash_of(*base))
    return;
  throw Error(
      fmt::format("'{}' was given {} since: its runs would be moved aside. Say that in the file, or on the "
                  "command line, to keep them; "
                  "or move the folder away to begin anew",
                  directory.string(), extended->text()));
}

// Those that a search has proposed, where its section is what it was.
void keep_proposed_runs(const SweepPlan& plan, const fs::path& directory, const FrozenSweep& before,
                        std::vector<FrozenRun>& runs, std::set<std::string>& folders) {
  if (!is_search(plan.spec.method) || before.runs.empty()) return;
  FrozenSweep planned;
  planned.directory = directory;
  planned.spec = plan.spec;
  planned.base_hash = plan.base_hash;
  for (const FrozenRun& run : proposed_runs(planned, before.runs))
    if (folders.insert(run.folder).second) runs.push_back(run);
}

// `sweep.yaml`.
std::string frame_of(const SweepPlan& plan, const fs::path& directory) {
  Value content = Value::map();
  content.set("name", Value::of(plan.name));
  content.set("file", Value::of(fs::absolute(plan.file).string()));
  content.set("file_from_here", Value::of(fs::absolute(plan.file)
                                              .lexically_normal()
                                              .lexically_relative(fs::absolute(directory).lexically_normal())
                                              .string()));
  content.set("first_seed", Value::of(plan.spec.seeds.empty() ? std::int64_t{1} : plan.spec.seeds.front()));
  content.set("base_hash", Value::of(plan.base_hash));
  content.set("sweep", plan.section);
  content.set("experiment", plan.base);
  return experiment::to_yaml(content);
}

}  // namespace

namespace {

/// What is to be frozen, checked.
struct Checked {
  Freezing freezing;
  std::vector<FrozenRun> runs;
  std::vector<std::string> removed;  // folders
};

Checked check(const SweepPlan& plan, const fs::path& directory, Registry& registry) {
  Checked checked{Freezing(directory, registry), {}, {}};
  FrozenSweep before;
  if (is_sweep(directory)) {
    require_same_file(plan, directory);
    require_extended(plan, directory);
    checked.freezing.know(before = read_sweep(directory));
  }
  std::set<std::string> folders;
  for (const PlannedRun& planned : plan.runs) {
    checked.runs.push_back(
        {planned.identity, plan.folder(planned), planned.seed, plan.configuration_of(planned).settings});
    folders.insert(checked.runs.back().folder);
    Diagnostics diagnostics;
    checked.freezing.resolve(checked.runs.back(), plan.content(planned, diagnostics), plan.file);
    diagnostics.throw_if_any();
  }
  checked.freezing.throw_if_any();
  keep_final_runs(plan, before, checked.runs, folders);
  keep_proposed_runs(plan, directory, before, checked.runs, folders);
  for (const FrozenRun& run : before.runs)
    if (!folders.contains(run.folder)) checked.removed.push_back(run.folder);
  return checked;
}

void require_loadable_plan(const SweepPlan& plan, const fs::path& directory) {
  std::vector<std::string> folders;
  for (const PlannedRun& planned : plan.runs) folders.push_back(plan.folder(planned));
  require_loadable(directory, folders);
}

}  // namespace

FreezeReport freeze_sweep(const SweepPlan& plan, const fs::path& directory, Registry& registry) {
  require_loadable_plan(plan, directory);
  fs::create_directories(directory);
  const runlog::RunDirectoryLock lock = lock_sweep(directory);
  Checked checked = check(plan, directory, registry);
  mark_freezing(directory, "this sweep is being frozen");
  runlog::write_durably(directory / files::frame, with_checksum_line(frame_of(plan, directory)));
  write_list(directory, checked.runs);
  FreezeReport report = checked.freezing.write();
  end_freezing(directory);
  report.removed = std::move(checked.removed);
  return report;
}

FreezeReport preview_freezing(const SweepPlan& plan, const fs::path& directory, Registry& registry) {
  require_loadable_plan(plan, directory);
  Checked checked = check(plan, directory, registry);
  FreezeReport report = checked.freezing.preview();
  report.removed = std::move(checked.removed);
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
    experiment.set("name", Value::of(sweep.name));
    experiment.set("seed", Value::of(seed));
    freeze_run(sweep.directory / folder, experiment::to_yaml(experiment));
  }
  write_list(sweep.directory, sweep.runs);
  return places;
}

}  // namespace descent::sweep
