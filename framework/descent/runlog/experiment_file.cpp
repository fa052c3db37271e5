#include "descent/runlog/experiment_file.hpp"

#include <fmt/format.h>

#include "descent/base/checksum_line.hpp"
#include "descent/base/error.hpp"
#include "descent/base/file.hpp"
#include "descent/runlog/run_files.hpp"

namespace descent::runlog {

std::string read_resolved_experiment(const std::filesystem::path& run) {
  const std::filesystem::path file = run / files::experiment;
  const std::string whole = read_file(file);
  const auto text = without_checksum_line(whole);
  if (!text)
    throw Error({file.string(), 0, 0},
                "this file was changed after the run was made: it differs from its checksum, the last line. "
                "A run keeps "
                "the experiment that it was made with",
                codes::unreadable);
  return std::string(*text);
}

bool has_resolved_experiment(const std::filesystem::path& run, const std::string& text) {
  std::error_code none;
  if (!std::filesystem::exists(run / files::experiment, none)) return false;
  const std::string whole = read_file(run / files::experiment);
  return without_checksum_line(whole) == text;
}

}  // namespace descent::runlog
