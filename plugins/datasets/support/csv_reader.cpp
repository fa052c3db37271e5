#include "csv_reader.hpp"

#include <algorithm>

namespace descent {

CsvReader::CsvReader(std::filesystem::path file, std::string_view content, char separator,
                     std::string comment)
    : file_(std::move(file)), content_(content), separator_(separator), comment_(std::move(comment)) {
  if (content_.starts_with("\xEF\xBB\xBF")) at_ = 3;
}

// Passes over a line that is empty or a comment.
bool CsvReader::skip_line() {
  const std::string_view rest = content_.substr(at_);
  const std::size_t line_end = std::min(rest.find('\n'), rest.size());
  const bool empty = line_end == 0 || (line_end == 1 && rest[0] == '\r');
  if (!empty && (comment_.empty() || !rest.starts_with(comment_))) return false;
  at_ += std::min(line_end + 1, rest.size());
  return true;
}

CsvCell CsvReader::quoted_cell() {
  CsvCell cell{{}, at_, true};
  std::size_t begin = at_ + 1;
  std::string* joined = nullptr;
  while (true) {
    const std::size_t quote = content_.find('"', begin);
    if (quote == std::string_view::npos)
      throw Error(place(cell), "this quote is never closed", codes::syntax);
    const std::string_view part = content_.substr(begin, quote - begin);
    const bool doubled = quote + 1 < content_.size() && content_[quote + 1] == '"';
    if (doubled && joined == nullptr) joined = &unescaped_.emplace_back();
    if (joined != nullptr) *joined += part;
    if (joined == nullptr) cell.text = part;
    at_ = begin = quote + 1;
    if (!doubled) break;
    *joined += '"';
    ++begin;
  }
  if (joined != nullptr) cell.text = *joined;
  while (at_ < content_.size() && content_[at_] == ' ') ++at_;
  const bool ends =
      at_ == content_.size() || content_[at_] == separator_ || content_[at_] == '\n' || content_[at_] == '\r';
  if (!ends)
    throw Error(place({{}, at_, false}),
                "a cell goes on after its closing quote; a quote in it is doubled: \"\"", codes::syntax);
  return cell;
}

CsvCell CsvReader::plain_cell() {
  const std::size_t begin = at_;
  while (at_ < content_.size() && content_[at_] != separator_ && content_[at_] != '\n') ++at_;
  std::string_view text = content_.substr(begin, at_ - begin);
  const auto is_blank = [](char c) { return c == ' ' || c == '\t' || c == '\r'; };
  std::size_t blanks = 0;
  while (!text.empty() && is_blank(text.front())) {
    text.remove_prefix(1);
    ++blanks;
  }
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return {text, begin + blanks, false};
}

bool CsvReader::next(std::vector<CsvCell>& cells) {
  cells.clear();
  while (at_ < content_.size() && skip_line()) {
  }
  if (at_ >= content_.size()) return false;
  while (true) {
    while (at_ < content_.size() && content_[at_] == ' ' && separator_ != ' ') ++at_;
    cells.push_back(at_ < content_.size() && content_[at_] == '"' ? quoted_cell() : plain_cell());
    if (at_ < content_.size() && content_[at_] == '\r') ++at_;
    if (at_ == content_.size()) return true;
    if (content_[at_++] == '\n') return true;
  }
}

SourceLocation CsvReader::place(const CsvCell& cell) const {
  const std::string_view before = content_.substr(0, cell.begin);
  const std::size_t newline = before.rfind('\n');
  const std::size_t line_begin = newline == std::string_view::npos ? 0 : newline + 1;
  return {file_.string(), 1 + static_cast<int>(std::count(before.begin(), before.end(), '\n')),
          1 + static_cast<int>(cell.begin - line_begin)};
}

}  // namespace descent
