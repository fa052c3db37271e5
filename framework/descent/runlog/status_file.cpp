#include "descent/runlog/status_file.hpp"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include "descent/base/checksum_line.hpp"
#include "descent/base/error.hpp"
#include "descent/base/file.hpp"
#include "descent/runlog/durable_file.hpp"
#include "descent/runlog/json.hpp"
#include "descent/runlog/run_files.hpp"

namespace descent::runlog {

// A power cut may leave a part of it that reads like a whole one. Version 0.1 wrote no checksums.
static void check_last_line(std::string_view content) {
  if (!without_checksum_line(content) || content.empty() || content.back() != '\n')
    throw Error("it differs from its checksum, or is cut off");
}

// A disk that fails once is asked again: a run whose status cannot be read is taken for one that has not ended.
static std::string read_patiently(const std::filesystem::path& file) {
  try {
    return read_file(file);
  } catch (const Error&) {
    return read_file(file);
  }
}

void write_status(const std::filesystem::path& directory, const RunState& state) {
  DESCENT_ASSERT(state.status < RunStatus::killed, "this status is found, not written");
  const std::filesystem::path file = directory / files::status;
  std::string text = fmt::format("status: {}\nstep: {}\n", runlog::text(state.status), state.step);
  if (!state.reason.empty()) text += fmt::format("reason: {}\n", json_text(state.reason));
  if (!state.error.empty()) {
    text += "error:\n";
    for (const std::string& line : state.error) text += fmt::format("  - {}\n", json_text(line));
  }
  if (state.training_seconds > 0) text += fmt::format("training_seconds: {:.6g}\n", state.training_seconds);
  if (state.peak_memory_bytes > 0) text += fmt::format("peak_memory_bytes: {}\n", state.peak_memory_bytes);
  replace_file(file, with_checksum_line(std::move(text)));
}

std::optional<RunState> read_status(const std::filesystem::path& directory) {
  const std::filesystem::path file = directory / files::status;
  try {
    if (!std::filesystem::exists(file)) return std::nullopt;
    const std::string content = read_patiently(file);
    check_last_line(content);
    const YAML::Node node = YAML::Load(content);
    RunState state;
    state.status = run_status(node["status"].as<std::string>());
    state.step = node["step"].as<std::int64_t>();
    if (node["reason"]) state.reason = node["reason"].as<std::string>();
    if (node["error"]) state.error = node["error"].as<std::vector<std::string>>();
    if (node["training_seconds"]) state.training_seconds = node["training_seconds"].as<double>();
    if (node["peak_memory_bytes"]) state.peak_memory_bytes = node["peak_memory_bytes"].as<std::int64_t>();
    return state;
  } catch (const std::exception& failure) {
    throw Error(fmt::format("'{}' does not say how far a run has come: {}", file.string(), failure.what()));
  }
}

}  // namespace descent::runlog
