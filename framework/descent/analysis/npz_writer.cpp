#include "descent/analysis/npz_writer.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <bit>
#include <cerrno>
#include <cstring>

#include "descent/base/error.hpp"
#include "descent/base/text.hpp"

namespace descent::analysis {

static_assert(std::endian::native == std::endian::little, "numbers are written as they lie in memory");

namespace {

constexpr std::uint64_t most_in_32_bits = 0xffffffff, most_in_16_bits = 0xffff;
constexpr std::uint32_t version_of_zip64 = 45, version = 20;

// Little-endian numbers, one behind the other: a record of a zip archive.
class Record {
 public:
  Record& add(std::uint64_t number, int bytes) {
    for (int i = 0; i < bytes; ++i) bytes_ += static_cast<char>(number >> (8 * i) & 0xff);
    return *this;
  }
  /// What does not fit stands in the zip64 field instead.
  Record& add_32(std::uint64_t number, bool elsewhere) {
    return add(elsewhere ? most_in_32_bits : number, 4);
  }
  Record& add(std::string_view text) {
    bytes_ += text;
    return *this;
  }
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

const char* type_word(NpyType type) {
  return type == NpyType::float32 ? "<f4" : type == NpyType::float64 ? "<f8" : "<i8";
}

std::uint64_t type_size(NpyType type) {
  return type == NpyType::float32 ? 4 : 8;
}

// numpy's format 1.0: the data begin at a multiple of 64.
std::string npy_header(NpyType type, const std::vector<std::int64_t>& extents) {
  std::string shape;
  for (const std::int64_t extent : extents) shape += fmt::format("{}, ", extent);
  if (extents.size() > 1) shape.resize(shape.size() - 2);
  std::string dictionary =
      fmt::format("{{'descr': '{}', 'fortran_order': False, 'shape': ({}), }}", type_word(type), shape);
  constexpr std::size_t before = 10;  // magic, version and length
  while ((before + dictionary.size() + 1) % 64 != 0) dictionary += ' ';
  dictionary += '\n';
  return Record().add("\x93NUMPY").add(1, 1).add(0, 1).add(dictionary.size(), 2).add(dictionary).bytes();
}

std::uint32_t checksum_of(std::uint32_t before, std::span<const std::byte> bytes) {
  return static_cast<std::uint32_t>(
      crc32_z(before, reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()));
}

// What local header and directory say alike: from the version needed to the length of the name. Every member
// is of 1980-01-01, the earliest date there is, so that the same arrays give the same file.
void add_common(Record& record, const std::string& name, std::uint32_t checksum, std::uint64_t size,
                bool large, std::size_t extra_size) {
  record.add(large ? version_of_zip64 : version, 2).add(0, 2).add(0, 2).add(0, 2).add(0x21, 2);
  record.add(checksum, 4).add_32(size, large).add_32(size, large);
  record.add(name.size(), 2).add(extra_size, 2);
}

std::string local_header(const std::string& name, std::uint32_t checksum, std::uint64_t size, bool large) {
  Record record;
  record.add(0x04034b50, 4);
  add_common(record, name, checksum, size, large, large ? 20 : 0);
  record.add(name);
  if (large) record.add(1, 2).add(16, 2).add(size, 8).add(size, 8);
  return record.bytes();
}

}  // namespace

NpzWriter::NpzWriter(const std::filesystem::path& file) : file_(file), part_(file.string() + ".part") {
  std::error_code none;
  std::filesystem::remove(part_, none);  // what a link of this name leads to stays as it is
  stream_.open(part_, std::ios::binary | std::ios::trunc);
  require_good();
}

NpzWriter::~NpzWriter() {
  if (finished_) return;
  stream_.close();
  std::error_code left_behind;  // a file that is no archive yet, and says so by its name
  std::filesystem::remove(part_, left_behind);
}

void NpzWriter::require_good() const {
  if (!stream_) throw RunError(fmt::format("cannot write '{}': {}", part_.string(), std::strerror(errno)));
}

void NpzWriter::put(std::string_view bytes) {
  stream_.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  require_good();
  position_ += bytes.size();
}

void NpzWriter::put_data(std::span<const std::byte> bytes) {
  Member& member = members_.back();
  member.checksum = checksum_of(member.checksum, bytes);
  written_ += bytes.size();
  put({reinterpret_cast<const char*>(bytes.data()), bytes.size()});
}

void NpzWriter::begin(const std::string& name, NpyType type, const std::vector<std::int64_t>& extents) {
  end_array();
  const std::string header = npy_header(type, extents);
  std::uint64_t size = type_size(type);
  for (const std::int64_t extent : extents) size *= static_cast<std::uint64_t>(extent);
  size += header.size();
  members_.push_back({name + ".npy", 0, size, position_, size >= most_in_32_bits});
  const Member& member = members_.back();
  put(local_header(member.name, 0, member.size, member.large));
  type_ = type;
  written_ = 0;
  in_array_ = true;
  put_data(std::as_bytes(std::span(header)));
}

template <class Number, class Source>
void NpzWriter::write_as(std::span<const Source> numbers) {
  if constexpr (std::is_same_v<Number, Source>) {
    put_data(std::as_bytes(numbers));
  } else {
    std::vector<Number> converted(numbers.size());
    for (std::size_t i = 0; i < numbers.size(); ++i) converted[i] = static_cast<Number>(numbers[i]);
    put_data(std::as_bytes(std::span(converted)));
  }
}

void NpzWriter::write(std::span<const double> numbers) {
  if (type_ == NpyType::float32)
    write_as<float>(numbers);
  else if (type_ == NpyType::float64)
    write_as<double>(numbers);
  else
    write_as<std::int64_t>(numbers);
}

void NpzWriter::write(std::span<const std::int64_t> numbers) {
  DESCENT_ASSERT(type_ == NpyType::int64, "whole numbers are written into arrays of whole numbers");
  write_as<std::int64_t>(numbers);
}

// The checksum is known now: into the header that was written before.
void NpzWriter::end_array() {
  if (!in_array_) return;
  in_array_ = false;
  const Member& member = members_.back();
  DESCENT_ASSERT(written_ == member.size, "an array gets as many numbers as its extents have");
  constexpr std::uint64_t place_of_checksum = 14;
  stream_.seekp(static_cast<std::streamoff>(member.offset + place_of_checksum));
  const std::string checksum = Record().add(member.checksum, 4).bytes();
  stream_.write(checksum.data(), static_cast<std::streamsize>(checksum.size()));
  stream_.seekp(static_cast<std::streamoff>(position_));
  require_good();
}

void NpzWriter::finish() {
  end_array();
  const std::uint64_t begin = position_;
  for (const Member& member : members_) {
    const bool far = member.offset >= most_in_32_bits;
    const std::size_t numbers = (member.large ? 2u : 0u) + (far ? 1u : 0u);
    Record record;
    record.add(0x02014b50, 4).add(numbers > 0 ? version_of_zip64 : version, 2);
    add_common(record, member.name, member.checksum, member.size, member.large,
               numbers > 0 ? 4 + 8 * numbers : 0);
    record.add(0, 2).add(0, 2).add(0, 2).add(0, 4).add_32(member.offset, far).add(member.name);
    if (numbers > 0) record.add(1, 2).add(8 * numbers, 2);
    if (member.large) record.add(member.size, 8).add(member.size, 8);
    if (far) record.add(member.offset, 8);
    put(record.bytes());
  }
  const std::uint64_t end = position_, size = end - begin, count = members_.size();
  const bool zip64 = begin >= most_in_32_bits || size >= most_in_32_bits || count >= most_in_16_bits;
  if (zip64) {
    put(Record()
            .add(0x06064b50, 4)
            .add(44, 8)
            .add(version_of_zip64, 2)
            .add(version_of_zip64, 2)
            .add(0, 4)
            .add(0, 4)
            .add(count, 8)
            .add(count, 8)
            .add(size, 8)
            .add(begin, 8)
            .bytes());
    put(Record().add(0x07064b50, 4).add(0, 4).add(end, 8).add(1, 4).bytes());
  }
  const std::uint64_t short_count = zip64 ? most_in_16_bits : count;
  put(Record()
          .add(0x06054b50, 4)
          .add(0, 2)
          .add(0, 2)
          .add(short_count, 2)
          .add(short_count, 2)
          .add_32(size, zip64)
          .add_32(begin, zip64)
          .add(0, 2)
          .bytes());
  stream_.close();
  require_good();
  std::error_code error;
  std::filesystem::rename(part_, file_, error);
  if (error) throw RunError(fmt::format("cannot write '{}': {}", file_.string(), error.message()));
  finished_ = true;
}

}  // namespace descent::analysis
