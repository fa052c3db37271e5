#include "npy_array.hpp"

#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "descent/base/descriptor.hpp"
#include "descent/base/error.hpp"
#include "descent/base/npy.hpp"

namespace descent {

namespace {

// Bytes of a file from `offset` on; throws RunError where there are none, or the disk fails.
void read_at(const Descriptor& file, const std::string& name, std::uint64_t offset, std::byte* out,
             std::uint64_t count) {
  while (count > 0) {
    const ssize_t got =
        ::pread(file.get(), out, std::min<std::uint64_t>(count, 1 << 30), static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw RunError(name + " cannot be read: " + std::strerror(errno));
    if (got == 0) throw RunError(name + " has become shorter since it was opened");
    out += got;
    offset += static_cast<std::uint64_t>(got);
    count -= static_cast<std::uint64_t>(got);
  }
}

class NpyArray final : public StoredArray {
 public:
  NpyArray(std::string its_title, Descriptor file, const NpyHeader& header)
      : file_(std::move(file)), swapped_(header.swapped), data_offset_(header.data_offset) {
    title = std::move(its_title);
    element = header.element;
    extents = header.extents;
  }
  void read(std::int64_t begin, std::int64_t count, std::byte* out) const override {
    const std::uint64_t size = static_cast<std::uint64_t>(count) * row_bytes();
    read_at(file_, title, offset_of(begin), out, size);
    if (swapped_) swap_bytes(element, out, size / element_size(element));
  }
  void announce(std::int64_t begin, std::int64_t count) const override {
    // Only advice: what it does not bring is read later.
    (void)::posix_fadvise(file_.get(), static_cast<off_t>(offset_of(begin)),
                          static_cast<off_t>(static_cast<std::uint64_t>(count) * row_bytes()),
                          POSIX_FADV_WILLNEED);
  }

 private:
  std::uint64_t offset_of(std::int64_t row) const {
    return data_offset_ + static_cast<std::uint64_t>(row) * row_bytes();
  }

  Descriptor file_;
  bool swapped_;
  std::uint64_t data_offset_;
};

}  // namespace

std::unique_ptr<StoredArray> open_npy(const std::filesystem::path& file, std::uint64_t memory) {
  std::string name = "'";
  name += file.string();
  name += "'";
  Descriptor opened(::open(file.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC));
  struct stat status;
  if (opened.get() < 0 || ::fstat(opened.get(), &status) != 0)
    throw Error(name + " cannot be read: " + std::strerror(errno));
  if (S_ISDIR(status.st_mode)) throw Error(name + " is a folder, not a .npy file");
  if (!S_ISREG(status.st_mode)) throw Error(name + " is no regular file");
  std::uint64_t at = 0;
  const auto read = [&](std::byte* out, std::size_t count) {
    read_at(opened, name, at, out, count);
    at += count;
  };
  try {
    const NpyHeader header = read_npy_header(static_cast<std::uint64_t>(status.st_size), read);
    if (header.extents.empty())
      throw NpyProblem("is a single number; an array of examples has one row for each");
    if (!header.fortran || header.extents.size() < 2)
      return std::make_unique<NpyArray>(name, std::move(opened), header);
    if (header.data_size > memory)
      throw NpyProblem(
          "is in Fortran's order and larger than 'memory', so that it cannot be read by rows; save "
          "numpy.ascontiguousarray() of it");
    auto elements = std::make_unique_for_overwrite<std::byte[]>(header.data_size);
    read(elements.get(), header.data_size);
    return std::make_unique<ArrayInMemory>(name, row_major(header, std::move(elements)));
  } catch (const NpyProblem& problem) {
    throw Error(SourceLocation{}, name + " " + problem.what(), codes::unreadable);
  }
}

}  // namespace descent
