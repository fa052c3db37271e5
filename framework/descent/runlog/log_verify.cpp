#include <fmt/format.h>

#include <limits>

#include "descent/base/error.hpp"
#include "descent/runlog/detail/image_sheet.hpp"
#include "descent/runlog/detail/log_reader_data.hpp"

namespace descent::runlog {

namespace {

// Tells of rows that are next to each other in one sentence.
class Findings {
 public:
  explicit Findings(const LogTable& table) : table_(table) {}

  void differs(std::int64_t row, std::int64_t step) {
    if (row != end_) tell();
    if (begin_ == end_) {
      begin_ = row;
      first_step_ = step;
    }
    end_ = row + 1;
    last_step_ = step;
  }

  void back_in_time(std::int64_t row, std::int64_t step) {
    tell();
    lines_.push_back(fmt::format("{}: the time of row {} (step {}) is earlier than that of the row before",
                                 table_.path, row, step));
  }

  void unreadable(std::int64_t begin, std::int64_t end, const std::string& reason) {
    tell();
    lines_.push_back(
        fmt::format("{}: {} {} to {} cannot be read: {}", table_.path, table_.row, begin, end - 1, reason));
  }

  void tell() {
    if (end_ == begin_ + 1)
      lines_.push_back(fmt::format("{}: {} {} (step {}) differs from its checksum", table_.path, table_.row,
                                   begin_, first_step_));
    else if (begin_ < end_)
      lines_.push_back(fmt::format("{}: {}s {} to {} (steps {} to {}) differ from their checksums",
                                   table_.path, table_.row, begin_, end_ - 1, first_step_, last_step_));
    begin_ = end_ = -1;
  }

  std::vector<std::string> lines() && { return std::move(lines_); }

 private:
  const LogTable& table_;
  std::vector<std::string> lines_;
  std::int64_t begin_ = -1, end_ = -1;  // the rows not yet told of
  std::int64_t first_step_ = 0, last_step_ = 0;
};

std::vector<std::string> verify_table(hid_t file, const LogTable& table, std::int64_t begin,
                                      std::int64_t end) try {
  const TableReader reader(file, table);
  Findings findings(table);
  double time = begin == 0 ? 0 : -std::numeric_limits<double>::infinity();
  for (; begin < end; begin += reader.block()) {
    const std::int64_t count = std::min(reader.block(), end - begin);
    std::string reason;
    const TableRows rows = reader.read_first(begin, count, reason);
    for (std::int64_t row = 0; row < rows.count; ++row) {
      const RowState state = rows.check(row, time);
      if (state == RowState::differs) findings.differs(begin + row, rows.step(row));
      if (state == RowState::back_in_time) findings.back_in_time(begin + row, rows.step(row));
    }
    if (rows.count < count) findings.unreadable(begin + rows.count, begin + count, reason);
  }
  findings.tell();
  return std::move(findings).lines();
} catch (const hdf5::Failure& failure) {
  return {fmt::format("{}: {}", table.path, failure.what())};
}

void refuse_damage(const std::filesystem::path& file, const std::vector<std::string>& damage) {
  if (damage.empty()) return;
  const std::string more =
      damage.size() > 1 ? fmt::format(", and {} more; 'descent verify' lists all of it", damage.size() - 1)
                        : "";
  throw Error(fmt::format("the log '{}' is damaged: {}{}", file.string(), damage.front(), more));
}

}  // namespace

void LogReader::Implementation::require_whole(const MetricSet& one, std::int64_t begin,
                                              std::int64_t count) const {
  refuse_damage(path, verify_rows(one, begin, count));
}

std::vector<std::string> LogReader::Implementation::verify_rows(const MetricSet& one, std::int64_t begin,
                                                                std::int64_t count) const {
  Stretch& known = whole_[static_cast<std::size_t>(&one - sets.data())];
  const std::int64_t end = begin + count;
  if (count == 0 || (known.begin <= begin && end <= known.end)) return {};
  const bool continues = known.begin <= begin && begin <= known.end;
  const std::int64_t first = continues ? known.end : begin;
  std::vector<std::string> damage = verify_table(reading.file, table(one), first, end);
  if (damage.empty()) known = {continues ? known.begin : begin, end};
  return damage;
}

void LogReader::Implementation::require_whole(const SeriesInfo& one, std::int64_t snapshot) const {
  refuse_damage(path, verify_table(reading.file, table(one), snapshot, snapshot + 1));
}

void LogReader::Implementation::require_whole(const std::string& dataset) const {
  if (!hdf5::has_its_checksum(hdf5::open_dataset(reading.file, dataset)))
    refuse_damage(path, {dataset + " differs from its checksum"});
}

std::vector<std::string> LogReader::Implementation::verify_experiment() const {
  std::vector<std::string> damage;
  for (const std::string name : {"experiment/yaml", "experiment/plugins"}) {
    try {
      if (!hdf5::has_its_checksum(hdf5::open_dataset(reading.file, name)))
        damage.push_back(name + " differs from its checksum");
    } catch (const hdf5::Failure& failure) {
      damage.push_back(fmt::format("{}: {}", name, failure.what()));
    }
  }
  return damage;
}

std::vector<std::string> LogReader::Implementation::verify_sheets() const {
  std::vector<std::string> damage;
  for (const SeriesInfo& one : series) {
    if (!one.sheet) continue;
    std::string reason;
    try {
      reason = hdf5::sheet_damage(reading.file, one.path, one.shape, one.snapshots);
    } catch (const hdf5::Failure& failure) {
      reason = failure.what();
    }
    if (!reason.empty()) damage.push_back(fmt::format("{}: {}", hdf5::sheet_name(one.path), reason));
  }
  return damage;
}

std::vector<std::string> LogReader::verify() const {
  return implementation_->guarded([&] {
    std::vector<std::string> damage = implementation_->verify_experiment();
    for (const LogTable& table : implementation_->tables()) {
      const std::vector<std::string> more = verify_table(implementation_->reading.file, table, 0, table.rows);
      damage.insert(damage.end(), more.begin(), more.end());
    }
    const std::vector<std::string> more = implementation_->verify_sheets();
    damage.insert(damage.end(), more.begin(), more.end());
    return damage;
  });
}

std::vector<std::string> LogReader::verify_rows(std::string_view set, std::int64_t begin,
                                                std::int64_t count) const {
  DESCENT_ASSERT(begin >= 0 && count >= 0 && begin + count <= rows(set), "a set has rows 0 to rows() - 1");
  return implementation_->guarded(
      [&] { return implementation_->verify_rows(implementation_->set(set), begin, count); });
}

std::vector<std::string> LogReader::verify_series(std::string_view path) const {
  return implementation_->guarded([&] {
    const LogTable table = implementation_->table(implementation_->series_at(path));
    return verify_table(implementation_->reading.file, table, 0, table.rows);
  });
}

void LogReader::require_whole(std::string_view path) const {
  refuse_damage(implementation_->path, verify_series(path));
}

}  // namespace descent::runlog
