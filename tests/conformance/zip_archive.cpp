#include "zip_archive.hpp"

#include <zlib.h>

#include <catch2/catch.hpp>
#include <fstream>

namespace conformance_test {

namespace {

std::string little_endian(std::size_t number, int bytes) {
  std::string text;
  for (int i = 0; i < bytes; ++i) text += static_cast<char>(number >> (8 * i) & 0xff);
  return text;
}

std::string deflated_bytes(const std::string& content) {
  z_stream stream{};
  REQUIRE(deflateInit2(&stream, 6, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(deflateBound(&stream, content.size()), '\0');
  std::string in = content;
  stream.next_in = reinterpret_cast<Bytef*>(in.data());
  stream.avail_in = static_cast<uInt>(in.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

}  // namespace

std::string npy(const std::string& type, const std::string& shape, const std::string& content,
                const std::string& fortran_order) {
  std::string header =
      "{'descr': '" + type + "', 'fortran_order': " + fortran_order + ", 'shape': " + shape + ", }";
  while ((10 + header.size() + 1) % 64 != 0) header += ' ';
  header += '\n';
  return "\x93NUMPY" + std::string("\x01\x00", 2) + little_endian(header.size(), 2) + header + content;
}

std::string zip(const std::vector<std::pair<std::string, std::string>>& members, bool deflated) {
  std::string archive, directory;
  for (const auto& [name, content] : members) {
    const std::string packed = deflated ? deflated_bytes(content) : content;
    const auto checksum =
        crc32(0, reinterpret_cast<const Bytef*>(content.data()), static_cast<uInt>(content.size()));
    // From "version needed" up to the length of the extra field, alike in both places.
    const std::string shared =
        little_endian(20, 2) + little_endian(0, 2) + little_endian(deflated ? 8 : 0, 2) +
        little_endian(0, 4) + little_endian(checksum, 4) + little_endian(packed.size(), 4) +
        little_endian(content.size(), 4) + little_endian(name.size(), 2) + little_endian(0, 2);
    directory += "PK\x01\x02" + little_endian(20, 2) + shared + std::string(10, '\0') +
                 little_endian(archive.size(), 4) + name;
    archive += "PK\x03\x04" + shared + name + packed;
  }
  const std::size_t begin = archive.size();
  archive += directory;
  return archive + "PK\x05\x06" + little_endian(0, 4) + little_endian(members.size(), 2) +
         little_endian(members.size(), 2) + little_endian(directory.size(), 4) + little_endian(begin, 4) +
         little_endian(0, 2);
}

void write_file(const std::filesystem::path& file, const std::string& bytes) {
  std::ofstream stream(file, std::ios::binary);
  stream << bytes;
  REQUIRE(stream.flush());
}

}  // namespace conformance_test
