#include "descent/runlog/detail/open_hdf5.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <sys/file.h>

#include <array>
#include <cerrno>
#include <fstream>

#include "descent/base/descriptor.hpp"
#include "descent/base/error.hpp"

namespace descent::runlog::hdf5 {

namespace {

enum class Writer { none, of_rows, of_all };

// What the superblock's status flags, byte 11 of version 3, say of who has the file open, or had when it was killed.
// `of_rows`: one that lets others read meanwhile (SWMR).
Writer writer_of(const std::filesystem::path& file, const std::string& what) {
  std::error_code unknown;
  if (!std::filesystem::exists(file, unknown))
    throw Error(fmt::format("there is no {} '{}'", what, file.string()));
  if (std::filesystem::is_other(std::filesystem::status(file, unknown)))
    throw Error(fmt::format("'{}' is no regular file, so it is no {}", file.string(), what));
  std::ifstream stream(file, std::ios::binary);
  std::array<char, 12> head{};
  stream.read(head.data(), head.size());
  if (stream.bad() || (!stream && stream.gcount() == 0))
    throw Error(fmt::format("'{}' cannot be read, or is empty: it is no {}", file.string(), what));
  constexpr std::string_view signature = "\211HDF\r\n\032\n";
  if (std::string_view(head.data(), signature.size()) != signature)
    throw Error(fmt::format("'{}' is not an HDF5 file, so it is no {}", file.string(), what));
  if (head[8] < 3 || (head[11] & 1) == 0) return Writer::none;
  return (head[11] & 4) != 0 ? Writer::of_rows : Writer::of_all;
}

// HDF5 holds this lock for as long as it has a file open for writing, if it is not told otherwise.
bool is_locked(const std::filesystem::path& file) {
  const Descriptor opened(open(file.c_str(), O_RDONLY | O_CLOEXEC));
  return opened.get() >= 0 && flock(opened.get(), LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

}  // namespace

Reading open_for_reading(const std::filesystem::path& file, const std::string& what,
                         const std::string& schema, std::int64_t newest, bool may_be_cut) {
  const Lock lock;
  const Writer writer = writer_of(file, what);
  const bool closed = writer == Writer::none;
  if (writer == Writer::of_all)
    throw Error({},
                fmt::format("the {} '{}' {}", what, file.string(),
                            is_locked(file) ? "is open for writing in another program; it can be read once "
                                              "that has closed it. ViTables opens "
                                              "files so, unless it is started as 'vitables -m r'"
                                            : "was opened for writing by another program, which has not "
                                              "closed it (ViTables opens files so, "
                                              "unless it is started as 'vitables -m r'): while it has it "
                                              "open, wait; where it was killed, "
                                              "'h5clear -s' makes the file readable"),
                codes::unreadable);
  try {
    Handle handle = may_be_cut && closed
                        ? open_cut_file(file)
                        : open_file(file, closed ? H5F_ACC_RDONLY : H5F_ACC_RDONLY | H5F_ACC_SWMR_READ);
    if (read_text_attribute(handle, "schema") != schema)
      throw Error(fmt::format("'{}' is an HDF5 file, but no {}", file.string(), what));
    const Value version = read_attribute(handle, "schema_version");
    if (!version.is(Value::Kind::integer) || version.integer() > newest)
      throw Error(fmt::format(
          "'{}' was written by a newer Descent: its {} has schema version {}, and this one reads up to {}",
          file.string(), what, version.is(Value::Kind::integer) ? std::to_string(version.integer()) : "?",
          newest));
    return {std::move(handle), closed};
  } catch (const Failure& failure) {
    throw Error(fmt::format("the {} '{}' is cut short or damaged: {}", what, file.string(), failure.what()));
  }
}

}  // namespace descent::runlog::hdf5
