#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "descent/runlog/detail/hdf5.hpp"

/// What HDF5 keeps in its global heap, read without HDF5: the heap has no checksums, and HDF5 1.10.8 hangs or writes past the end of
/// its memory where it is damaged. Numbers are little-endian, addresses have 8 bytes. Internal.
namespace descent::runlog::hdf5 {

/// The bytes of an HDF5 file, by their addresses.
class FileBytes {
 public:
  explicit FileBytes(hid_t file);
  /// A file in memory.
  explicit FileBytes(std::string image) : image_(std::move(image)), size_(image_->size()) {}

  std::uint64_t size() const { return size_; }
  /// Throws Failure where the file has fewer.
  std::string read(std::uint64_t address, std::uint64_t count) const;

 private:
  int descriptor_ = -1;
  std::optional<std::string> image_;
  std::uint64_t size_ = 0;
};

/// The collections of the global heap (HDF5 File Format Specification, version 3.0, section III.E).
class GlobalHeap {
 public:
  explicit GlobalHeap(const FileBytes& file) : file_(file), left_(file.size()) {}

  /// Throws Failure for what is not there.
  std::string_view object(std::uint64_t collection, std::uint32_t index);

 private:
  struct Place {
    std::size_t begin, size;
  };
  struct Collection {
    std::string bytes;
    std::map<std::uint32_t, Place> objects;
  };
  Collection read(std::uint64_t address);

  const FileBytes& file_;
  std::uint64_t left_;  // collections do not overlap
  std::map<std::uint64_t, Collection> collections_;
};

/// Where the heap has the mappings of a virtual dataset.
struct HeapPlace {
  std::uint64_t collection;
  std::uint32_t index;
};

/// Of the dataset whose object header is at `header` (section IV.A.1.b); nothing where it is no virtual one. HDF5 has compared the
/// header with its checksum when it told the address.
std::optional<HeapPlace> virtual_mappings(const FileBytes& file, std::uint64_t header);

/// The number at a place of some bytes, which must hold it.
template <class Number>
Number number_at(std::string_view bytes, std::size_t at);

}  // namespace descent::runlog::hdf5
