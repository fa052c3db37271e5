#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "descent/base/element.hpp"

namespace descent {

/// One array of a data file, which is read by rows: row i is what the first index i selects.
class StoredArray {
 public:
  virtual ~StoredArray() = default;
  /// How messages name it: `'x' of 'digits.npz'`.
  std::string title;
  Element element = Element::uint8;
  /// Of the whole array, outermost first; at least one.
  std::vector<std::int64_t> extents;

  std::int64_t rows() const { return extents.front(); }
  /// Numbers of one row.
  std::int64_t row_size() const;
  std::uint64_t row_bytes() const { return static_cast<std::uint64_t>(row_size()) * element_size(element); }
  std::uint64_t bytes() const { return static_cast<std::uint64_t>(rows()) * row_bytes(); }
  /// `uint8 (60000, 28, 28)`
  std::string description() const;

  /// All rows, row-major and in the machine's byte order, where they are in memory already; null: they are not.
  virtual const std::byte* in_memory() const { return nullptr; }
  /// Reads rows [begin, begin + count) into `out`, row-major and in the machine's byte order. Throws Error where the
  /// file is damaged, RunError where it has changed
  /// or the disk fails.
  virtual void read(std::int64_t begin, std::int64_t count, std::byte* out) const = 0;
  /// How many rows are stored together: to read one costs as much as to read them all.
  virtual std::int64_t rows_together() const { return 1; }
  /// These rows are likely to be read soon.
  virtual void announce(std::int64_t /*begin*/, std::int64_t /*count*/) const {}
};

/// An array that was read as a whole.
class ArrayInMemory final : public StoredArray {
 public:
  ArrayInMemory(std::string its_title, ElementArray array);
  const std::byte* in_memory() const override { return bytes_.get(); }
  void read(std::int64_t begin, std::int64_t count, std::byte* out) const override;

 private:
  std::unique_ptr<std::byte[]> bytes_;
};

/// A file, or a folder, of named arrays.
class ArrayFile {
 public:
  virtual ~ArrayFile() = default;
  /// The names of its arrays.
  virtual std::vector<std::string> names() const = 0;
  /// Throws Error, with the file's path, when there is no such array, or when it cannot be read.
  virtual std::unique_ptr<StoredArray> open(const std::string& name) const = 0;
};

}  // namespace descent
