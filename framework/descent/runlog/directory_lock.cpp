#include "descent/runlog/directory_lock.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include "descent/base/error.hpp"

namespace descent::runlog {

namespace {

std::string host_name() {
  std::array<char, 256> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "unknown host";
}

std::string holder(int file) {
  std::array<char, 300> text{};
  const ssize_t size = pread(file, text.data(), text.size(), 0);
  return size > 0 ? std::string(text.data(), static_cast<std::size_t>(size)) : "another process";
}

// Where there is no flock, nobody holds anything.
bool locks_are_off() {
  const char* chosen = std::getenv("DESCENT_LOCKS");
  return chosen != nullptr && std::string_view(chosen) == "off";
}

// Whether the lock was taken. is_held() has it for some microseconds, which is no reason to give up.
bool take(int file) {
  if (locks_are_off()) return true;
  constexpr int tries = 20;
  for (int i = 0; i < tries; ++i) {
    if (flock(file, LOCK_EX | LOCK_NB) == 0) return true;
    if (errno != EWOULDBLOCK) return false;
    if (i + 1 < tries) usleep(1000);
  }
  errno = EWOULDBLOCK;
  return false;
}

std::string reason_of(int error_number) {
  if (error_number == ELOOP) return "its file .lock is a symbolic link; remove it";
  if (error_number == ENOLCK || error_number == ENOSYS || error_number == EOPNOTSUPP ||
      error_number == EINVAL)
    return fmt::format(
        "{}: its file system has no locks. Put the runs on one that has (--runs DIR), or set "
        "DESCENT_LOCKS=off and see to it yourself that two processes never write into one run",
        std::strerror(error_number));
  return std::strerror(error_number);
}

}  // namespace

RunDirectoryLock::RunDirectoryLock(const std::filesystem::path& directory)
    : file_(
          open((directory / ".lock").c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0666)) {
  const auto fail = [&] {
    throw RunError(fmt::format("cannot lock the directory '{}': {}", directory.string(), reason_of(errno)));
  };
  struct stat file {};
  if (file_.get() < 0 || fstat(file_.get(), &file) != 0) fail();
  if (!S_ISREG(file.st_mode))
    throw RunError(fmt::format("cannot lock the directory '{}': its file .lock is no regular file; remove it",
                               directory.string()));
  if (file.st_nlink > 1)
    throw RunError(
        fmt::format("cannot lock the directory '{}': its file .lock is another file's second name, and would "
                    "be overwritten; remove it",
                    directory.string()));
  if (!take(file_.get())) {
    if (errno != EWOULDBLOCK) fail();
    throw Error(
        fmt::format("the run directory '{}' is in use by {}", directory.string(), holder(file_.get())));
  }
  const std::string name = fmt::format("process {} on {}", getpid(), host_name());
  if (ftruncate(file_.get(), 0) != 0 || pwrite(file_.get(), name.data(), name.size(), 0) < 0) fail();
}

std::optional<Descriptor> try_lock_folder(const std::filesystem::path& folder) {
  Descriptor file(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (file.get() >= 0 && (locks_are_off() || flock(file.get(), LOCK_EX | LOCK_NB) == 0)) return file;
  if (file.get() >= 0 && errno == EWOULDBLOCK) return std::nullopt;
  throw RunError(fmt::format("cannot lock the folder '{}': {}", folder.string(), reason_of(errno)));
}

bool is_held(const std::filesystem::path& directory) {
  const Descriptor file(open((directory / ".lock").c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
  if (file.get() < 0 || locks_are_off()) return false;
  // Shared, so that two who ask do not take each other for the holder; given back with the descriptor.
  return flock(file.get(), LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

}  // namespace descent::runlog
