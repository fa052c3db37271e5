#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "descent/base/element.hpp"

namespace descent::archive {

/// The arrays of a file as numpy.savez and numpy.savez_compressed write it: a zip archive of .npy files. Whatever the
/// file holds, a damaged one is an Error and nothing worse.
class NpzFile {
 public:
  /// Reads the archive's directory. Throws Error when the file cannot be read or is no zip archive.
  explicit NpzFile(const std::filesystem::path& file);
  ~NpzFile();

  /// The arrays' names, without `.npy`, in the order in which they were saved.
  std::vector<std::string> names() const;
  bool has(const std::string& name) const;
  /// The whole array. Throws Error, with file and name, when there is no such array, its checksum is wrong, or read_npy()
  /// refuses it.
  ElementArray array(const std::string& name) const;

 private:
  struct Archive;
  [[noreturn]] void refuse(const std::string& why) const;

  std::filesystem::path file_;
  std::unique_ptr<Archive> archive_;
};

}  // namespace descent::archive
