#include "unpacked_file.hpp"

#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>

#include "descent/base/error.hpp"

namespace descent {

namespace {

[[noreturn]] void refuse(const std::filesystem::path& file, const std::string& what) {
  std::string text = "'";
  text += file.string();
  text += "' ";
  text += what;
  throw Error(SourceLocation{}, text, codes::unreadable);
}

}  // namespace

std::string read_unpacked(const std::filesystem::path& file, const PromisedSize& promised) {
  std::error_code none;
  const auto status = std::filesystem::status(file, none);
  if (std::filesystem::is_other(status)) refuse(file, "is no regular file");
  errno = 0;
  const std::unique_ptr<gzFile_s, int (*)(gzFile)> stream(gzopen(file.c_str(), "rbe"), &gzclose_r);
  if (!stream)
    refuse(file,
           std::string("cannot be read: ") + (errno != 0 ? std::strerror(errno) : "zlib cannot be started"));
  constexpr unsigned largest_buffer = 1 << 18;
  gzbuffer(stream.get(), largest_buffer);
  std::string bytes;
  std::error_code unknown;
  const auto held = std::filesystem::file_size(file, unknown);
  if (!unknown) bytes.resize(held + 1);  // of a plain file all, and the end is seen at once
  std::size_t size = 0;
  std::optional<std::uint64_t> most;
  while (true) {
    if (promised && !most) most = promised(std::string_view(bytes).substr(0, size));
    if (most && size > *most)
      refuse(file, "goes on after its end: its header announces " + std::to_string(*most) + " bytes in all");
    if (size == bytes.size()) bytes.resize(std::max<std::size_t>(largest_buffer, size + size / 2));
    const auto wanted = static_cast<unsigned>(std::min<std::size_t>(bytes.size() - size, 1U << 30));
    const int got = gzread(stream.get(), bytes.data() + size, wanted);
    if (got > 0) size += static_cast<std::size_t>(got);
    int problem = Z_OK;
    const char* message = gzerror(stream.get(), &problem);
    if (problem == Z_BUF_ERROR) refuse(file, "is cut short: its gzip data have no end");
    if (problem == Z_ERRNO) refuse(file, std::string("cannot be read: ") + std::strerror(errno));
    if (got < 0) refuse(file, std::string("is damaged: ") + message);
    if (got == 0) break;
  }
  if (size == 0) refuse(file, "is empty");
  bytes.resize(size);
  return bytes;
}

}  // namespace descent
