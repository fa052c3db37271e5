#include "table_markup.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <functional>

#include "descent/base/text.hpp"

namespace descent::program {
namespace {

using Escape = std::function<std::string(const std::string&)>;

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// The columns with something in them.
std::vector<std::size_t> shown_columns(const Table& table) {
  std::vector<std::size_t> columns;
  for (std::size_t column = 0; column < table.headings.size(); ++column)
    if (std::any_of(table.rows.begin(), table.rows.end(),
                    [column](const auto& row) { return !row[column].empty(); }))
      columns.push_back(column);
  return columns;
}

bool is_right_aligned(const Table& table, std::size_t column) {
  return std::find(table.right_aligned.begin(), table.right_aligned.end(), column) !=
         table.right_aligned.end();
}

std::string line_of(const std::vector<std::string>& cells, const std::vector<std::size_t>& columns,
                    const std::string& separator, const Escape& escape) {
  std::vector<std::string> shown;
  for (const std::size_t column : columns) shown.push_back(escape(cells[column]));
  return join(shown, separator);
}

std::string markdown_text(const std::string& text) {
  std::string escaped;
  for (const char c : text) {
    if (c == '|' || c == '*' || c == '`' || c == '<' || c == '\\') escaped += '\\';
    escaped += c == '\n' ? ' ' : c;
  }
  return escaped;
}

// `e-05` behind a digit at `at`: how many characters, or 0.
std::size_t exponent_size(const std::string& text, std::size_t at) {
  if (at == 0 || text[at] != 'e' || !is_digit(text[at - 1])) return 0;
  std::size_t end = at + 1;
  if (end < text.size() && (text[end] == '-' || text[end] == '+')) ++end;
  const std::size_t digits = end;
  while (end < text.size() && is_digit(text[end])) ++end;
  const bool whole_word = end == text.size() || !(std::isalnum(static_cast<unsigned char>(text[end])) != 0);
  return end > digits && whole_word ? end - at : 0;
}

std::string latex_character(char c) {
  switch (c) {
    case '&':
    case '%':
    case '$':
    case '#':
    case '_':
    case '{':
    case '}':
      return std::string("\\") + c;
    case '~':
      return "\\textasciitilde{}";
    case '^':
      return "\\textasciicircum{}";
    case '\\':
      return "\\textbackslash{}";
    case '<':
      return "\\textless{}";
    case '>':
      return "\\textgreater{}";
    case '|':
      return "\\textbar{}";
    case '[':
    case ']':
      return fmt::format("{{{}}}", c);  // behind a line's end it would be an option
    case '\n':
      return " ";
    default:
      return std::string(1, c);
  }
}

}  // namespace

std::string markdown_of(const Table& table) {
  const std::vector<std::size_t> columns = shown_columns(table);
  const auto line = [&](const std::vector<std::string>& cells) {
    return "| " + line_of(cells, columns, " | ", markdown_text) + " |\n";
  };
  std::string text = line(table.headings) + "|";
  for (const std::size_t column : columns) text += is_right_aligned(table, column) ? " ---: |" : " --- |";
  text += "\n";
  for (const auto& row : table.rows) text += line(row);
  return text;
}

std::string latex_of(const Table& table) {
  const std::vector<std::size_t> columns = shown_columns(table);
  const auto line = [&](const std::vector<std::string>& cells) {
    return "  " + line_of(cells, columns, " & ", latex_text) + " \\\\\n";
  };
  std::string text = "\\begin{tabular}{";
  for (const std::size_t column : columns) text += is_right_aligned(table, column) ? 'r' : 'l';
  text += "}\n  \\toprule\n" + line(table.headings) + "  \\midrule\n";
  for (const auto& row : table.rows) text += line(row);
  return text + "  \\bottomrule\n\\end{tabular}\n";
}

std::string latex_text(const std::string& text) {
  constexpr std::string_view plus_minus = "±";
  std::string escaped;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t exponent = exponent_size(text, at);
    if (exponent > 0) {
      escaped += fmt::format("$\\times 10^{{{}}}$", std::stoi(text.substr(at + 1, exponent - 1)));
      at += exponent;
    } else if (text.compare(at, plus_minus.size(), plus_minus) == 0) {
      escaped += "$\\pm$";
      at += plus_minus.size();
    } else if (text[at] == '-' && at + 1 < text.size() && is_digit(text[at + 1]) &&
               (at == 0 || text[at - 1] == ' ' || text[at - 1] == '[')) {
      escaped += "$-$";
      ++at;
    } else {
      escaped += latex_character(text[at++]);
    }
  }
  return escaped;
}

}  // namespace descent::program
