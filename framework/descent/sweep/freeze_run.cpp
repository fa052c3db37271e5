#include "descent/sweep/freeze_run.hpp"

#include <fmt/format.h>

#include "descent/base/checksum_line.hpp"
#include "descent/base/file.hpp"
#include "descent/config/required.hpp"
#include "descent/experiment/identity.hpp"
#include "descent/experiment/merge.hpp"
#include "descent/experiment/yaml.hpp"
#include "descent/run/run_directory.hpp"
#include "descent/runlog/durable_file.hpp"
#include "descent/runlog/experiment_file.hpp"
#include "descent/runlog/run_files.hpp"
#include "descent/runlog/status_file.hpp"
#include "descent/sweep/sweep_files.hpp"
#include "descent/sweep/sweep_folder.hpp"

namespace descent::sweep {

namespace fs = std::filesystem;

namespace {

Value parse(const std::string& text, const fs::path& file) {
  Diagnostics diagnostics;
  Value content = experiment::parse_yaml(text, file.string(), diagnostics);
  diagnostics.throw_if_any();
  return content;
}

Value read(const fs::path& file) {
  return parse(read_file(file), file);
}

// As if all of it stood at one place.
Value placed_in(Value value, const SourceLocation& location) {
  value.at(location);
  if (value.is(Value::Kind::list))
    for (Value& item : value.items()) item = placed_in(std::move(item), location);
  if (value.is(Value::Kind::map))
    for (Value::Entry& entry : value.entries())
      entry = {entry.key, placed_in(std::move(entry.value), location), location};
  return value;
}

// A run whose experiment is there: of the same setting, if there is one.
std::optional<std::size_t> nearest_run(const FrozenSweep& sweep, std::size_t run) {
  const auto setting = [&](std::size_t r) { return fs::path(sweep.runs[r].folder).parent_path(); };
  std::optional<std::size_t> found;
  for (std::size_t other = 0; other < sweep.runs.size(); ++other) {
    const bool same = setting(other) == setting(run);
    if (other == run || (found && !same) || has_lost_folder(sweep, other)) continue;
    found = other;
    if (same) break;
  }
  return found;
}

// Not resolved. Paths are absolute in another run's experiment, and relative to `file`, where the sweep was
// written, in all else.
Value content_of(const FrozenSweep& sweep, std::size_t run, const fs::path& file) {
  const auto other = nearest_run(sweep, run);
  Value content = other ? read(sweep.directory_of(*other) / runlog::files::experiment)
                        : required(parse(read_file(sweep.directory / files::frame), file), "experiment",
                                   Value::Kind::map);
  Diagnostics diagnostics;
  for (const Setting& setting : sweep.runs[run].settings)
    experiment::replace_value(content, setting.path, placed_in(setting.value, {file.string(), 1, 0}),
                              diagnostics);
  diagnostics.throw_if_any();
  content.set("name", Value::of(sweep.name));
  content.set("seed", Value::of(sweep.runs[run].seed));
  return content;
}

}  // namespace

Freeze freezing_of(const fs::path& run, const std::string& experiment) {
  if (!fs::exists(run / runlog::files::experiment)) return Freeze::added;
  // One that was taken from another sweep has the name of that.
  try {
    const std::string there = runlog::read_resolved_experiment(run);
    return experiment::without_name(there) == experiment::without_name(experiment) ? Freeze::kept
                                                                                   : Freeze::changed;
  } catch (const Error&) {  // it was changed or damaged since
    return Freeze::changed;
  }
}

Freeze freeze_run(const fs::path& run, const std::string& experiment) {
  const Freeze what = freezing_of(run, experiment);
  if (what == Freeze::kept) {
    if (!fs::exists(run / runlog::files::status)) runlog::write_status(run, {runlog::RunStatus::pending});
    return what;
  }
  if (what == Freeze::changed) run::move_aside(run);
  fs::create_directories(run);
  runlog::replace_file(run / runlog::files::experiment, with_checksum_line(experiment));
  runlog::write_status(run, {runlog::RunStatus::pending});
  return what;
}

void renew_run(const FrozenSweep& sweep, std::size_t run) {
  const runlog::RunDirectoryLock lock = lock_sweep(sweep.directory);
  const fs::path directory = sweep.directory_of(run);
  const std::string experiment = runlog::read_resolved_experiment(directory);
  run::move_aside(directory);
  freeze_run(directory, experiment);
}

bool has_lost_folder(const FrozenSweep& sweep, std::size_t run) {
  const fs::path file = sweep.directory_of(run) / runlog::files::experiment;
  std::error_code error;
  const bool there = fs::exists(file, error);
  if (error) throw RunError(fmt::format("cannot look for '{}': {}", file.string(), error.message()));
  return !there;
}

void make_run(const FrozenSweep& sweep, std::size_t run, Registry& registry) {
  const fs::path file = required(read(sweep.directory / files::frame), "file", Value::Kind::text).text();
  const experiment::Experiment experiment =
      experiment::load_experiment(content_of(sweep, run, file), file, registry, {});
  freeze_run(sweep.directory_of(run), experiment::to_yaml(experiment.resolved));
}

void restore_run(const FrozenSweep& sweep, std::size_t run, Registry& registry) {
  try {
    const runlog::RunDirectoryLock lock = lock_sweep(sweep.directory);
    if (!has_lost_folder(sweep, run)) return;  // another process was quicker
    make_run(sweep, run, registry);
  } catch (const std::exception& error) {
    throw RunError(fmt::format("the folder of the run '{}' is gone, and cannot be made anew: {}",
                               sweep.runs[run].folder, error.what()));
  }
}

}  // namespace descent::sweep
