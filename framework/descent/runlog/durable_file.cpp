#include "descent/runlog/durable_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "descent/base/descriptor.hpp"
#include "descent/base/error.hpp"

namespace descent::runlog {

static constexpr const char* written_through_no_link =
    "it is a symbolic link, and Descent writes into no file that a link leads to";

namespace {

/// A file that is written, every call of which is checked.
class WrittenFile {
 public:
  WrittenFile(const std::filesystem::path& path, int flags)
      : path_(path), file_(open(path.c_str(), flags | O_NOFOLLOW | O_CLOEXEC, 0666)) {
    if (file_ < 0) fail();
  }
  ~WrittenFile() {
    if (file_ >= 0) ::close(file_);
  }
  WrittenFile(const WrittenFile&) = delete;
  WrittenFile& operator=(const WrittenFile&) = delete;

  int descriptor() const { return file_; }
  void write(std::string_view text) {
    while (!text.empty()) {
      const ssize_t count = ::write(file_, text.data(), text.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) fail();
      text.remove_prefix(static_cast<std::size_t>(count));
    }
  }
  void synchronize() {
    if (fsync(file_) != 0) fail();
  }
  void close() {
    if (::close(std::exchange(file_, -1)) != 0) fail();
  }
  [[noreturn]] void fail() const {
    throw RunError(fmt::format("cannot write '{}': {}", path_.string(),
                               errno == ELOOP ? written_through_no_link : std::strerror(errno)));
  }

 private:
  const std::filesystem::path& path_;
  int file_;
};

// Not one that was there: what a link of this name leads to stays as it is.
WrittenFile new_file(const std::filesystem::path& path) {
  if (unlink(path.c_str()) != 0 && errno != ENOENT)
    throw RunError(fmt::format("cannot write '{}': {}", path.string(), std::strerror(errno)));
  return {path, O_WRONLY | O_CREAT | O_EXCL};
}

enum class Disk { later, now };

void write_part(const std::filesystem::path& file, std::string_view text, Disk disk) {
  const std::filesystem::path part = part_of(file);
  try {
    WrittenFile written = new_file(part);
    written.write(text);
    if (disk == Disk::now) written.synchronize();
    written.close();
  } catch (...) {
    std::error_code ignored;  // the failure that is on its way says more
    std::filesystem::remove(part, ignored);
    throw;
  }
}

}  // namespace

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
    // Some file systems refuse it for folders.
    if (file.get() >= 0 && fsync(file.get()) != 0 && (errno == EIO || errno == ENOSPC || errno == EDQUOT))
      throw RunError(fmt::format("cannot put '{}' on the disk: {}", at.string(), std::strerror(errno)));
  }
}

void require_no_link(const std::filesystem::path& file) {
  std::error_code unknown;
  if (std::filesystem::is_symlink(std::filesystem::symlink_status(file, unknown)))
    throw RunError(fmt::format("cannot write '{}': {}", file.string(), written_through_no_link));
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
  WrittenFile file(path, O_RDWR | O_CREAT | O_APPEND);
  const off_t size = lseek(file.descriptor(), 0, SEEK_END);
  char last = '\n';
  if (size < 0 || (size > 0 && pread(file.descriptor(), &last, 1, size - 1) != 1)) file.fail();
  file.write((last == '\n' ? "" : "\n") + line + "\n");
  file.synchronize();
  file.close();
}

void write_file(const std::filesystem::path& file, std::string_view text) {
  WrittenFile written = new_file(file);
  written.write(text);
  written.close();
}

void replace_file(const std::filesystem::path& file, std::string_view text) {
  write_part(file, text, Disk::later);
  publish(file);
}

void write_durably(const std::filesystem::path& file, const std::string& text) {
  write_part(file, text, Disk::now);
  publish(file);
  put_on_disk(file.has_parent_path() ? file.parent_path() : ".");
}

}  // namespace descent::runlog
