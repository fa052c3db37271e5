#include "run_argument.hpp"

#include <CLI/CLI.hpp>

#include "descent/base/error.hpp"

namespace descent::program {

namespace fs = std::filesystem;

void add_run_directory(CLI::App& command, std::string& run) {
  command.add_option("RUN", run, "the run's directory, or a file in it")->required()->option_text(" ");
}

fs::path run_directory_at(const std::string& run) {
  const fs::path place = fs::path(run).lexically_normal();
  if (!fs::exists(place)) throw Error("there is no run '" + run + "'");
  if (!fs::is_directory(place)) return place.has_parent_path() ? place.parent_path() : ".";
  return place.has_filename() || !place.has_parent_path() ? place : place.parent_path();
}

}  // namespace descent::program
