#include "idx_file.hpp"

#include <zlib.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <limits>
#include <memory>
#include <string>

#include "descent/base/error.hpp"

namespace descent {

namespace {

using Bytes = std::vector<std::uint8_t>;

[[noreturn]] void refuse(const std::filesystem::path& file, const std::string& what) {
  throw Error("'" + file.string() + "' " + what);
}

Bytes read_bytes(const std::filesystem::path& file) {
  const std::unique_ptr<std::FILE, int (*)(std::FILE*)> stream(std::fopen(file.c_str(), "rb"), &std::fclose);
  if (!stream) refuse(file, std::string("cannot be read: ") + std::strerror(errno));
  Bytes bytes;
  std::array<std::uint8_t, 1 << 16> chunk;
  while (const std::size_t count = std::fread(chunk.data(), 1, chunk.size(), stream.get()))
    bytes.insert(bytes.end(), chunk.begin(), chunk.begin() + static_cast<std::ptrdiff_t>(count));
  if (std::ferror(stream.get())) refuse(file, std::string("cannot be read: ") + std::strerror(errno));
  if (bytes.empty()) refuse(file, "is empty");
  return bytes;
}

class Inflater {
 public:
  Inflater() {
    constexpr int gzip_only = 16;
    if (inflateInit2(&stream_, MAX_WBITS + gzip_only) != Z_OK) throw RunError("zlib cannot be started");
  }
  ~Inflater() { inflateEnd(&stream_); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;
  z_stream* operator->() { return &stream_; }
  z_stream* get() { return &stream_; }

 private:
  z_stream stream_{};
};

bool is_gzip(const Bytes& bytes) {
  return bytes.size() >= 2 && bytes[0] == 0x1f && bytes[1] == 0x8b;
}

Bytes gunzip(const std::filesystem::path& file, Bytes& compressed) {
  if (compressed.size() > std::numeric_limits<uInt>::max()) refuse(file, "is larger than 4 GiB");
  Inflater inflater;
  inflater->next_in = compressed.data();
  inflater->avail_in = static_cast<uInt>(compressed.size());
  Bytes bytes;
  std::array<std::uint8_t, 1 << 16> chunk;
  int result = Z_OK;
  while (result != Z_STREAM_END) {
    inflater->next_out = chunk.data();
    inflater->avail_out = static_cast<uInt>(chunk.size());
    result = inflate(inflater.get(), Z_NO_FLUSH);
    if (result == Z_BUF_ERROR) refuse(file, "is cut short: its gzip stream has no end");
    if (result != Z_OK && result != Z_STREAM_END)
      refuse(file,
             std::string("is damaged: ") + (inflater->msg ? inflater->msg : "its gzip stream is broken"));
    bytes.insert(bytes.end(), chunk.data(), inflater->next_out);
  }
  if (inflater->avail_in > 0)
    refuse(file, "has " + std::to_string(inflater->avail_in) + " bytes behind the end of its gzip stream");
  return bytes;
}

std::uint32_t big_endian(const Bytes& bytes, std::size_t offset) {
  std::uint32_t number = 0;
  for (std::size_t i = 0; i < 4; ++i) number = number << 8 | bytes[offset + i];
  return number;
}

std::string hexadecimal(std::uint32_t number) {
  std::array<char, 16> text;
  std::snprintf(text.data(), text.size(), "0x%08x", number);
  return text.data();
}

}  // namespace

IdxArray read_idx(const std::filesystem::path& file, std::size_t rank) {
  Bytes bytes = read_bytes(file);
  if (is_gzip(bytes)) bytes = gunzip(file, bytes);
  const std::size_t header = 4 + 4 * rank;
  if (bytes.size() < 4) refuse(file, "is cut short: it ends in the magic number");

  constexpr std::uint32_t unsigned_bytes = 0x0800;
  const std::uint32_t expected = unsigned_bytes | static_cast<std::uint32_t>(rank);
  const std::uint32_t magic = big_endian(bytes, 0);
  if (magic != expected)
    refuse(file, "begins with " + hexadecimal(magic) + ", but an IDX file of bytes in " +
                     std::to_string(rank) + (rank == 1 ? " dimension" : " dimensions") + " begins with " +
                     hexadecimal(expected));
  if (bytes.size() < header) refuse(file, "is cut short: it ends in the header");

  IdxArray array;
  std::uint64_t announced = 1;
  for (std::size_t dimension = 0; dimension < rank; ++dimension) {
    const std::uint32_t extent = big_endian(bytes, 4 + 4 * dimension);
    if (extent == 0) refuse(file, "holds nothing: an extent in its header is 0");
    array.extents.push_back(extent);
    if (__builtin_mul_overflow(announced, std::uint64_t{extent}, &announced))
      refuse(file, "is damaged: its header announces more bytes than a file can hold");
  }
  const std::uint64_t held = bytes.size() - header;
  if (held != announced)
    refuse(file, (held < announced ? "is cut short: it holds " : "goes on behind its end: it holds ") +
                     std::to_string(held) + " bytes, its header announces " + std::to_string(announced));
  bytes.erase(bytes.begin(), bytes.begin() + static_cast<std::ptrdiff_t>(header));
  array.values = std::move(bytes);
  return array;
}

}  // namespace descent
