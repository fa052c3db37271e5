#pragma once

#include <deque>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "descent/base/error.hpp"

namespace descent {

/// One value of a table, and where it is in the file.
struct CsvCell {
  std::string_view text;  ///< without its quotes; of an unquoted one, without the blanks around it
  std::size_t begin = 0;  ///< in the file
  bool quoted = false;
};

/// Takes a table apart: RFC 4180, with any separator, and lines that end in LF or CRLF. A byte order mark, empty lines, and
/// lines that begin with the comment's mark are passed over.
class CsvReader {
 public:
  /// `comment`: empty, nothing is one. `content` must outlive the cells.
  CsvReader(std::filesystem::path file, std::string_view content, char separator, std::string comment);

  /// The cells of the next row; false: there is none. Throws Error with the place where a quote is never closed, or something
  /// follows it.
  bool next(std::vector<CsvCell>& cells);
  /// The place of a cell: file, line and column.
  SourceLocation place(const CsvCell& cell) const;

 private:
  CsvCell quoted_cell();
  CsvCell plain_cell();
  bool skip_line();

  std::filesystem::path file_;
  std::string_view content_;
  char separator_;
  std::string comment_;
  std::size_t at_ = 0;
  std::deque<std::string> unescaped_;  // the texts that had doubled quotes
};

}  // namespace descent
