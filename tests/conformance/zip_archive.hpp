#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace conformance_test {

/// The bytes of a .npy file, version 1.
std::string npy(const std::string& type, const std::string& shape, const std::string& content,
                const std::string& fortran_order = "False");
/// The bytes of these numbers.
template <class Number>
std::string bytes_of(const std::vector<Number>& numbers) {
  return {reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof(Number)};
}

/// A zip archive of named contents, stored or deflated.
std::string zip(const std::vector<std::pair<std::string, std::string>>& members, bool deflated);
void write_file(const std::filesystem::path& file, const std::string& bytes);

}  // namespace conformance_test
