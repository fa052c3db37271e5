#include "plugin_test_child.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "descent/base/error.hpp"

namespace descent::program {

namespace {

// Control characters that no message holds.
constexpr char field_end = '\x1f';
constexpr char record_end = '\x1e';

CheckReport parse_report(const std::string& record) {
  std::array<std::string, 3> fields;
  std::size_t field = 0;
  for (const char c : record) {
    if (c == field_end && field + 1 < fields.size())
      ++field;
    else
      fields[field] += c;
  }
  CheckReport report{fields[0], !fields[1].empty(), {}};
  if (report.finished) {
    report.finding.outcome = static_cast<conformance::Outcome>(fields[1][0] - '0');
    report.finding.text = fields[2];
  }
  return report;
}

void read_reports(int pipe, const std::function<void(const CheckReport&)>& receive) {
  std::string record;
  std::array<char, 4096> part;
  while (true) {
    const ssize_t count = read(pipe, part.data(), part.size());
    if (count < 0 && errno == EINTR) continue;
    if (count <= 0) return;
    for (const char c : std::string_view(part.data(), static_cast<std::size_t>(count))) {
      if (c != record_end) {
        record += c;
        continue;
      }
      receive(parse_report(record));
      record.clear();
    }
  }
}

ChildEnd wait_for(pid_t process) {
  int status = 0;
  while (waitpid(process, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFSIGNALED(status)) return {0, WTERMSIG(status)};
  return {WEXITSTATUS(status), 0};
}

}  // namespace

void send_report(const CheckReport& report) {
  std::string record = report.check + field_end;
  if (report.finished)
    record += fmt::format("{}{}{}", static_cast<int>(report.finding.outcome), field_end, report.finding.text);
  record += record_end;
  for (std::size_t sent = 0; sent < record.size();) {
    const ssize_t count = write(report_descriptor, record.data() + sent, record.size() - sent);
    if (count < 0 && errno != EINTR) throw RunError("the report of a check cannot be handed on");
    if (count > 0) sent += static_cast<std::size_t>(count);
  }
}

ChildEnd run_child(const std::vector<std::string>& arguments,
                   const std::function<void(const CheckReport&)>& receive) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0)
    throw RunError(fmt::format("cannot make a pipe: {}", std::strerror(errno)));
  std::vector<std::string> words = {"descent"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);

  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], report_descriptor);
  posix_spawn_file_actions_adddup2(&actions, STDERR_FILENO, STDOUT_FILENO);
  pid_t process = 0;
  const int failure = posix_spawn(&process, "/proc/self/exe", &actions, nullptr, pointers.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  if (failure != 0) {
    close(ends[0]);
    throw RunError(fmt::format("cannot start a process: {}", std::strerror(failure)));
  }
  read_reports(ends[0], receive);
  close(ends[0]);
  return wait_for(process);
}

}  // namespace descent::program
