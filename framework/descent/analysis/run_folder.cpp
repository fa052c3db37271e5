#include "descent/analysis/run_folder.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "descent/analysis/natural_order.hpp"
#include "descent/base/error.hpp"
#include "descent/base/text.hpp"
#include "descent/runlog/run_files.hpp"

namespace descent::analysis {

namespace fs = std::filesystem;

namespace {

// What move_aside() makes of a name.
bool was_moved_aside(const std::string& name) {
  const std::size_t at = name.rfind(".old-");
  return at != std::string::npos && at + 5 < name.size() &&
         std::all_of(name.begin() + static_cast<std::ptrdiff_t>(at) + 5, name.end(),
                     [](char c) { return c >= '0' && c <= '9'; });
}

// Links are followed, and no folder is looked into twice: one may lead to a folder above.
void collect(const fs::path& directory, std::vector<fs::path>& found, std::set<fs::path>& known) {
  std::error_code unknown;
  if (!known.insert(fs::canonical(directory, unknown)).second || unknown) return;
  if (is_run(directory)) {
    found.push_back(directory);
    return;
  }
  std::vector<fs::path> folders;
  std::error_code unreadable;  // somebody else's folder holds no run of ours
  for (const fs::directory_entry& entry :
       fs::directory_iterator(directory, fs::directory_options::skip_permission_denied, unreadable))
    if (entry.is_directory(unknown) && !was_moved_aside(entry.path().filename().string()))
      folders.push_back(entry.path());
  std::sort(folders.begin(), folders.end(), [](const fs::path& left, const fs::path& right) {
    const bool link = fs::is_symlink(left), other_link = fs::is_symlink(right);
    return link != other_link ? other_link : natural_less(left.native(), right.native());
  });
  for (const fs::path& folder : folders) collect(folder, found, known);
}

// `; did you mean …?` from what lies beside the first part of the path that is not there.
std::string near_path(const fs::path& location) {
  fs::path there = fs::absolute(location).lexically_normal(), missing;
  std::error_code error;
  while (!fs::exists(there, error) && there.has_relative_path()) {
    missing = there.filename();
    there = there.parent_path();
  }
  std::vector<std::string> names;
  for (const fs::directory_entry& entry : fs::directory_iterator(there, error))
    if (entry.is_directory()) names.push_back(entry.path().filename().string());
  if (const auto near = nearest(missing.string(), names))
    return fmt::format("; did you mean '{}'?",
                       (there / *near).lexically_proximate(fs::current_path()).string());
  return "";
}

}  // namespace

void require_exists(const fs::path& location) {
  std::error_code error;
  if (!fs::exists(location, error))
    throw Error(fmt::format("there is no '{}'{}", location.string(), near_path(location)));
}

bool is_run(const fs::path& directory) {
  std::error_code error;
  return fs::exists(directory / runlog::files::status, error) &&
         fs::exists(directory / runlog::files::experiment, error);
}

void require_no_file_of_a_run(const fs::path& output) {
  std::error_code error;
  const fs::path whole = fs::weakly_canonical(fs::absolute(output, error), error);
  const fs::path folder = whole.parent_path();
  const std::string name = whole.filename().string();
  namespace files = runlog::files;
  const bool own =
      is_run(folder) && (name == files::log || name == files::experiment || name == files::status ||
                         name == files::events || name == files::journal);
  const bool checkpoint = folder.filename() == files::checkpoints && is_run(folder.parent_path());
  if (own || checkpoint)
    throw Error(
        fmt::format("'{}' is a file of a run, which would be lost; write elsewhere", output.string()));
}

bool is_other_file(const fs::path& location) {
  std::error_code error;
  const std::string name = location.filename().string();
  const bool own = name == runlog::files::log || name == runlog::files::experiment ||
                   name == runlog::files::status || name == runlog::files::events;
  return fs::is_regular_file(location, error) && !(own && is_run(fs::absolute(location).parent_path()));
}

fs::path run_at(const fs::path& location) {
  require_exists(location);
  if (is_run(location)) return location;
  if (is_other_file(location) && location.extension() == ".h5")
    throw Error(
        fmt::format("'{}' is a file by itself and no run; descent export and descent verify read a log "
                    "wherever it lies, the other commands read the log.h5 of a run's directory",
                    location.string()));
  if (!fs::is_directory(location) && !is_other_file(location))
    return location.has_parent_path() ? location.parent_path() : fs::path(".");
  const std::vector<fs::path> below =
      fs::is_directory(location) ? runs_below(location) : std::vector<fs::path>();
  const std::string what = fmt::format(
      "'{}' is no run: a run's directory holds experiment.yaml, status.yaml and log.h5", location.string());
  if (below.empty()) throw Error(what);
  if (below.size() == 1) throw Error(fmt::format("{}; did you mean '{}'?", what, below.front().string()));
  throw Error(fmt::format("{}; there are {} runs below it, such as '{}'", what, below.size(),
                          below.front().string()));
}

std::vector<fs::path> runs_below(const fs::path& directory) {
  std::vector<fs::path> found;
  std::set<fs::path> known;
  std::error_code unknown;
  // A link to a folder above would lead to what was not asked for.
  for (fs::path above = fs::canonical(directory, unknown); above.has_relative_path();)
    known.insert(above = above.parent_path());
  collect(directory, found, known);
  return found;
}

std::vector<fs::path> find_runs(const fs::path& location) {
  require_exists(location);
  if (!fs::is_directory(location)) return {run_at(location)};
  const std::vector<fs::path> found = runs_below(location);
  if (found.empty())
    throw Error(fmt::format(
        "there is no run in '{}': a run's directory holds experiment.yaml, status.yaml and log.h5",
        location.string()));
  return found;
}

std::vector<fs::path> find_runs(const std::vector<fs::path>& places) {
  std::vector<fs::path> all;
  std::set<fs::path> known;
  for (const fs::path& location : places)
    for (const fs::path& run : find_runs(location))
      if (known.insert(fs::weakly_canonical(run)).second) all.push_back(run);
  return all;
}

}  // namespace descent::analysis
