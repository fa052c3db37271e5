#include "data_table.hpp"

#include <fmt/format.h>

#include <cmath>
#include <sstream>

#include "command_line.hpp"
#include "descent/base/text.hpp"
#include "descent/runlog/json.hpp"
#include "output.hpp"
#include "table_markup.hpp"

namespace descent::program {
namespace {

bool is_shown(const DataTable::Column& column, Format format) {
  using For = DataTable::For;
  return column.shown == For::all || (column.shown == For::people) == is_for_people(format);
}

std::string csv_cell(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::null:
      return "";
    case Value::Kind::number:
      return csv_number(value.number());
    case Value::Kind::text:
      return csv_field(value.text());
    case Value::Kind::list:
      return csv_field(cell_text(value));
    default:
      return runlog::json(value);
  }
}

void print_csv(const DataTable& table) {
  fmt::memory_buffer out;
  const auto append = [&](const std::string& text) { out.append(text.data(), text.data() + text.size()); };
  bool first = true;
  const auto next = [&](bool& is_first) { append(is_first ? "" : ","), is_first = false; };
  for (const DataTable::Column& column : table.columns)
    if (is_shown(column, Format::csv)) next(first), append(csv_field(column.name));
  append("\n");
  for (const std::vector<Value>& row : table.rows) {
    first = true;
    for (std::size_t column = 0; column < row.size(); ++column)
      if (is_shown(table.columns[column], Format::csv)) next(first), append(csv_cell(row[column]));
    append("\n");
  }
  put_raw(stdout, {out.data(), out.size()});
}

Value object_of(const DataTable& table, std::size_t row) {
  Value object = Value::map();
  for (std::size_t column = 0; column < table.columns.size(); ++column)
    if (is_shown(table.columns[column], Format::json))
      object.entries().push_back({table.columns[column].name, table.rows[row][column], {}});
  return object;
}

void print_json(const DataTable& table) {
  print("[");
  for (std::size_t row = 0; row < table.rows.size(); ++row) {
    print("{}\n  ", row == 0 ? "" : ",");
    put_json(stdout, object_of(table, row));
  }
  print("\n]\n");
}

Table text_of(const DataTable& table) {
  Table text;
  std::vector<std::size_t> shown;
  for (std::size_t column = 0; column < table.columns.size(); ++column) {
    const DataTable::Column& one = table.columns[column];
    if (!is_shown(one, Format::text)) continue;
    if (one.number) text.right_aligned.push_back(shown.size());
    if (one.long_text) text.long_texts.push_back(shown.size());
    text.headings.push_back(one.heading.empty() ? one.name : one.heading);
    shown.push_back(column);
  }
  for (const std::vector<Value>& row : table.rows) {
    std::vector<std::string> cells;
    for (const std::size_t column : shown) cells.push_back(cell_text(row[column]));
    text.rows.push_back(std::move(cells));
  }
  return text;
}

struct FormatFlag {
  std::string name, help;
  Format format;
};

// Of which at most one may be given.
void add_flags(Command& command, Format& format, const std::vector<FormatFlag>& flags) {
  std::vector<std::string> before;
  for (const FormatFlag& one : flags) {
    command.flag(one.name, [&format, chosen = one.format] { format = chosen; }, one.help,
                 {.excludes = before});
    before.push_back(one.name);
  }
}

}  // namespace

void add_format(Command& command, Format& format) {
  add_flags(command, format, {{"--json", "print JSON", Format::json}, {"--csv", "print CSV", Format::csv}});
}

void add_formats(Command& command, Format& format) {
  add_flags(command, format,
            {{"--json", "print JSON", Format::json},
             {"--csv", "print CSV", Format::csv},
             {"--markdown", "print Markdown", Format::markdown},
             {"--latex", "print LaTeX, for the package booktabs", Format::latex}});
}

bool is_for_people(Format format) {
  return format != Format::csv && format != Format::json;
}

void print(const DataTable& table, Format format) {
  switch (format) {
    case Format::text:
      return print(terminal_of(stdout), text_of(table));
    case Format::csv:
      return print_csv(table);
    case Format::json:
      return print_json(table);
    case Format::markdown:
      return print("{}", markdown_of(text_of(table)));
    case Format::latex:
      return print("% needs \\usepackage{{booktabs}}\n{}", latex_of(text_of(table)));
  }
}

void print_words(const std::string& text, Format format) {
  if (!is_for_people(format)) return;
  if (format != Format::latex) return print("{}", text);
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) print("{}{}\n", line.empty() ? "" : "% ", line);
}

Value objects_of(const DataTable& table) {
  Value list = Value::list();
  for (std::size_t row = 0; row < table.rows.size(); ++row) list.items().push_back(object_of(table, row));
  return list;
}

std::string cell_text(const Value& value) {
  switch (value.kind()) {
    case Value::Kind::null:
      return "";
    case Value::Kind::number:
      return fmt::format("{:.6g}", std::isnan(value.number()) ? NAN : value.number());
    case Value::Kind::text:
      return value.text();
    case Value::Kind::boolean:
      return value.boolean() ? "yes" : "no";
    case Value::Kind::list: {
      std::vector<std::string> cells;
      for (const Value& item : value.items()) cells.push_back(cell_text(item));
      return join(cells, " ");
    }
    default:
      return runlog::json(value);
  }
}

std::string csv_field(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + '"';
}

std::string csv_number(double number) {
  return std::isnan(number) ? "nan" : fmt::format("{}", number);
}

std::string rough_time(double seconds) {
  constexpr double minute = 60, hour = 60 * minute, day = 24 * hour;
  if (seconds < 1) return fmt::format("{:.1g} s", seconds);
  if (seconds < 10) return fmt::format("{:.1f} s", seconds);
  if (seconds < 2 * minute) return fmt::format("{:.0f} s", seconds);
  if (seconds < 2 * hour) return fmt::format("{:.0f} min", seconds / minute);
  if (seconds < 2 * day) return fmt::format("{:.1f} h", seconds / hour);
  return fmt::format("{:.0f} d", seconds / day);
}

}  // namespace descent::program
