#include "descent/runlog/durable_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <fstream>

#include "descent/base/error.hpp"
#include "descent/runlog/descriptor.hpp"

namespace descent {

namespace {

void synchronise(const std::filesystem::path& path, int flags) {
  const Descriptor file(open(path.c_str(), flags | O_CLOEXEC));
  if (file.get() < 0 || fsync(file.get()) != 0)
    throw RunError(fmt::format("cannot put '{}' on the disk: {}", path.string(), std::strerror(errno)));
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

void write_durably(const std::filesystem::path& file, const std::string& text) {
  std::ofstream stream(part_of(file), std::ios::binary);
  stream << text << std::flush;
  if (!stream) throw RunError(fmt::format("cannot write '{}'", part_of(file).string()));
  stream.close();
  publish_durably(file);
}

}  // namespace descent
