#pragma once

#include <cstring>
#include <filesystem>
#include <string>

namespace descent {

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

}  // namespace descent
