#include "descent/sweep/sweep_folder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <sstream>
#include <thread>

#include "descent/analysis/run_folder.hpp"
#include "descent/base/file.hpp"
#include "descent/config/required.hpp"
#include "descent/experiment/yaml.hpp"
#include "descent/runlog/checked_json.hpp"
#include "descent/runlog/earlier_version.hpp"
#include "descent/runlog/run_files.hpp"
#include "descent/sweep/sweep_files.hpp"

namespace descent::sweep {

namespace fs = std::filesystem;

void require_below_sweep(const std::string& folder, const SourceLocation& location) {
  const fs::path path = folder;
  const bool climbs = std::find(path.begin(), path.end(), "..") != path.end();
  if (path.empty() || path.is_absolute() || climbs)
    throw Error(
        location,
        fmt::format("'{}' is no folder below the sweep's directory, and no run is looked for elsewhere",
                    folder));
}

namespace {

FrozenRun run_of(const Value& line) {
  FrozenRun run{required(line, "identity", Value::Kind::text).text(),
                required(line, "folder", Value::Kind::text).text(),
                required(line, "seed", Value::Kind::integer).integer(),
                {}};
  require_below_sweep(run.folder, line.location());
  for (const Value::Entry& entry : required(line, "settings", Value::Kind::map).entries())
    run.settings.push_back({entry.key, entry.value});
  return run;
}

std::vector<FrozenRun> read_list(const fs::path& directory) {
  const fs::path file = directory / files::runs;
  std::istringstream list(read_file(file));
  SourceLocation location{file.string(), 0, 0};
  std::vector<FrozenRun> runs;
  std::optional<std::int64_t> all;
  for (std::string text; std::getline(list, text);) {
    ++location.line;
    const Value line = runlog::parse_checked_json(text, location);
    runs.push_back(run_of(line));
    if (line.find("of") != nullptr) all = required(line, "of", Value::Kind::integer).integer();
  }
  if (runs.empty()) throw Error(fmt::format("'{}' lists no runs; it was emptied or damaged", file.string()));
  if (all && *all != std::ssize(runs))
    throw Error(fmt::format("'{}' lists {} runs, and its lines say that there are {}", file.string(),
                            runs.size(), *all));
  return runs;
}

// Without its runs.
FrozenSweep read_frame(const fs::path& directory) {
  FrozenSweep sweep;
  sweep.directory = directory;
  Diagnostics diagnostics;
  const fs::path file = directory / files::frame;
  const Value content = experiment::parse_yaml(read_file(file), file.string(), diagnostics);
  diagnostics.throw_if_any();
  sweep.name = required(content, "name", Value::Kind::text).text();
  sweep.section = required(content, "sweep", Value::Kind::map);
  sweep.base_hash = required(content, "base_hash", Value::Kind::text).text();
  if (const Value* base = content.find("experiment"))
    if (const Value* threads = base->find("threads"); threads != nullptr && threads->is(Value::Kind::integer))
      sweep.threads = threads->integer();
  sweep.spec = read_sweep_spec(sweep.section, required(content, "first_seed", Value::Kind::integer).integer(),
                               diagnostics);
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

void require_replaceable(const fs::path& output) {
  analysis::require_no_file_of_a_run(output);
  std::error_code error;
  const fs::path whole = fs::weakly_canonical(fs::absolute(output, error), error);
  const std::string name = whole.filename().string();
  if (is_sweep(whole.parent_path()) &&
      (name == files::frame || name == files::runs || name == files::journal || name == files::results))
    throw Error(
        fmt::format("'{}' is a file of a sweep, which would be lost; write elsewhere", output.string()));
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
  require_below_sweep(folder, {});
  if (!fs::exists(directory / folder / runlog::files::experiment))
    throw Error(fmt::format("the sweep {} has no run '{}'; runs.jsonl there lists those that it has",
                            directory.string(), folder));
  sweep.runs.push_back({"", folder, 0, {}});
  return sweep;
}

}  // namespace descent::sweep
