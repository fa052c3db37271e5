#include "descent/conformance/npz.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <fstream>

#include "descent/base/error.hpp"
#include "descent/base/text.hpp"
#include "descent/conformance/npy.hpp"

namespace descent::conformance {

namespace {

// Of a zip archive (PKWARE's APPNOTE 4.3): the records' signatures and fixed sizes.
constexpr std::uint32_t local_signature = 0x04034b50, entry_signature = 0x02014b50,
                        end_signature = 0x06054b50;
constexpr std::size_t local_size = 30, entry_size = 46, end_size = 22, longest_comment = 65535;
constexpr std::uint32_t stored = 0, deflated = 8;
// No deflate stream is denser, so a size beyond it is damaged.
constexpr std::size_t deflate_limit = 1040;

std::uint32_t number_at(const std::string& bytes, std::size_t at, std::size_t size) {
  std::uint32_t number = 0;
  for (std::size_t i = size; i-- > 0;) number = number << 8 | static_cast<unsigned char>(bytes[at + i]);
  return number;
}

bool fits(const std::string& bytes, std::size_t at, std::size_t size) {
  return at <= bytes.size() && size <= bytes.size() - at;
}

std::uint32_t crc32_of(const std::string& bytes) {
  return static_cast<std::uint32_t>(crc32_z(0, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

/// False: this is no deflate stream of that many bytes.
bool inflate_into(std::string_view packed, std::string& out) {
  z_stream stream{};
  if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) return false;
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int result = inflate(&stream, Z_FINISH);
  inflateEnd(&stream);
  return result == Z_STREAM_END && stream.avail_out == 0;
}

std::string read_all(const std::filesystem::path& file) {
  std::error_code error;
  if (std::filesystem::is_directory(file, error)) throw Error(file.string() + ": this is a directory");
  if (!std::filesystem::is_regular_file(file, error)) throw Error(file.string() + ": there is no such file");
  std::ifstream stream(file, std::ios::binary);
  std::string bytes{std::istreambuf_iterator<char>(stream), {}};
  if (!stream.eof() && stream.fail()) throw Error(file.string() + ": cannot be read");
  return bytes;
}

}  // namespace

void NpzFile::refuse(const std::string& why) const {
  throw Error(fmt::format("{}: {}", file_.string(), why));
}

NpzFile::NpzFile(const std::filesystem::path& file) : file_(file), bytes_(read_all(file)) {
  read_directory();
}
NpzFile::~NpzFile() = default;

void NpzFile::read_directory() {
  const std::string no_archive = "this is no .npz file, or it is cut short: a zip archive's end is missing";
  if (bytes_.size() < end_size) refuse(no_archive);
  const std::size_t last = bytes_.size() - end_size;
  const std::size_t first = last > longest_comment ? last - longest_comment : 0;
  std::size_t end = last + 1;
  while (end > first && number_at(bytes_, end - 1, 4) != end_signature) --end;
  if (end == first) refuse(no_archive);
  --end;
  const std::uint32_t count = number_at(bytes_, end + 10, 2);
  std::size_t at = number_at(bytes_, end + 16, 4);
  if (count == 0xffff || at == 0xffffffff) refuse("archives of 4 GiB or 65535 arrays are not read");
  for (std::uint32_t i = 0; i < count; ++i) {
    if (!fits(bytes_, at, entry_size) || number_at(bytes_, at, 4) != entry_signature)
      refuse(fmt::format("the archive's directory is damaged at entry {} of {}", i + 1, count));
    const std::size_t name_size = number_at(bytes_, at + 28, 2);
    const std::size_t length =
        entry_size + name_size + number_at(bytes_, at + 30, 2) + number_at(bytes_, at + 32, 2);
    if (!fits(bytes_, at, length)) refuse("the archive's directory is cut short");
    Member member{bytes_.substr(at + entry_size, name_size),
                  number_at(bytes_, at + 10, 2),
                  number_at(bytes_, at + 16, 4),
                  number_at(bytes_, at + 20, 4),
                  number_at(bytes_, at + 24, 4),
                  number_at(bytes_, at + 42, 4)};
    if (member.name.ends_with(".npy")) member.name.resize(member.name.size() - 4);
    members_.push_back(std::move(member));
    at += length;
  }
}

std::vector<std::string> NpzFile::names() const {
  std::vector<std::string> names;
  for (const Member& member : members_) names.push_back(member.name);
  return names;
}

bool NpzFile::has(const std::string& name) const {
  return std::any_of(members_.begin(), members_.end(),
                     [&](const Member& member) { return member.name == name; });
}

std::string NpzFile::unpacked(const Member& member) const {
  const std::string damaged = fmt::format("the array '{}' is damaged", member.name);
  if (!fits(bytes_, member.offset, local_size) || number_at(bytes_, member.offset, 4) != local_signature)
    refuse(damaged);
  const std::size_t begin = member.offset + local_size + number_at(bytes_, member.offset + 26, 2) +
                            number_at(bytes_, member.offset + 28, 2);
  if (!fits(bytes_, begin, member.packed_size)) refuse(damaged);
  const std::string_view packed(bytes_.data() + begin, member.packed_size);
  std::string content;
  if (member.method == stored) {
    if (member.size != member.packed_size) refuse(damaged);
    content = packed;
  } else if (member.method == deflated) {
    if (member.size > deflate_limit * (member.packed_size + 1)) refuse(damaged);
    content.resize(member.size);
    if (!inflate_into(packed, content)) refuse(damaged);
  } else {
    refuse(fmt::format("the array '{}' is packed by method {}; numpy writes 0 (stored) and 8 (deflated)",
                       member.name, member.method));
  }
  if (crc32_of(content) != member.checksum) refuse(damaged + ": its checksum is wrong");
  return content;
}

NpzFile::Array NpzFile::array(const std::string& name) const {
  const auto found = std::find_if(members_.begin(), members_.end(),
                                  [&](const Member& member) { return member.name == name; });
  if (found == members_.end())
    refuse(fmt::format("there is no array '{}'{}", name, suggestion(name, names())));
  try {
    NpyArray array = parse_npy(unpacked(*found));
    return {std::move(array.extents), std::move(array.values)};
  } catch (const NpyProblem& problem) {
    refuse(fmt::format("the array '{}' {}", name, problem.what()));
  }
}

}  // namespace descent::conformance
