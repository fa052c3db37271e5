#include "descent/sweep/sweep_folder.hpp"

#include <fmt/format.h>

#include <chrono>
#include <sstream>
#include <thread>

#include "descent/analysis/run_folder.hpp"
#include "descent/base/file.hpp"
#include "descent/experiment/yaml.hpp"
#include "descent/runlog/earlier_version.hpp"
#include "descent/runlog/json.hpp"
#include "descent/runlog/run_files.hpp"
#include "descent/sweep/sweep_files.hpp"

namespace descent::sweep {

namespace fs = std::filesystem;

namespace {

FrozenRun run_of(const std::string& line, const SourceLocation& location) {
  const Value value = runlog::parse_json(line, location);
  const Value *identity = value.find("identity"), *folder = value.find("folder"), *seed = value.find("seed"),
              *settings = value.find("settings");
  if (identity == nullptr || folder == nullptr || seed == nullptr || settings == nullptr)
    throw Error(fmt::format("'{}' is no list of a sweep's runs: {}", location.file, line));
  FrozenRun run{identity->text(), folder->text(), seed->integer(), {}};
  for (const Value::Entry& entry : settings->entries()) run.settings.push_back({entry.key, entry.value});
  return run;
}

std::vector<FrozenRun> read_list(const fs::path& directory) {
  const fs::path file = directory / files::runs;
  std::istringstream list(read_file(file));
  SourceLocation location{file.string(), 0, 0};
  std::vector<FrozenRun> runs;
  for (std::string line; std::getline(list, line);) {
    ++location.line;
    runs.push_back(run_of(line, location));
  }
  return runs;
}

// Without its runs.
FrozenSweep read_frame(const fs::path& directory) {
  FrozenSweep sweep;
  sweep.directory = directory;
  Diagnostics diagnostics;
  const Value content = experiment::read_yaml(directory / files::frame, diagnostics);
  diagnostics.throw_if_any();
  const Value *name = content.find("name"), *section = content.find("sweep"),
              *seed = content.find("first_seed");
  const Value* base_hash = content.find("base_hash");
  if (name == nullptr || section == nullptr || seed == nullptr || base_hash == nullptr)
    throw Error(fmt::format("'{}' is no frozen sweep", (directory / files::frame).string()));
  sweep.name = name->text();
  sweep.section = *section;
  sweep.base_hash = base_hash->text();
  if (const Value* base = content.find("experiment"))
    if (const Value* threads = base->find("threads"); threads != nullptr && threads->is(Value::Kind::integer))
      sweep.threads = threads->integer();
  sweep.spec = read_sweep_spec(*section, seed->integer(), diagnostics);
  diagnostics.throw_if_any();
  return sweep;
}

}  // namespace

runlog::RunDirectoryLock lock_sweep(const fs::path& directory) {
  constexpr int patience = 1200;
  for (int tries = 1; true; ++tries) {
    try {
      return runlog::RunDirectoryLock(directory);
    } catch (const Error&) {
      if (tries == patience) throw;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

bool is_sweep(const fs::path& directory) {
  std::error_code error;
  return fs::exists(directory / files::frame, error) && fs::exists(directory / files::runs, error);
}

FrozenSweep read_sweep(const fs::path& directory) {
  FrozenSweep sweep = read_frame(directory);
  sweep.runs = read_list(directory);
  return sweep;
}

void require_loadable(const fs::path& directory, const std::vector<std::string>& folders) {
  std::vector<std::string> all = folders;
  if (is_sweep(directory))
    for (const FrozenRun& run : read_list(directory)) all.push_back(run.folder);
  for (const std::string& folder : all)
    if (const auto version = runlog::earlier_version_of(directory / folder))
      throw Error(runlog::refusal_of_earlier(
          fmt::format("'{}'", (directory / folder).string()), *version,
          "begin the sweep again in another folder: descent sweep FILE --runs DIR"));
}

FrozenSweep sweep_at(const fs::path& location) {
  analysis::require_exists(location);
  if (is_sweep(location)) return read_sweep(location);
  std::string hint;
  for (fs::path above = location; hint.empty() && above.has_relative_path(); above = above.parent_path())
    if (is_sweep(above)) hint = fmt::format("; did you mean '{}'?", above.string());
  throw Error(fmt::format("'{}' is no sweep: a sweep's directory holds sweep.yaml and runs.jsonl{}",
                          location.string(), hint));
}

FrozenSweep read_sweep_of_one(const fs::path& directory, const std::string& folder) {
  FrozenSweep sweep = read_frame(directory);
  if (!fs::exists(directory / folder / runlog::files::experiment))
    throw Error(fmt::format("the sweep {} has no run '{}'; runs.jsonl there lists those that it has",
                            directory.string(), folder));
  sweep.runs.push_back({"", folder, 0, {}});
  return sweep;
}

}  // namespace descent::sweep
