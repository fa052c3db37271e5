#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "descent/base/api.hpp"

namespace descent::conformance {

/// The arrays of a file as numpy.savez and numpy.savez_compressed write it: a zip archive of .npy files,
/// stored or deflated, of less than 4 GiB. Whatever the file holds, a damaged one is an Error and nothing
/// worse.
class DESCENT_API NpzFile {
 public:
  struct Array {
    std::vector<std::int64_t> extents;
    std::vector<double> values;  ///< row-major
  };

  /// Reads the archive's directory. Throws Error when the file cannot be read or is no zip archive.
  explicit NpzFile(const std::filesystem::path& file);
  ~NpzFile();

  /// The arrays' names, without `.npy`, in the order in which they were saved.
  std::vector<std::string> names() const;
  bool has(const std::string& name) const;
  /// Throws Error, with file and name, when there is no such array, its checksum is wrong, or it is not a
  /// row-major array of little-endian float64, float32, int64, int32 or bool.
  Array array(const std::string& name) const;

 private:
  struct Member {
    std::string name;
    std::uint32_t method, checksum;
    std::size_t packed_size, size, offset;
  };
  void read_directory();
  std::string unpacked(const Member& member) const;
  [[noreturn]] void refuse(const std::string& why) const;

  std::filesystem::path file_;
  std::string bytes_;
  std::vector<Member> members_;
};

}  // namespace descent::conformance
