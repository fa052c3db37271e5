#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "descent/base/scalar.hpp"

namespace descent {

/// How a table is read.
struct CsvFormat {
  char separator = ',';
  bool header = true;
  std::string comment;
  bool drop_missing = false;
};

/// Which columns are read, by their names or by patterns of them (`pixel*`).
struct CsvColumns {
  std::vector<std::string> features;  ///< empty: all that are nothing else
  std::vector<std::string> targets;
  std::string label;  ///< empty: none
};

/// The columns of a table that are wanted.
struct CsvTable {
  std::int64_t rows = 0;
  std::vector<std::string> feature_names, target_names;
  std::vector<Scalar> features, targets;  ///< row-major
  std::vector<std::string> labels;        ///< one of each row, as it is written
  std::int64_t dropped = 0;               ///< rows in which something was missing
};

/// The character that an option `separator` means: `auto` a tab in files called .tsv and a comma in others, `tab`, or the
/// character itself. Throws Error for anything else.
char csv_separator(const std::string& option, const std::filesystem::path& file);

/// Reads a table, which may be gzipped. Columns are named by the header, or c1, c2, … without one. Throws Error,
/// with file, line and column, where a row has another number of cells than the first, a cell is empty (or NA, NaN, null, ?), or a cell of
/// features or targets is no finite number.
CsvTable read_csv(const std::filesystem::path& file, const CsvFormat& format, const CsvColumns& columns);

}  // namespace descent
