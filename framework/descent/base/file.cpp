#include "descent/base/file.hpp"

#include <fmt/format.h>

#include <fstream>
#include <iterator>

#include "descent/base/error.hpp"

namespace descent {

std::string read_file(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(stream), {}};
  if (!stream) throw Error(fmt::format("cannot read '{}'", file.string()));
  return bytes;
}

}  // namespace descent
