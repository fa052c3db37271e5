#include "descent/runlog/durable_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "descent/base/descriptor.hpp"
#include "descent/base/error.hpp"

namespace descent::runlog {

void put_on_disk(const std::filesystem::path& path) {
  const Descriptor file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0 || fsync(file.get()) != 0)
    throw RunError(fmt::format("cannot put '{}' on the disk: {}", path.string(), std::strerror(errno)));
}

void put_name_on_disk(const std::filesystem::path& folder) {
  std::error_code unknown;
  std::filesystem::path at = std::filesystem::absolute(folder, unknown).lexically_normal();
  if (unknown) return;
  while (at != at.parent_path()) {
    at = at.parent_path();
    const Descriptor file(open(at.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (file.get() >= 0) static_cast<void>(fsync(file.get()));  // some file systems refuse it for folders
  }
}

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
  put_on_disk(part_of(file));
  publish(file);
  put_on_disk(file.has_parent_path() ? file.parent_path() : ".");
}

void append_durably(const std::filesystem::path& path, const std::string& line) {
  const Descriptor file(open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0666));
  char last = '\n';
  const off_t size = file.get() < 0 ? 0 : lseek(file.get(), 0, SEEK_END);
  if (size > 0 && pread(file.get(), &last, 1, size - 1) != 1) last = '\n';
  const std::string text = (last == '\n' ? "" : "\n") + line + "\n";
  if (file.get() < 0 || write(file.get(), text.data(), text.size()) != static_cast<ssize_t>(text.size()) ||
      fsync(file.get()) != 0)
    throw RunError(fmt::format("cannot add to '{}': {}", path.string(), std::strerror(errno)));
}

void write_durably(const std::filesystem::path& file, const std::string& text) {
  std::ofstream stream(part_of(file), std::ios::binary);
  stream << text << std::flush;
  if (!stream) throw RunError(fmt::format("cannot write '{}'", part_of(file).string()));
  stream.close();
  publish_durably(file);
}

}  // namespace descent::runlog
