#include "run_argument.hpp"

#include "command_line.hpp"
#include "descent/analysis/run_folder.hpp"
#include "descent/base/error.hpp"

namespace descent::program {

namespace fs = std::filesystem;

void add_run_directory(Command& command, std::string& run) {
  command.argument("RUN", run, "the run's directory, or a file in it");
}

fs::path run_directory_at(const std::string& run) {
  const fs::path place = fs::path(run).lexically_normal();
  if (!fs::exists(place)) throw Error("there is no run '" + run + "'");
  if (is_other_file(place) && is_run(fs::absolute(place).parent_path()))
    return run_at(place);  // says why not
  if (!fs::is_directory(place)) return place.has_parent_path() ? place.parent_path() : ".";
  return place.has_filename() || !place.has_parent_path() ? place : place.parent_path();
}

}  // namespace descent::program
