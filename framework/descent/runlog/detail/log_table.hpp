#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "descent/runlog/detail/hdf5.hpp"

/// A metric set and a series are the same thing to who checks or copies them: datasets of equally many rows,
/// and a checksum for each row. Internal.
namespace descent::runlog {

struct LogTable {
  std::string path;                   ///< `metrics/train`, `tensors/generator.0.weight/value`
  const char* row;                    ///< what a row is called: `row`, `snapshot`
  std::vector<std::string> datasets;  ///< in the order in which their bytes are summed, the step first
  std::string time;                   ///< a dataset that carries its own check, and never goes back; or none
  std::string checksums;
  std::int64_t rows;  ///< committed

  /// All of them.
  std::vector<std::string> all_datasets() const;
};

enum class RowState { whole, differs, back_in_time };

/// Some rows of a table, as the bytes that lie in the file.
class TableRows {
 public:
  std::int64_t begin = 0;
  std::int64_t count = 0;

  /// Whether a row, counted from `begin` on, has its checksum, and a time with its check that is not before
  /// `time`: that of the row before, which becomes that of this row.
  RowState check(std::int64_t row, double& time) const;
  std::int64_t step(std::int64_t row) const;
  /// The bytes of one of the table's datasets, in the order of all_datasets().
  const std::vector<std::byte>& bytes(std::size_t dataset) const { return bytes_[dataset]; }
  bool operator==(const TableRows&) const = default;

 private:
  friend class TableReader;
  bool has_time_ = false;
  std::vector<std::vector<std::byte>> bytes_;
};

/// Reads a table in blocks of rows that fit into memory. Throws hdf5::Failure.
class TableReader {
 public:
  TableReader(hid_t file, const LogTable& table);

  /// The number of rows that are worth reading at once.
  std::int64_t block() const { return block_; }
  TableRows read(std::int64_t begin, std::int64_t count) const;
  /// The first of these rows, up to one that cannot be read; `reason` then says why.
  TableRows read_first(std::int64_t begin, std::int64_t count, std::string& reason) const;
  /// The type of one of the table's datasets, in the order of all_datasets().
  hid_t type(std::size_t dataset) const { return columns_[dataset].type; }

 private:
  struct Column {
    hdf5::Handle dataset, type;
    std::size_t row_bytes;
  };
  void add(hid_t file, const std::string& path);

  std::vector<Column> columns_;
  bool has_time_;
  std::int64_t block_;
  mutable bool stored_ = false;  // asked once, where something is read: there may be nothing else
};

}  // namespace descent::runlog
