#pragma once

#include <string>
#include <vector>

#include "descent/config/value.hpp"
#include "terminal.hpp"

namespace descent::program {

class Command;

/// How a command prints what it found: for people (on a screen, a web page or in a paper), or for programs.
enum class Format { text, csv, json, markdown, latex };

/// `--json` and `--csv`, of which one may be given.
void add_format(Command& command, Format& format);
/// The same with `--markdown` and `--latex`.
void add_formats(Command& command, Format& format);

bool is_for_people(Format format);

/// Rows of values under named columns: one table that is printed as text, as CSV or as JSON.
struct DataTable {
  enum class For { all, people, programs };
  struct Column {
    std::string name;          ///< in CSV and JSON
    std::string heading = {};  ///< for people; empty: the name
    bool number = false;       ///< cells end under each other
    For shown = For::all;
    bool long_text = false;  ///< Table::long_texts
  };
  std::vector<Column> columns;
  /// One value for each column; null is an empty cell. Lists stand in one cell, with spaces between.
  std::vector<std::vector<Value>> rows;
  void add(std::vector<Value> row) { rows.push_back(std::move(row)); }
};

/// Prints to standard output. What is for people has six digits of a number, and leaves out columns without a
/// value; CSV (RFC 4180, with line feeds) and JSON (a list of objects, one to a line) have every digit. What
/// is not finite is `nan`, `inf` or `-inf`, in JSON as a text.
void print(const DataTable& table, Format format);

/// Words before or behind a table: in LaTeX a comment, for programs nothing.
void print_words(const std::string& text, Format format);

/// The rows as JSON has them: a list of maps.
Value objects_of(const DataTable& table);

/// A cell as text: six digits of a number.
std::string cell_text(const Value& value);
/// A field of CSV, in quotes where it needs them.
std::string csv_field(const std::string& text);
/// A number with every digit, as CSV has it.
std::string csv_number(double number);

/// `5.2 s`, `3 min`, `2 h`, `4 d`: how long ago, or how long it took.
std::string rough_time(double seconds);

}  // namespace descent::program
