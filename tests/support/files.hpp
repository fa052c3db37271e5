#pragma once

#include <cstring>
#include <filesystem>
#include <string>

#include "descent/base/temporary_folder.hpp"

namespace descent::testing {

/// An empty folder of its own for each test, removed with the object.
class ScratchFolder {
  TemporaryFolder folder_;

 public:
  ScratchFolder();
  /// Writes a file into it and returns where.
  std::filesystem::path write(const std::string& name, const std::string& text) const;
  const std::filesystem::path path;
};

/// All bytes of a file; nothing where there is none.
std::string content(const std::filesystem::path& file);

/// Flips a bit of the first byte of `where`, which the file must hold.
void flip(const std::filesystem::path& file, const std::string& where);

/// A number as it lies in memory.
template <class Number>
std::string bytes_of(Number number) {
  std::string bytes(sizeof number, '\0');
  std::memcpy(bytes.data(), &number, sizeof number);
  return bytes;
}

}  // namespace descent::testing
