#include "descent/runlog/event_log.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string_view>

#include "descent/base/error.hpp"
#include "descent/runlog/durable_file.hpp"
#include "descent/runlog/json.hpp"
#include "descent/runlog/run_files.hpp"

namespace descent::runlog {

namespace {

void write_all(int file, const std::filesystem::path& path, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(file, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0)
      throw RunError(fmt::format("cannot write '{}': {}", path.string(), std::strerror(errno)));
    text.remove_prefix(static_cast<std::size_t>(written));
  }
}

}  // namespace

EventLog::EventLog(const std::filesystem::path& directory)
    : path_(directory / files::events),
      file_(open(path_.c_str(), O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC, 0666)) {
  require_no_link(path_);
  struct stat status {};
  if (file_.get() < 0 || fstat(file_.get(), &status) != 0)
    throw RunError(fmt::format("cannot open '{}': {}", path_.string(), std::strerror(errno)));
  if (!S_ISREG(status.st_mode) || status.st_nlink > 1)
    throw RunError(
        fmt::format("cannot write '{}': it is no file of this run alone, but a device, a pipe or another "
                    "file's second name",
                    path_.string()));
  const off_t size = lseek(file_.get(), 0, SEEK_END);
  char last = '\n';
  if (size > 0 && pread(file_.get(), &last, 1, size - 1) == 1 && last != '\n')
    write_all(file_.get(), path_, "\n");
}

void EventLog::write(const Event& event) {
  Value line = Value::map();
  line.set("time", Value::of(event.wall_time));
  line.set("step", Value::of(event.step));
  line.set("kind", Value::of(event.kind));
  line.set("message", Value::of(event.message));
  for (const Value::Entry& field : event.fields.entries()) {
    DESCENT_ASSERT(line.find(field.key) == nullptr,
                   "an event's field is not called time, step, kind or message, nor twice the same");
    line.set(field.key, field.value);
  }
  write_all(file_.get(), path_, json(line) + "\n");
}

}  // namespace descent::runlog
