#include "descent/sweep/sweep_folder.hpp"

#include <fmt/format.h>

#include <chrono>
#include <fstream>
#include <map>
#include <set>
#include <sstream>
#include <thread>

#include "descent/analysis/run_folder.hpp"
#include "descent/experiment/merge.hpp"
#include "descent/experiment/yaml.hpp"
#include "descent/runlog/durable_file.hpp"
#include "descent/runlog/json.hpp"
#include "descent/sweep/freeze_run.hpp"

namespace descent {

namespace fs = std::filesystem;

namespace {

std::string line_of(const FrozenRun& run) {
  Value settings = Value::map();
  for (const Setting& setting : run.settings) settings.set(setting.path, setting.value);
  Value line = Value::map();
  line.set("identity", Value::of(run.identity));
  line.set("folder", Value::of(run.folder));
  line.set("seed", Value::of(run.seed));
  line.set("settings", std::move(settings));
  return json(line) + "\n";
}

FrozenRun run_of(const std::string& line, const std::string& file) {
  Problems problems;
  const Value value = parse_yaml(line, file, problems);
  problems.throw_if_any();
  const Value *identity = value.find("identity"), *folder = value.find("folder"), *seed = value.find("seed"),
              *settings = value.find("settings");
  if (identity == nullptr || folder == nullptr || seed == nullptr || settings == nullptr)
    throw Error(fmt::format("'{}' is no list of a sweep's runs: {}", file, line));
  FrozenRun run{identity->text(), folder->text(), seed->integer(), {}};
  for (const Value::Entry& entry : settings->entries()) run.settings.push_back({entry.key, entry.value});
  return run;
}

void write_list(const fs::path& directory, const std::vector<FrozenRun>& runs) {
  std::string list;
  for (const FrozenRun& run : runs) list += line_of(run);
  write_durably(directory / "runs.jsonl", list);
}

/// Experiments of runs, checked, before one is written.
class Freezing {
 public:
  Freezing(fs::path directory, Registry& registry) : directory_(std::move(directory)), registry_(registry) {}

  void know(const FrozenSweep& before) {
    for (const FrozenRun& run : before.runs) identities_[run.folder] = run.identity;
  }

  void resolve(const FrozenRun& run, Value content, const fs::path& file) {
    const auto known = identities_.find(run.folder);
    const bool same = known != identities_.end() && known->second == run.identity;
    if (same && fs::exists(directory_ / run.folder / "status.yaml")) {
      ++report_.kept;
      return;
    }
    try {
      texts_.emplace_back(run.folder,
                          to_yaml(load_experiment(std::move(content), file, registry_, {}).resolved));
    } catch (const Error& error) {
      std::istringstream lines(error.what());
      for (std::string line; std::getline(lines, line);)
        if (told_.insert(line).second) problems_.add(line);
    }
  }

  FreezeReport write() {
    problems_.throw_if_any();
    for (const auto& [folder, text] : texts_) {
      const Freeze what = freeze_run(directory_ / folder, text);
      ++(what == Freeze::added ? report_.added : what == Freeze::kept ? report_.kept : report_.changed);
    }
    return report_;
  }
  const Problems& problems() const { return problems_; }

