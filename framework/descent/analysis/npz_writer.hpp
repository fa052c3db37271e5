#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "descent/base/api.hpp"

namespace descent::analysis {

/// The element type of an array, little-endian: numpy's `<f4`, `<f8`, `<i8`.
enum class NpyType { float32, float64, int64 };

/// Writes arrays as numpy.savez does: a zip archive (PKWARE's APPNOTE 6.3.9, zip64 where sizes need it) of
/// .npy files, version 1.0, row-major, stored without compression. What is written is on the disk under its
/// name with finish(); until then, and when it is not called, it is in `FILE.part`.
class DESCENT_API NpzWriter {
 public:
  /// Throws RunError when the file cannot be written, as every method does.
  explicit NpzWriter(const std::filesystem::path& file);
  ~NpzWriter();
  NpzWriter(const NpzWriter&) = delete;
  NpzWriter& operator=(const NpzWriter&) = delete;

  /// Begins an array; its numbers follow by write(), as many as its extents have.
  void begin(const std::string& name, NpyType type, const std::vector<std::int64_t>& extents);
  /// Converts to the array's type.
  void write(std::span<const double> numbers);
  void write(std::span<const std::int64_t> numbers);

  /// Writes the archive's directory and gives the file its name.
  void finish();

 private:
  struct Member {
    std::string name;
    std::uint32_t checksum = 0;
    std::uint64_t size = 0, offset = 0;
    bool large = false;
  };
  void end_array();
  void put(std::string_view bytes);
  void put_data(std::span<const std::byte> bytes);
  void require_good() const;
  template <class Number, class Source>
  void write_as(std::span<const Source> numbers);

  std::filesystem::path file_, part_;
  std::ofstream stream_;
  std::vector<Member> members_;
  NpyType type_ = NpyType::float64;
  std::uint64_t written_ = 0;  // of the array that is being written
  std::uint64_t position_ = 0;
  bool in_array_ = false;
  bool finished_ = false;
};

}  // namespace descent::analysis
