#include "descent/sweep/slurm_commands.hpp"

#include <fmt/format.h>

#include <charconv>
#include <cstring>
#include <sstream>

#include "descent/base/process.hpp"
#include "descent/base/text.hpp"

namespace descent::sweep {

namespace {

// Without the line ends behind it.
std::string stripped(std::string text) {
  while (text.ends_with('\n')) text.pop_back();
  return text;
}

// Throws Error when there is no such program.
ProcessResult ask(const std::vector<std::string>& command) {
  try {
    ProcessResult answer = run_process({command});
    return {answer.end, stripped(std::move(answer.output)), stripped(std::move(answer.errors))};
  } catch (const StartError& failure) {
    throw Error(
        fmt::format("cannot start {}: {}; the launcher slurm is for machines that have Slurm's commands",
                    command.front(), std::strerror(failure.error_number())));
  }
}

std::string answer_of(const std::vector<std::string>& command) {
  ProcessResult answer = ask(command);
  if (answer.end.shell_code() != 0)
    throw Error(fmt::format("{} refused, with exit code {}: {}", command.front(), answer.end.shell_code(),
                            answer.errors.empty() ? answer.output : answer.errors));
  return std::move(answer.output);
}

// The last field may hold separators.
std::vector<std::string> fields(const std::string& line, std::size_t count) {
  std::vector<std::string> found;
  std::size_t from = 0;
  while (found.size() + 1 < count) {
    const std::size_t end = line.find('|', from);
    if (end == std::string::npos) return {};
    found.push_back(line.substr(from, end - from));
    from = end + 1;
  }
  found.push_back(line.substr(from));
  return found;
}

bool read_number(const std::string& text, std::size_t& number) {
  return std::from_chars(text.data(), text.data() + text.size(), number).ec == std::errc();
}

}  // namespace

std::vector<QueuedTask> queued_tasks() {
  std::istringstream answer(
      answer_of({"squeue", "--me", "--array", "--noheader", "--states=all", "--format=%F|%K|%T|%r|%o"}));
  std::vector<QueuedTask> tasks;
  for (std::string line; std::getline(answer, line);) {
    const std::vector<std::string> parts = fields(line, 5);
    std::size_t index = 0;  // `N/A` where it is no array
    if (parts.empty() || !read_number(parts[1], index)) continue;
    tasks.push_back({parts[4], parts[0], index, parts[2], parts[3]});
  }
  return tasks;
}

std::map<std::string, std::string> accounted_states(const std::vector<std::string>& jobs) {
  std::map<std::string, std::string> states;
  if (jobs.empty()) return states;
  ProcessResult answer;
  try {
    answer = ask({"sacct", "--noheader", "--parsable2", "--allocations", "--format=JobID,State",
                  "--jobs=" + join(jobs, ",")});
  } catch (const Error&) {
    return states;  // a Slurm without sacct is one without accounting
  }
  if (answer.end.shell_code() != 0) return states;
  std::istringstream lines(answer.output);
  for (std::string line; std::getline(lines, line);) {
    const std::vector<std::string> parts = fields(line, 2);
    if (!parts.empty()) states[parts[0]] = parts[1].substr(0, parts[1].find(' '));  // `CANCELLED by 1000`
  }
  return states;
}

std::string submit_job(const std::filesystem::path& script, const std::string& output) {
  const std::string answer = answer_of({"sbatch", "--parsable", "--output=" + output, script.string()});
  return answer.substr(0, answer.find(';'));  // `4711;cluster`
}

std::size_t most_array_tasks() {
  constexpr std::size_t usual = 1001;  // where Slurm's configuration says nothing
  std::istringstream lines(answer_of({"scontrol", "show", "config"}));
  for (std::string line; std::getline(lines, line);) {
    if (!line.starts_with("MaxArraySize")) continue;
    std::size_t size = 0;
    const std::size_t digits = line.find_first_of("0123456789");
    if (digits != std::string::npos && read_number(line.substr(digits), size) && size > 0) return size;
  }
  return usual;
}

}  // namespace descent::sweep