 private:
  fs::path directory_;
  Registry& registry_;
  std::map<std::string, std::string> identities_;
  std::vector<std::pair<std::string, std::string>> texts_;
  std::set<std::string> told_;
  Problems problems_;
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

// Without its runs.
FrozenSweep read_frame(const fs::path& directory) {
  FrozenSweep sweep;
  sweep.directory = directory;
  Problems problems;
  const Value content = read_yaml(directory / "sweep.yaml", problems);
  problems.throw_if_any();
  const Value *name = content.find("name"), *section = content.find("sweep"),
              *seed = content.find("first_seed");
  const Value* base_hash = content.find("base_hash");
  if (name == nullptr || section == nullptr || seed == nullptr || base_hash == nullptr)
    throw Error(fmt::format("'{}' is no frozen sweep", (directory / "sweep.yaml").string()));
  sweep.name = name->text();
  sweep.section = *section;
  sweep.base_hash = base_hash->text();
  if (const Value* base = content.find("experiment"))
    if (const Value* threads = base->find("threads"); threads != nullptr && threads->is(Value::Kind::integer))
      sweep.threads = threads->integer();
  sweep.spec = read_sweep_spec(*section, seed->integer(), problems);
  problems.throw_if_any();
  return sweep;
}

}  // namespace

RunDirectoryLock lock_sweep(const fs::path& directory) {
  constexpr int patience = 1200;
  for (int tries = 1; true; ++tries) {
    try {
      return RunDirectoryLock(directory);
    } catch (const Error&) {
      if (tries == patience) throw;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

bool is_sweep(const fs::path& directory) {
  std::error_code error;
  return fs::exists(directory / "sweep.yaml", error) && fs::exists(directory / "runs.jsonl", error);
}

FrozenSweep read_sweep(const fs::path& directory) {
  FrozenSweep sweep = read_frame(directory);
  std::ifstream list(directory / "runs.jsonl");
  for (std::string line; std::getline(list, line);)
    sweep.runs.push_back(run_of(line, (directory / "runs.jsonl").string()));
  return sweep;
}

FrozenSweep sweep_at(const fs::path& place) {
  require_exists(place);
  if (is_sweep(place)) return read_sweep(place);
  std::string hint;
  for (fs::path above = place; hint.empty() && above.has_relative_path(); above = above.parent_path())
    if (is_sweep(above)) hint = fmt::format("; did you mean '{}'?", above.string());
  throw Error(fmt::format("'{}' is no sweep: a sweep's directory holds sweep.yaml and runs.jsonl{}",
                          place.string(), hint));
}

FrozenSweep read_sweep_of_one(const fs::path& directory, const std::string& folder) {
  FrozenSweep sweep = read_frame(directory);
  if (!fs::exists(directory / folder / "experiment.yaml"))
    throw Error(fmt::format("the sweep {} has no run '{}'; runs.jsonl there lists those that it has",
                            directory.string(), folder));
  sweep.runs.push_back({"", folder, 0, {}});
  return sweep;
}

FreezeReport freeze_sweep(const SweepPlan& plan, const fs::path& directory, Registry& registry) {
  fs::create_directories(directory);
  const RunDirectoryLock lock = lock_sweep(directory);
  Freezing freezing(directory, registry);
  FrozenSweep before;
  if (is_sweep(directory)) freezing.know(before = read_sweep(directory));
  std::vector<FrozenRun> runs;
  std::set<std::string> folders;
  for (const PlannedRun& planned : plan.runs) {
    runs.push_back(
        {planned.identity, plan.folder(planned), planned.seed, plan.configuration_of(planned).settings});
    folders.insert(runs.back().folder);
    Problems problems;
    freezing.resolve(runs.back(), plan.content(planned, problems), plan.file);
    problems.throw_if_any();
  }
  freezing.problems().throw_if_any();
  keep_final_runs(plan, before, runs, folders);
  Value content = Value::map();
  content.set("name", Value::of(plan.name));
  content.set("file", Value::of(fs::absolute(plan.file).string()));
  content.set("first_seed", Value::of(plan.spec.seeds.empty() ? std::int64_t{1} : plan.spec.seeds.front()));
  content.set("base_hash", Value::of(plan.base_hash));
  content.set("sweep", plan.section);
  content.set("experiment", plan.base);
  write_durably(directory / "sweep.yaml", to_yaml(content));
  write_list(directory, runs);
  FreezeReport report = freezing.write();
  for (const FrozenRun& run : before.runs) report.removed += folders.contains(run.folder) ? 0 : 1;
  return report;
}

std::vector<std::size_t> add_seeds(FrozenSweep& sweep, std::size_t run,
                                   const std::vector<std::int64_t>& seeds) {
  const RunDirectoryLock lock = lock_sweep(sweep.directory);
  const FrozenRun source = sweep.runs[run];
  sweep.runs = read_sweep(sweep.directory).runs;
  Problems problems;
  Value experiment = read_yaml(sweep.directory / source.folder / "experiment.yaml", problems);
  problems.throw_if_any();
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
    freeze_run(sweep.directory / folder, to_yaml(experiment));
  }
  write_list(sweep.directory, sweep.runs);
  return places;
}

}  // namespace descent
