#include "descent/runlog/durable_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "descent/base/error.hpp"

namespace descent {

namespace {

void synchronise(const std::filesystem::path& path, int flags) {
  const int file = open(path.c_str(), flags | O_CLOEXEC);
  const bool failed = file < 0 || fsync(file) != 0;
  const int reason = errno;
  if (file >= 0) close(file);
  if (failed)
    throw RunError(fmt::format("cannot put '{}' on the disk: {}", path.string(), std::strerror(reason)));
}

}  // namespace

std::filesystem::path part_of(const std::filesystem::path& file) {
  std::filesystem::path part = file;
  part += ".part";
  return part;
}

void publish(const std::filesystem::path& file) {
  std::error_code failure;
  std::filesystem::rename(part_of(file), file, failure);
  if (failure)
    throw RunError(
        fmt::format("cannot rename '{}' into place: {}", part_of(file).string(), failure.message()));
}

void publish_durably(const std::filesystem::path& file) {
  synchronise(part_of(file), O_RDONLY);
  publish(file);
  synchronise(file.has_parent_path() ? file.parent_path() : ".", O_RDONLY | O_DIRECTORY);
}

}  // namespace descent
