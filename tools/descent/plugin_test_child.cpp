#include "plugin_test_child.hpp"

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "descent/base/descriptor.hpp"
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

ProcessEnd run_child(const std::vector<std::string>& arguments,
                     const std::function<void(const CheckReport&)>& receive) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0)
    throw RunError(fmt::format("cannot make a pipe: {}", std::strerror(errno)));
  const Descriptor reads(ends[0]);
  Descriptor writes(ends[1]);
  std::vector<std::string> words = {"descent"};
  words.insert(words.end(), arguments.begin(), arguments.end());
  Process process({.command = words,
                   .program = "/proc/self/exe",
                   .redirections = {{.descriptor = report_descriptor, .from = writes.get()},
                                    {.descriptor = STDOUT_FILENO, .from = STDERR_FILENO}}});
  writes = Descriptor();
  read_reports(reads.get(), receive);
  return process.wait();
}

}  // namespace descent::program
