#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <optional>
#include <span>
#include <variant>
#include <vector>

#include "descent/base/descriptor.hpp"
#include "descent/base/scalar.hpp"
#include "descent/runlog/schema.hpp"

/// # The journal: `log.journal`
///
/// The log from which log.h5 can be made anew while it is written: HDF5 rewrites its own bookkeeping in place, so a power
/// cut, or a kill between two pages of one write, can leave a log.h5 that cannot be opened although all of its numbers are
/// there. The journal is only ever appended to, is fsynced with every checkpoint, and is removed once the log is closed and on
/// the disk.
///
/// Sixteen bytes `descent.journal1`, then records. All numbers are little-endian.
///
/// | bytes | what |
/// |---|---|
/// | 4 | length n of the content |
/// | 4 | kind: 1 declaration, 2 rows, 3 snapshot |
/// | 4 | CRC-32C of length, kind and content, which goes on from that of the record before |
/// | n | content |
///
/// - The declaration comes first: JSON of what the log declares (its LogSchema).
/// - Rows: uint32 number of the set, uint32 count, then the rows: int64 step, float64 wall time, and a float64 for each column.
/// - A snapshot: uint32 number of the series (tensors, histograms, samples), int64 step, two float64 limits, uint32
///   checksum of the snapshot as in log.h5, uint64 offset and uint64 length of its chunk in log.h5, uint32 filters that HDF5 left
///   out. The numbers themselves are not written twice: their chunk was written once, before the record.
///
/// What comes after the first record that is not whole counts for nothing. Internal.
namespace descent::runlog {

/// Where the numbers of a snapshot are in log.h5, and what belongs to them.
struct JournalSnapshot {
  std::size_t series = 0;
  std::int64_t step = 0;
  double limits[2] = {0, 0};
  std::uint32_t checksum = 0;
  std::uint64_t offset = 0, length = 0;
  std::uint32_t left_out = 0;  ///< HDF5's filter mask: bit i, the i-th filter was not applied
};

/// Some rows of a set, each of 8-byte words: step, wall time, columns.
struct JournalRows {
  std::size_t set = 0;
  std::int64_t count = 0;
  std::span<const std::byte> words;
};

/// Writes a journal. Throws std::runtime_error with the system's reason; what was written before stays whole.
class JournalWriter {
 public:
  /// Creates `file`, which must not exist.
  JournalWriter(const std::filesystem::path& file, const LogSchema& schema);

  void rows(std::size_t set, std::int64_t count, std::size_t row_bytes,
            const std::function<const std::byte*(std::int64_t)>& row_at);
  void snapshot(const JournalSnapshot& snapshot);
  /// Asks the operating system to put everything on the disk.
  void synchronize();

 private:
  void begin(std::uint32_t kind);
  template <class Number>
  void put(Number number);
  void put_bytes(std::span<const std::byte> bytes);
  void end();

  Descriptor file_;
  std::vector<std::byte> record_;  // head and content
  std::uint32_t checksum_ = 0;
};

/// Creates `directory/log.journal.part`, in place of what a killed process left there.
JournalWriter create_journal(const std::filesystem::path& directory, const LogSchema& schema);

/// Reads a journal, up to the first record that is not whole. Throws RunError where the disk cannot be read.
class JournalReader {
 public:
  /// Throws Error when there is no journal, or when its declaration is not whole.
  explicit JournalReader(const std::filesystem::path& file);

  const LogSchema& schema() const { return schema_; }
  /// Bytes of each number of tensors and samples.
  std::size_t scalar_bytes() const { return scalar_bytes_; }
  /// The next record; std::monostate at the end. A view of rows is good until the next call.
  std::variant<std::monostate, JournalRows, JournalSnapshot> next();

 private:
  struct Record {
    std::uint32_t kind;
    std::span<const std::byte> content;
  };
  bool read(std::span<std::byte> bytes);
  std::optional<Record> next_record();

  std::ifstream stream_;
  std::uint64_t left_ = 0;  // bytes after the last record
  std::vector<std::byte> content_;
  std::uint32_t checksum_ = 0;
  LogSchema schema_;
  std::size_t scalar_bytes_ = sizeof(Scalar);
};

/// What a log declares as one text, and back. Throws Error.
std::string journal_declaration(const LogSchema& schema);
LogSchema schema_of_declaration(std::string_view text, std::size_t& scalar_bytes);

}  // namespace descent::runlog
