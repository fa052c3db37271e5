#include "descent/runlog/directory_lock.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <string>

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

// Whether the lock was taken. is_held() has it for some microseconds, which is no reason to give up.
bool take(int file) {
  constexpr int tries = 20;
  for (int i = 0; i < tries; ++i) {
    if (flock(file, LOCK_EX | LOCK_NB) == 0) return true;
    if (errno != EWOULDBLOCK) return false;
    if (i + 1 < tries) usleep(1000);
  }
  errno = EWOULDBLOCK;
  return false;
}

}  // namespace

RunDirectoryLock::RunDirectoryLock(const std::filesystem::path& directory)
    : file_(open((directory / ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666)) {
  const auto fail = [&] {
    throw RunError(
        fmt::format("cannot lock the run directory '{}': {}", directory.string(), std::strerror(errno)));
  };
  if (file_.get() < 0) fail();
  if (!take(file_.get())) {
    if (errno != EWOULDBLOCK) fail();
    throw Error(
        fmt::format("the run directory '{}' is in use by {}", directory.string(), holder(file_.get())));
  }
  const std::string name = fmt::format("process {} on {}", getpid(), host_name());
  if (ftruncate(file_.get(), 0) != 0 || pwrite(file_.get(), name.data(), name.size(), 0) < 0) fail();
}

bool is_held(const std::filesystem::path& directory) {
  const Descriptor file(open((directory / ".lock").c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) return false;
  // Shared, so that two who ask do not take each other for the holder; given back with the descriptor.
  return flock(file.get(), LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

}  // namespace descent::runlog
