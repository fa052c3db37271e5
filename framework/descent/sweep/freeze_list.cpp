#include <fmt/format.h>

#include <map>

#include "descent/base/file.hpp"
#include "descent/experiment/yaml.hpp"
#include "descent/runlog/checked_json.hpp"
#include "descent/runlog/durable_file.hpp"
#include "descent/sweep/freeze_run.hpp"
#include "descent/sweep/sweep_files.hpp"
#include "descent/sweep/sweep_folder.hpp"

// The list of a sweep's runs, and the mark of a call that writes it.
namespace descent::sweep {

namespace fs = std::filesystem;

/// There from before the first file of a sweep is written until the last one is. Where a kill has left it,
/// the list may name identities that no folder holds yet, and folders may hold experiments of a list that was
/// never written: then every folder is compared with what it is to hold, whatever the list says.
static fs::path mark_of(const fs::path& directory) {
  return directory / ".freezing";
}

void mark_freezing(const fs::path& directory, const std::string& command) {
  runlog::write_durably(mark_of(directory), command + "\n");
}

bool was_cut_short(const fs::path& directory) {
  return fs::exists(mark_of(directory));
}

void end_freezing(const fs::path& directory) {
  fs::remove(mark_of(directory));
}

namespace {

// The command that finishes what a kill has cut short.
std::string unfinished_words(const fs::path& directory) {
  const std::string said = read_file(mark_of(directory));
  Diagnostics diagnostics;
  const Value frame = experiment::read_yaml(directory / files::frame, diagnostics);
  const Value* file = frame.find("file");
  if (said.starts_with("descent resume")) return fmt::format("'{}'", said.substr(0, said.find('\n')));
  return fmt::format("'descent sweep {}', with the words that it was given,",
                     file != nullptr && file->is(Value::Kind::text) ? file->text() : "FILE");
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

}  // namespace

void write_list(const fs::path& directory, const std::vector<FrozenRun>& runs) {
  std::string list;
  for (std::size_t run = 0; run < runs.size(); ++run) list += line_of(runs[run], run + 1, runs.size());
  runlog::write_durably(directory / files::runs, list);
}

void require_frozen(const fs::path& directory) {
  const runlog::RunDirectoryLock lock = lock_sweep(directory);
  if (!was_cut_short(directory)) return;
  throw Error(
      fmt::format("the list of runs of the sweep '{}' was not written to its end; {} does that, and goes on",
                  directory.string(), unfinished_words(directory)));
}

std::vector<std::size_t> add_settings(FrozenSweep& sweep, const std::vector<std::vector<Setting>>& settings,
                                      Registry& registry) {
  sweep.runs = read_sweep(sweep.directory).runs;
  const std::size_t before = sweep.runs.size();
  std::map<std::string, std::size_t> known;
  for (std::size_t run = 0; run < before; ++run) known.emplace(sweep.runs[run].folder, run);
  std::vector<std::size_t> places;
  for (const std::vector<Setting>& one : settings)
    for (const std::int64_t seed : sweep.spec.seeds) {
      const std::string folder = run_folder(configuration_folder(one), seed);
      const auto [location, is_new] = known.emplace(folder, sweep.runs.size());
      places.push_back(location->second);
      if (!is_new) continue;
      sweep.runs.push_back({run_identity(one, seed, sweep.base_hash), folder, seed, one});
      make_run(sweep, location->second, registry);
    }
  if (sweep.runs.size() > before) write_list(sweep.directory, sweep.runs);
  return places;
}

}  // namespace descent::sweep
