#include "descent/base/file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "descent/base/error.hpp"

namespace descent {

std::string read_file(const std::filesystem::path& file) {
  std::error_code unknown;
  const auto status = std::filesystem::status(file, unknown);
  // A pipe would be waited for, and a device may have no end.
  if (std::filesystem::exists(status) && std::filesystem::is_other(status))
    throw Error(fmt::format("'{}' is no regular file", file.string()));
  errno = 0;
  std::ifstream stream(file, std::ios::binary);
  std::string bytes;
  std::array<char, 1 << 14> piece;
  while (stream.read(piece.data(), piece.size()) || stream.gcount() > 0)
    bytes.append(piece.data(), static_cast<std::size_t>(stream.gcount()));
  if (stream.bad() || !stream.eof())
    throw Error(fmt::format("cannot read '{}'{}{}", file.string(), errno == 0 ? "" : ": ",
                            errno == 0 ? "" : std::strerror(errno)));
  return bytes;
}

std::vector<std::string> last_lines(const std::filesystem::path& file, std::size_t count) {
  constexpr std::streamoff looked_at = 16384;
  std::ifstream stream(file, std::ios::binary | std::ios::ate);
  if (!stream) return {};
  const std::streamoff size = stream.tellg();
  stream.seekg(std::max<std::streamoff>(0, size - looked_at));
  std::vector<std::string> lines;
  for (std::string line; std::getline(stream, line);)
    if (!line.empty()) lines.push_back(std::move(line));
  if (lines.size() > count) lines.erase(lines.begin(), lines.end() - static_cast<std::ptrdiff_t>(count));
  return lines;
}

}  // namespace descent
