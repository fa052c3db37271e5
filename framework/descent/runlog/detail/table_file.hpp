#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <variant>
#include <vector>

#include "descent/base/api.hpp"
#include "descent/config/value.hpp"

namespace descent::runlog {

/// A column of a table: whole numbers, numbers (NaN where there is none) or texts (empty likewise).
struct TableColumn {
  using Cells = std::variant<std::vector<std::int64_t>, std::vector<double>, std::vector<std::string>>;

  std::string name;  ///< without a slash, and none that unreserved_name() changes
  Cells cells;
  Value attributes = Value::map();  ///< texts, numbers, booleans
};

/// A name in the file that opens another file's root.
struct FileLink {
  std::string path;            ///< in the file: `/runs/beta1=0.5/seed=1`
  std::filesystem::path file;  ///< relative to the folder of the file with the link
};

/// A table for other programs:
///
/// - `/`: the attributes.
/// - `/table/COLUMN`: `[n]`, int64, float64 or UTF-8 of variable length, its attributes beside it, among them `crc32c`:
///   the CRC-32C of its bytes, of texts with a zero behind each. The first column is the dimension scale of the others, so that
///   xarray takes it for their index.
/// - With a `signal`, NeXus's attributes, by which viewers open the file on a plot of it.
/// - the links, as HDF5's external links.
struct TableFile {
  Value attributes = Value::map();
  std::vector<TableColumn> columns;  ///< of one length; at least one, the first of whole numbers
  std::vector<FileLink> links;
  std::string signal = {};               ///< the column that viewers draw over the first one; empty: none
  std::vector<std::string> beside = {};  ///< what they draw in the same plot
};

/// Writes it to `FILE.part`, reads that back with its checksums, puts it on the disk and gives it its name. Throws
/// RunError when that fails.
DESCENT_API void write_table_file(const std::filesystem::path& file, const TableFile& table);

/// The columns that differ from their checksums or cannot be read, a sentence each; none in a file that is whole.
/// Throws Error when the file is missing, no table whose attribute `schema` says `schema`, cut short, or of a version
/// above `version`.
DESCENT_API std::vector<std::string> verify_table_file(const std::filesystem::path& file,
                                                       const std::string& schema, std::int64_t version);

}  // namespace descent::runlog
