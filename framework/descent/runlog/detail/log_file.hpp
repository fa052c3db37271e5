#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "descent/runlog/detail/hdf5.hpp"
#include "descent/runlog/detail/journal.hpp"
#include "descent/runlog/schema.hpp"

/// The HDF5 side of the log writer. Internal; the layout is described in schema.hpp.
namespace descent::runlog::hdf5 {

/// The longest text in the attribute `status`.
inline constexpr std::size_t status_bytes = 15;

/// How the datasets of a log lie in its file: ready to grow, or packed.
struct Layout {
  /// Bytes of each number of tensors and samples: those of a float or a double.
  std::size_t scalar_bytes = sizeof(Scalar);
  /// Of a packed log, the number of rows that each set and series (`metrics/train`) has for good: its
  /// datasets have just this length, and are compressed.
  std::optional<std::map<std::string, std::int64_t>> packed = std::nullopt;

  std::optional<std::int64_t> packed_rows(const std::string& path) const;
  /// Of these numbers in the file.
  hid_t scalar_type() const { return scalar_bytes == sizeof(float) ? H5T_IEEE_F32LE : H5T_IEEE_F64LE; }
};

/// Creates the file `path`, which must not exist, with everything `schema` names and no rows, and closes it.
void declare_log(const std::filesystem::path& path, const LogSchema& schema, const Layout& layout = {});

/// What declare_log() uses for the series below `/tensors` and `/samples`.
void declare_series(hid_t file, const LogSchema& schema, const Layout& layout);

/// A dataset `[rows, extents...]` of a set or a series.
struct Column {
  hid_t type;
  std::int64_t chunk;  ///< rows in one chunk while it grows
  std::span<const std::int64_t> extents = {};
  bool compress = false;                    ///< gzip 1 with shuffle, while it grows
  std::optional<std::int64_t> packed = {};  ///< its length for good
};

/// Creates it without rows, or with the rows it will have for good.
Handle create_column(hid_t parent, const std::string& name, const Column& column);
void make_scale(hid_t dataset, const std::string& name);

/// What viewers say of an axis of steps. Any unit will do: axes of different units are not drawn to the same scale.
void describe_steps(hid_t steps);

/// What viewers show first of an array of `rank` dimensions: one snapshot, and of that the first entries of all dimensions but the
/// last two, or three where it is a `picture` in colors (NeXus definitions, NXdata/@default_slice).
std::vector<std::string> default_slice(std::int64_t snapshot, std::size_t rank, bool picture);
/// Has viewers show the last snapshot of the series `path` (`samples/image`) first, where it is what they show of its group.
void show_last_snapshot(hid_t file, const std::string& path, std::int64_t snapshots);

/// A dimension that has a length and no values, as netCDF writes it; it is called `wanted` where that name is
/// free. Series of one group share a dimension of the same name and length.
Handle require_dimension(hid_t group, const std::string& series, const std::string& wanted,
                         std::int64_t length);

/// How rows and snapshots are read off the training thread's buffers: 8-byte words, the step first.
using RowAt = std::function<const std::byte*(std::int64_t)>;

/// A declared log, open for appending while others read it (SWMR). Its methods throw Failure.
class LogFile {
 public:
  /// `scalar_bytes` of each number that tensors and samples are given in.
  LogFile(const std::filesystem::path& file, const LogSchema& schema,
          std::size_t scalar_bytes = sizeof(Scalar));

  /// From now on everything goes into this journal too, and there first.
  void write_journal(JournalWriter journal) { journal_.emplace(std::move(journal)); }
  JournalWriter take_journal();

  /// Appends `count` rows to set number `set`; row i lies at row_at(i): step (int64), wall_time and the
  /// columns (doubles).
  void write_rows(std::size_t set, std::int64_t count, const RowAt& row_at);
  /// Appends one snapshot to series number `series`, counted through tensors, histograms and samples.
  void write_snapshot(std::size_t series, std::int64_t step, const std::byte* values, const double* limits);
  /// Asks the operating system to put everything on the disk.
  void synchronize();
  void close(std::string_view status);
  /// Leaves the file as a killed process would.
  void abandon();

  std::int64_t set_rows(std::size_t set) const { return sets_[set].rows; }
  std::int64_t series_rows(std::size_t series) const { return series_[series].rows; }

 private:
  struct Set {
    std::vector<Handle> columns;  // wall_time, then the metrics
    Handle step, checksum;
    std::int64_t rows = 0;
  };
  struct Series {
    Handle values, limits, step, checksum;
    hid_t type = H5I_INVALID_HID;
    std::size_t bytes = 0;
    std::int64_t rows = 0;
    std::string path;
  };

  void open_series(const std::string& path, hid_t type, std::size_t bytes, bool limits);
  /// Tells the journal of a snapshot whose numbers are in the file.
  void note_snapshot(std::size_t series, std::int64_t step, const double* limits, std::uint32_t checksum);

  Handle file_;
  std::optional<JournalWriter> journal_;
  std::vector<Set> sets_;
  std::vector<Series> series_;
  std::vector<std::int64_t> steps_;
  std::vector<double> numbers_;
  std::vector<std::uint32_t> checksums_;
};

}  // namespace descent::runlog::hdf5
