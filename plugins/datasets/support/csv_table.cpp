#include "csv_table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <optional>
#include <set>

#include "csv_reader.hpp"
#include "descent/base/error.hpp"
#include "descent/base/text.hpp"
#include "unpacked_file.hpp"

namespace descent {

namespace {

std::optional<double> number_of(std::string_view text) {
  if (text.starts_with('+')) text.remove_prefix(1);
  double number = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (end != text.data() + text.size() || text.empty()) return std::nullopt;
  if (problem == std::errc::result_out_of_range) return std::nullopt;
  return number;
}

bool is_missing(const CsvCell& cell) {
  constexpr std::array<std::string_view, 8> words = {"", "NA", "N/A", "NaN", "nan", "null", "NULL", "?"};
  if (cell.quoted || cell.text.size() > 4) return false;
  return std::find(words.begin(), words.end(), cell.text) != words.end();
}

// Reads one table.
class TableReader {
 public:
  TableReader(const std::filesystem::path& file, const std::string& content, const CsvFormat& format)
      : file_(file), format_(format), reader_(file, content, format.separator, format.comment) {}

  CsvTable read(const CsvColumns& columns) {
    if (!reader_.next(cells_)) throw Error(fmt::format("'{}' holds no row", file_.string()));
    find_names();
    choose(columns);
    if (!format_.header) read_row();
    while (reader_.next(cells_)) read_row();
    if (table_.rows == 0)
      throw Error(fmt::format(
          "'{}' {}", file_.string(),
          table_.dropped > 0 ? "has something missing in every row" : "holds no row after its header"));
    return std::move(table_);
  }

 private:
  void find_names() {
    const bool all_numbers = std::all_of(
        cells_.begin(), cells_.end(), [](const CsvCell& cell) { return number_of(cell.text).has_value(); });
    if (format_.header && all_numbers && cells_.size() > 1)
      throw Error(reader_.place(cells_.front()),
                  "the first row holds numbers alone, not the names of columns; say 'header: false'");
    if (cells_.size() == 1 && !cells_[0].quoted)
      for (const char other : {';', '\t', ',', '|'})
        if (other != format_.separator && cells_[0].text.find(other) != std::string_view::npos)
          throw Error(reader_.place(cells_.front()),
                      other == '\t'
                          ? std::string("the first row is one cell, which holds tabs; say 'separator: tab'")
                          : fmt::format("the first row is one cell, which holds '{0}'; say 'separator: "
                                        "\"{0}\"'",
                                        other));
    std::set<std::string> known;
    for (std::size_t c = 0; c < cells_.size(); ++c) {
      std::string name = fmt::format("c{}", c + 1);
      if (format_.header && !cells_[c].text.empty()) name = cells_[c].text;
      if (!known.insert(name).second)
        throw Error(reader_.place(cells_[c]), fmt::format("two columns are called '{}'", name));
      names_.push_back(std::move(name));
    }
  }

  std::vector<std::size_t> matching(const std::vector<std::string>& patterns, const char* option) const {
    std::vector<std::size_t> found;
    std::vector<bool> is_found(names_.size());
    for (const std::string& pattern : patterns) {
      const std::size_t before = found.size();
      for (std::size_t c = 0; c < names_.size(); ++c)
        if (!is_found[c] && matches(pattern, names_[c])) {
          is_found[c] = true;
          found.push_back(c);
        }
      if (found.size() == before)
        throw Error(fmt::format("'{}' has no column '{}', which '{}' names{}", file_.string(), pattern,
                                option, suggestion(pattern, names_)));
    }
    return found;
  }

  void choose(const CsvColumns& columns) {
    if (!columns.label.empty()) label_ = matching({columns.label}, "label").front();
    targets_ = matching(columns.targets, "targets");
    features_ = matching(columns.features, "columns");
    if (columns.features.empty())
      for (std::size_t c = 0; c < names_.size(); ++c)
        if (c != label_ && std::count(targets_.begin(), targets_.end(), c) == 0) features_.push_back(c);
    wanted_.assign(names_.size(), false);
    for (const std::size_t c : features_) wanted_[c] = true;
    for (const std::size_t c : targets_) wanted_[c] = true;
    if (label_ != no_column) wanted_[label_] = true;
    for (const std::size_t c : features_) table_.feature_names.push_back(names_[c]);
    for (const std::size_t c : targets_) table_.target_names.push_back(names_[c]);
  }

  // Whether nothing is missing of what is read of the row.
  bool is_complete() const {
    for (std::size_t c = 0; c < cells_.size(); ++c) {
      if (!wanted_[c] || !is_missing(cells_[c])) continue;
      if (format_.drop_missing) return false;
      throw Error(reader_.place(cells_[c]),
                  fmt::format("a value of the column '{}' is missing; 'missing: drop' leaves such rows out",
                              names_[c]));
    }
    return true;
  }

  Scalar number(std::size_t column) const {
    const CsvCell& cell = cells_[column];
    const auto number = number_of(cell.text);
    if (!number)
      throw Error(reader_.place(cell),
                  fmt::format("'{}' in the column '{}' is no number; a column of texts may be the 'label', "
                              "and others are left out of 'columns'",
                              cell.text, names_[column]));
    if (!std::isfinite(*number))
      throw Error(reader_.place(cell),
                  fmt::format("'{}' in the column '{}' is not finite", cell.text, names_[column]));
    return static_cast<Scalar>(*number);
  }

  void read_row() {
    if (cells_.size() != names_.size())
      throw Error(reader_.place(cells_.front()),
                  fmt::format("this row has {} cell{}, the first one has {}{}", cells_.size(),
                              cells_.size() == 1 ? "" : "s", names_.size(),
                              cells_.size() == 1 ? "; is 'separator' the right one?" : ""));
    if (!is_complete()) {
      ++table_.dropped;
      return;
    }
    for (const std::size_t c : features_) table_.features.push_back(number(c));
    for (const std::size_t c : targets_) table_.targets.push_back(number(c));
    if (label_ != no_column) table_.labels.emplace_back(cells_[label_].text);
    ++table_.rows;
  }

  static constexpr std::size_t no_column = static_cast<std::size_t>(-1);

  const std::filesystem::path& file_;
  const CsvFormat& format_;
  CsvReader reader_;
  std::vector<CsvCell> cells_;
  std::vector<std::string> names_;
  std::vector<std::size_t> features_, targets_;
  std::vector<bool> wanted_;  // of each column
  std::size_t label_ = no_column;
  CsvTable table_;
};

}  // namespace

char csv_separator(const std::string& option, const std::filesystem::path& file) {
  const std::string name = file.filename().string();
  if (option == "auto") return name.ends_with(".tsv") || name.ends_with(".tsv.gz") ? '\t' : ',';
  if (option == "tab") return '\t';
  if (option.size() != 1 || option == "\"" || option == "\n")
    throw Error(fmt::format("'separator' is '{}'; it is one character, 'tab' or 'auto'", option));
  return option[0];
}

CsvTable read_csv(const std::filesystem::path& file, const CsvFormat& format, const CsvColumns& columns) {
  const std::string content = read_unpacked(file);
  return TableReader(file, content, format).read(columns);
}

}  // namespace descent
