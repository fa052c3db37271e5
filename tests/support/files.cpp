#include "support/files.hpp"

#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace descent::testing {

namespace fs = std::filesystem;

static fs::path make_folder() {
  std::string pattern = (fs::temp_directory_path() / "descent_XXXXXX").string();
  if (mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("cannot make a folder in " + pattern);
  return pattern;
}

ScratchFolder::ScratchFolder() : path(make_folder()) {}

ScratchFolder::~ScratchFolder() {
  std::error_code left_behind;  // in a folder for temporary files: no reason to fail a test
  fs::remove_all(path, left_behind);
}

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
