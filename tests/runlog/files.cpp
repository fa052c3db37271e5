#include "runlog/files.hpp"

#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

namespace descent {

std::string content(const std::filesystem::path& file) {
  std::ostringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  return text.str();
}

void flip(const std::filesystem::path& file, const std::string& where) {
  std::string bytes = content(file);
  const std::size_t at = bytes.find(where);
  REQUIRE(at != std::string::npos);
  bytes[at] = static_cast<char>(bytes[at] ^ 0x10);
  std::ofstream(file, std::ios::binary) << bytes;
}

}  // namespace descent
