#include "descent/runlog/detail/log_rebuild.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "descent/base/error.hpp"
#include "descent/base/exception_text.hpp"
#include "descent/base/text.hpp"
#include "descent/runlog/detail/log_file.hpp"
#include "descent/runlog/durable_file.hpp"
#include "descent/runlog/log_reader.hpp"
#include "descent/runlog/run_files.hpp"

namespace descent::runlog {

namespace {

namespace fs = std::filesystem;

/// How many rows of each set and series stay.
class Kept {
 public:
  Kept(const fs::path& file, const std::vector<LogLength>& lengths) : file_(file), lengths_(lengths) {}

  std::int64_t of(const std::string& path, std::int64_t there) const {
    const auto found = std::find_if(lengths_.begin(), lengths_.end(),
                                    [&](const LogLength& length) { return length.path == path; });
    const std::int64_t rows = found == lengths_.end() ? 0 : found->rows;
    if (rows > there)
      throw Error(fmt::format("the log '{}' holds {} rows of {}, where {} were saved", file_.string(), there,
                              path, rows));
    return rows;
  }

 private:
  const fs::path& file_;
  const std::vector<LogLength>& lengths_;
};

void copy_set(const LogReader& from, hdf5::LogFile& to, std::size_t index, const MetricSet& set,
              std::int64_t rows) {
  const std::vector<std::int64_t> steps = from.steps(set.name, 0, rows);
  std::vector<std::vector<double>> columns = {from.column(set.name, "wall_time", 0, rows)};
  for (const MetricColumn& column : set.columns)
    columns.push_back(from.column(set.name, column.name, 0, rows));
  std::vector<std::byte> row((1 + columns.size()) * sizeof(double));
  constexpr std::int64_t at_once = 4096;
  std::vector<std::byte> rows_of_words(row.size() * at_once);
  for (std::int64_t begin = 0; begin < rows; begin += at_once) {
    const std::int64_t count = std::min(at_once, rows - begin);
    for (std::int64_t i = 0; i < count; ++i) {
      std::byte* words = rows_of_words.data() + static_cast<std::size_t>(i) * row.size();
      const auto at = static_cast<std::size_t>(begin + i);
      std::memcpy(words, &steps[at], sizeof(std::int64_t));
      for (std::size_t c = 0; c < columns.size(); ++c)
        std::memcpy(words + (c + 1) * sizeof(double), &columns[c][at], sizeof(double));
    }
    to.write_rows(index, count, [&](std::int64_t i) {
      return rows_of_words.data() + static_cast<std::size_t>(i) * row.size();
    });
  }
}

template <class Number>
void copy_series(const LogReader& from, hdf5::LogFile& to, std::size_t index, const std::string& path,
                 bool histogram, std::int64_t rows) {
  const std::vector<std::int64_t> steps = from.snapshot_steps(path);
  std::vector<Number> numbers;
  for (std::int64_t i = 0; i < rows; ++i) {
    const std::vector<double> read = from.snapshot(path, i);
    numbers.assign(read.size(), Number(0));
    std::transform(read.begin(), read.end(), numbers.begin(),
                   [](double x) { return static_cast<Number>(x); });
    double limits[2] = {0, 0};
    if (histogram) std::tie(limits[0], limits[1]) = from.limits(path, i);
    to.write_snapshot(index, steps[static_cast<std::size_t>(i)],
                      reinterpret_cast<const std::byte*>(numbers.data()), histogram ? limits : nullptr);
  }
}

void copy_rows(const LogReader& from, hdf5::LogFile& to, const LogSchema& schema, const Kept& kept) {
  for (std::size_t i = 0; i < schema.sets.size(); ++i) {
    const std::string& name = schema.sets[i].name;
    copy_set(from, to, i, schema.sets[i], kept.of("metrics/" + name, from.rows(name)));
  }
  std::size_t index = 0;
  const auto there = [&](const std::string& path) {
    for (const SeriesInfo& series : from.series())
      if (series.path == path) return series.snapshots;
    return std::int64_t{0};
  };
  const auto copy = [&](const std::string& path, bool histogram) {
    const std::int64_t rows = kept.of(path, there(path));
    if (histogram)
      copy_series<std::int64_t>(from, to, index++, path, true, rows);
    else
      copy_series<Scalar>(from, to, index++, path, false, rows);
  };
  for (const TensorSeries& series : schema.tensors) copy("tensors/" + series.path, false);
  for (const HistogramSeries& series : schema.histograms) copy("tensors/" + series.path, true);
  for (const TensorSeries& series : schema.samples) copy("samples/" + series.path, false);
}

}  // namespace

JournalWriter rebuild_log(const fs::path& directory, const LogSchema& schema,
                          const std::vector<LogLength>& kept) {
  schema.check();
  const fs::path file = directory / files::log;
  const bool keeps = std::any_of(kept.begin(), kept.end(), [](const LogLength& one) { return one.rows > 0; });
  std::optional<LogReader> old;
  if (keeps) {
    old.emplace(file);
    // Checksums are computed anew for what is copied: damage must be found before.
    if (const std::vector<std::string> damage = old->verify(); !damage.empty())
      throw Error(fmt::format("the log '{}' is damaged, and cannot be gone on with: {}; see descent verify",
                              file.string(), join(damage)));
  }
  std::optional<JournalWriter> journal;
  try {
    fs::remove(part_of(file));
    hdf5::declare_log(part_of(file), schema);
    journal.emplace(create_journal(directory, schema));
    if (old) {
      hdf5::LogFile rebuilt(part_of(file), schema);
      rebuilt.write_journal(std::move(*journal));
      copy_rows(*old, rebuilt, schema, Kept(file, kept));
      journal.emplace(rebuilt.take_journal());
      rebuilt.close("running");
    }
  } catch (const Error&) {
    fs::remove(part_of(file));
    throw;
  } catch (const std::exception& failure) {
    throw RunError(fmt::format("cannot rebuild the log '{}': {}", file.string(), exception_text(failure)));
  }
  old.reset();
  // While the journal is that of the old log, the new one is whole.
  publish_durably(file);
  publish_durably(directory / files::journal);
  return std::move(*journal);
}

}  // namespace descent::runlog
