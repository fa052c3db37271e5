#pragma once

#include <hdf5.h>
#include <hdf5_hl.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <mutex>
#include <set>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "descent/base/scalar.hpp"
#include "descent/config/value.hpp"

/// What this room needs of HDF5's C library. Internal: no other room includes it.
namespace descent::runlog::hdf5 {

/// A refused HDF5 call, with HDF5's innermost reason. Callers turn it into Error or RunError and name the
/// file.
class Failure : public std::runtime_error {
 public:
  /// Reads the reason from HDF5's error stack.
  explicit Failure(const std::string& action);
  Failure(const std::string& action, const std::string& reason);
};

/// HDF5 keeps global state, and its high-level library has no locks: every use of either happens under this
/// lock. Recursive.
class Lock {
 public:
  Lock();

 private:
  std::unique_lock<std::recursive_mutex> lock_;
};

/// Owns an HDF5 identifier. What was written is closed by close(), since HDF5 writes small datasets when they are
/// closed. Where a destructor's close fails, with no other failure on its way, that is remembered for
/// check_closed().
class Handle {
 public:
  using Closer = herr_t (*)(hid_t);

  Handle() = default;
  /// Throws Failure when `id` says that the call failed; `action` completes the sentence "cannot ...".
  Handle(hid_t id, Closer closer, std::string_view action);
  Handle(Handle&& other) noexcept;
  Handle& operator=(Handle&& other) noexcept;
  ~Handle();

  operator hid_t() const { return id_; }  // NOLINT(google-explicit-constructor)
  /// Closes now. Throws Failure if that fails, or if check_closed() does.
  void close(std::string_view action);
  /// Closes now, and may fail: of a file that is given up.
  void discard() noexcept;
  /// Leaves it open for good: after a failed write HDF5 would try to write again.
  void abandon() { id_ = H5I_INVALID_HID; }

 private:
  hid_t id_ = H5I_INVALID_HID;
  Closer closer_ = nullptr;
};

/// Throws Failure when `status` is negative.
void check(herr_t status, std::string_view action);
/// Throws Failure when something in this process was closed by a destructor and could not be: no file that is
/// written can be relied on from then on.
void check_closed();

/// Access properties of every file of ours: format of HDF5 1.10, and no locks by HDF5, which would keep a
/// plain reader and the reopening writer apart.
Handle file_access();

Handle create_file(const std::filesystem::path& file);
/// Opens with `flags`; throws Failure.
Handle open_file(const std::filesystem::path& file, unsigned flags);
/// Opens for reading what may be shorter than it says: the missing bytes read as zeros.
Handle open_cut_file(const std::filesystem::path& file);
/// The identifier of the open file in the operating system.
int descriptor(hid_t file);

/// Creates the group and its parents, or opens it.
Handle require_group(hid_t parent, const std::string& path);
Handle open_group(hid_t parent, const std::string& path);
/// Refuses datasets whose numbers are elsewhere: in another file, or in other datasets.
Handle open_dataset(hid_t parent, const std::string& path);
/// Opens any dataset of this file, of which nothing but its description may be read.
Handle open_any_dataset(hid_t parent, const std::string& path);
/// Throws Failure where a dataset holds texts or lists of variable length, or more bytes than 64 bits count.
void require_countable(hid_t dataset, const std::string& path);
/// Throws Failure where a dataset is large and most of it was never written: it reads as zeros, needs no byte of the file, and may
/// announce more than any memory holds. To be asked before memory is taken for it.
void require_stored(hid_t dataset);
/// Whether all links of `path` exist.
bool exists(hid_t parent, const std::string& path);
/// The names in a group, in the order they were created. One by one through the index of that order: HDF5
/// 1.10.8 frees what it never allocated when it sorts the names of a damaged group.
std::vector<std::string> names(hid_t group);
bool is_group(hid_t parent, const std::string& name);

/// The groups that a reader has looked into. None of our files links one from two places: such links may lead in circles.
class GroupsSeen {
 public:
  /// Throws Failure for a group that was entered before, and for one that is in more others than any of ours.
  void enter(hid_t group, const std::string& path);

 private:
  std::set<haddr_t> entered_;
};

/// A fixed-length string type, UTF-8, for texts of up to `bytes` bytes and the zero behind them, as HDF5's
/// own specifications of dimension scales and images want it.
Handle text_type(std::size_t bytes);

hid_t scalar_type();

/// Texts, numbers, booleans (as 0 and 1) and lists of texts.
void write_attribute(hid_t object, const std::string& name, const Value& value);
/// A text in a string of `width` bytes.
void write_text_attribute(hid_t object, const std::string& name, std::string_view text, std::size_t width);
void overwrite_text_attribute(hid_t object, const std::string& name, std::string_view text);
/// The texts in strings of `width` bytes, or of as many as the longest has.
void write_texts_attribute(hid_t object, const std::string& name, const std::vector<std::string>& texts,
                           std::size_t width = 0);
/// Puts as many texts in the place of a list.
void overwrite_texts_attribute(hid_t object, const std::string& name, const std::vector<std::string>& texts);
void write_numbers_attribute(hid_t object, const std::string& name, const std::vector<double>& numbers);
bool has_attribute(hid_t object, const std::string& name);
Value read_attribute(hid_t object, const std::string& name);
/// A list of numbers, or nothing when there is no such attribute.
std::vector<double> read_numbers_attribute(hid_t object, const std::string& name);
/// A list of texts, or nothing when there is no such attribute or it is something else.
std::vector<std::string> read_texts_attribute(hid_t object, const std::string& name);
/// The names of all attributes, sorted.
std::vector<std::string> attribute_names(hid_t object);
/// The text, or nothing when there is no such attribute.
std::string read_text_attribute(hid_t object, const std::string& name);

/// A scalar dataset that holds `text`.
void write_text(hid_t parent, const std::string& path, std::string_view text);
std::string read_text(hid_t parent, const std::string& path);

/// Writes the CRC-32C of a whole dataset's bytes into its attribute `crc32c`.
void write_checksum(hid_t dataset, std::span<const std::byte> bytes);
/// Whether the dataset's bytes have the CRC-32C that write_checksum() wrote.
bool has_its_checksum(hid_t dataset);

/// The extents of a dataset.
std::vector<std::int64_t> extents(hid_t dataset);

/// Writes or reads the slab of `count` entries along the first dimension from `begin` on, in the memory type
/// `type`. Throws Failure where `values` has not the bytes of what is to be read.
void write_slab(hid_t dataset, hid_t type, std::int64_t begin, std::int64_t count, const void* values);
void read_slab(hid_t dataset, hid_t type, std::int64_t begin, std::int64_t count,
               std::span<std::byte> values);
/// Makes the first dimension `length` long.
void set_length(hid_t dataset, std::int64_t length);

}  // namespace descent::runlog::hdf5
