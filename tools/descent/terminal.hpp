#pragma once

#include <cstdio>
#include <string>
#include <string_view>
#include <vector>

namespace descent::program {

/// Where text goes, and what it may look like there.
struct Terminal {
  std::FILE* stream;
  /// Somebody is looking: lines may be redrawn.
  bool interactive = false;
  bool colors = false;
  /// The encoding is UTF-8.
  bool unicode = false;

  /// Columns as they are now; 100 when it is no terminal.
  int width() const;
  /// Lines as they are now; 24 when it is no terminal.
  int height() const;
  /// `text` in bold, red, or green, or as it is where there are no colors.
  std::string bold(std::string_view text) const;
  std::string red(std::string_view text) const;
  std::string green(std::string_view text) const;
};

/// Colors need a terminal other than `dumb`, and the environment without NO_COLOR.
Terminal terminal_of(std::FILE* stream);

/// Columns that a terminal shows for UTF-8 text, each character counting as one.
std::size_t display_width(std::string_view text);
/// As much of `text` as fits into `columns`.
std::string shortened(std::string_view text, std::size_t columns);
/// Words of `text` in lines of at most `columns`; a longer word stays whole.
std::vector<std::string> wrapped(std::string_view text, std::size_t columns);

/// Rows of cells under a line of headings.
struct Table {
  std::vector<std::string> headings;
  std::vector<std::vector<std::string>> rows;
  /// Columns whose cells end under each other, as numbers do.
  std::vector<std::size_t> right_aligned;
  std::string indent;
  /// None, or for each row a text that stands under it.
  std::vector<std::string> notes;
  /// Columns of long texts: on a screen that is narrower than the table their cells lose their middles.
  std::vector<std::size_t> long_texts = {};
};

/// Prints aligned columns. Columns that are empty in every row are left out; the last is wrapped at the
/// terminal's width.
void print(const Terminal& terminal, const Table& table);

}  // namespace descent::program
