#include "terminal.hpp"
#include "output.hpp"
#include "short_texts.hpp"

#include <fmt/core.h>
#include <langinfo.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <sstream>

namespace descent::program {
namespace {

std::string padded(const std::string& text, std::size_t columns, bool right) {
  const std::size_t width = display_width(text);
  const std::string space(columns > width ? columns - width : 0, ' ');
  return right ? space + text : text + space;
}

}  // namespace

int Terminal::width() const {
  winsize size{};
  if (interactive && ioctl(fileno(stream), TIOCGWINSZ, &size) == 0 && size.ws_col > 0) return size.ws_col;
  return 100;
}

int Terminal::height() const {
  winsize size{};
  if (interactive && ioctl(fileno(stream), TIOCGWINSZ, &size) == 0 && size.ws_row > 0) return size.ws_row;
  return 24;
}

std::string Terminal::bold(std::string_view text) const {
  return colors ? styled(Style::bold, text) : std::string(text);
}
std::string Terminal::red(std::string_view text) const {
  return colors ? styled(Style::red, text) : std::string(text);
}
std::string Terminal::green(std::string_view text) const {
  return colors ? styled(Style::green, text) : std::string(text);
}

Terminal terminal_of(std::FILE* stream) {
  Terminal terminal{stream};
  const char* type = std::getenv("TERM");
  const char* no_color = std::getenv("NO_COLOR");
  terminal.interactive = isatty(fileno(stream)) == 1 && type != nullptr && std::string_view(type) != "dumb";
  terminal.colors = terminal.interactive && (no_color == nullptr || *no_color == '\0');
  terminal.unicode = std::string_view(nl_langinfo(CODESET)) == "UTF-8";
  return terminal;
}

std::size_t display_width(std::string_view text) {
  return static_cast<std::size_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; }));
}

std::string shortened(std::string_view text, std::size_t columns) {
  std::size_t end = 0;
  for (std::size_t shown = 0; end < text.size(); ++end) {
    const bool starts = (static_cast<unsigned char>(text[end]) & 0xC0U) != 0x80U;
    if (starts && shown++ == columns) break;
  }
  return std::string(text.substr(0, end));
}

std::vector<std::string> wrapped(std::string_view text, std::size_t columns) {
  std::istringstream words{std::string(text)};
  std::vector<std::string> lines(1);
  for (std::string word; words >> word;) {
    std::string& line = lines.back();
    if (line.empty())
      line = word;
    else if (display_width(line) + 1 + display_width(word) <= columns)
      line += " " + word;
    else
      lines.push_back(word);
  }
  return lines;
}

// A cell is one line, whatever is in it.
static Table with_printable_cells(Table table) {
  for (std::vector<std::string>& row : table.rows)
    for (std::string& cell : row) {
      cell = printable(cell);
      std::replace(cell.begin(), cell.end(), '\n', ' ');
      std::replace(cell.begin(), cell.end(), '\t', ' ');
    }
  return table;
}

// Takes from the widest columns of long texts what a line has too much; returns how much that is. A terminal would break the
// lines, and no cell would be under its heading.
static std::size_t narrowed(Table& table, bool unicode, const std::vector<std::size_t>& columns,
                            std::size_t line, std::size_t width, std::vector<std::size_t>& widths) {
  constexpr std::size_t least = 14;
  std::size_t taken = 0;
  while (line - taken > width) {
    std::size_t widest = columns.size();
    for (std::size_t i = 0; i + 1 < columns.size(); ++i) {
      const bool is_long =
          std::find(table.long_texts.begin(), table.long_texts.end(), columns[i]) != table.long_texts.end();
      if (!is_long || widths[columns[i]] <= least) continue;
      if (widest == columns.size() || widths[columns[i]] > widths[columns[widest]]) widest = i;
    }
    if (widest == columns.size()) break;
    --widths[columns[widest]];
    ++taken;
  }
  const auto measure = [](const std::string& text) { return static_cast<double>(display_width(text)); };
  const std::string gap = unicode ? "…" : "..";
  for (const std::size_t column : table.long_texts) {
    if (taken == 0 || widths[column] == 0) continue;
    const auto room = static_cast<double>(widths[column]);
    std::vector<std::string> cells;
    for (const auto& row : table.rows) cells.push_back(row[column]);
    cells = shortened_apart(cells, room, measure, gap);
    for (std::size_t row = 0; row < table.rows.size(); ++row) table.rows[row][column] = cells[row];
    table.headings[column] = without_middle(table.headings[column], room, measure, gap);
  }
  return taken;
}

void print(const Terminal& terminal, const Table& any_table) {
  Table table = with_printable_cells(any_table);
  std::vector<std::size_t> widths(table.headings.size(), 0);
  for (const auto& row : table.rows)
    for (std::size_t column = 0; column < row.size(); ++column)
      widths[column] = std::max(widths[column], display_width(row[column]));
  std::vector<std::size_t> columns;
  std::size_t before_last = table.indent.size();
  for (std::size_t column = 0; column < widths.size(); ++column) {
    if (widths[column] == 0) continue;
    widths[column] = std::max(widths[column], display_width(table.headings[column]));
    if (!columns.empty()) before_last += widths[columns.back()] + 2;
    columns.push_back(column);
  }
  if (columns.empty()) return;
  const std::size_t last = columns.back();
  const auto width = static_cast<std::size_t>(terminal.width());
  if (terminal.interactive)
    before_last -= narrowed(table, terminal.unicode, columns, before_last + widths[last], width, widths);
  const std::size_t room = width > before_last + 20 ? width - before_last : 20;

  const auto is_right = [&](std::size_t column) {
    return std::find(table.right_aligned.begin(), table.right_aligned.end(), column) !=
           table.right_aligned.end();
  };
  const auto print_row = [&](const std::vector<std::string>& cells, bool heading) {
    std::string line = table.indent;
    for (const std::size_t column : columns)
      if (column != last) line += padded(cells[column], widths[column], is_right(column)) + "  ";
    std::vector<std::string> rest = wrapped(cells[last], room);
    rest.front() = is_right(last) ? padded(rest.front(), std::min(widths[last], room), true) : rest.front();
    line += rest.front();
    while (line.ends_with(' ')) line.pop_back();
    print(terminal.stream, "{}\n", heading ? terminal.bold(line) : line);
    for (std::size_t next = 1; next < rest.size(); ++next)
      print(terminal.stream, "{:{}}{}\n", "", before_last, rest[next]);
  };
  print_row(table.headings, true);
  for (std::size_t row = 0; row < table.rows.size(); ++row) {
    print_row(table.rows[row], false);
    if (row >= table.notes.size() || table.notes[row].empty()) continue;
    const std::string indent = table.indent + "    ";
    for (const std::string& line :
         wrapped(table.notes[row], width > indent.size() + 20 ? width - indent.size() : 20))
      print(terminal.stream, "{}{}\n", indent, line);
  }
}

}  // namespace descent::program
