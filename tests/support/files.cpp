#include "support/files.hpp"

#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

namespace descent::testing {

namespace fs = std::filesystem;

ScratchFolder::ScratchFolder() : folder_("descent_test"), path(folder_.path()) {}

fs::path ScratchFolder::write(const std::string& name, const std::string& text) const {
  std::ofstream(path / name) << text;
  return path / name;
}

std::string content(const fs::path& file) {
  std::ostringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  return text.str();
}

void flip(const fs::path& file, const std::string& where) {
  std::string bytes = content(file);
  const std::size_t at = bytes.find(where);
  REQUIRE(at != std::string::npos);
  bytes[at] = static_cast<char>(bytes[at] ^ 0x10);
  std::ofstream(file, std::ios::binary) << bytes;
}

}  // namespace descent::testing
