#include "descent/runlog/detail/log_recovery.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>

#include "descent/base/checksum.hpp"
#include "descent/base/error.hpp"
#include "descent/base/exception_text.hpp"
#include "descent/runlog/detail/log_file.hpp"
#include "descent/runlog/run_files.hpp"

namespace descent::runlog {

namespace {

/// What the numbers of one snapshot look like in memory, and in their chunk.
struct SeriesFormat {
  std::size_t number_bytes;
  std::size_t bytes;
  bool compressed;
  bool histogram;
};

std::vector<SeriesFormat> formats_of(const LogSchema& schema, std::size_t scalar_bytes) {
  std::vector<SeriesFormat> formats;
  const auto add = [&](const TensorSeries& series) {
    formats.push_back(
        {scalar_bytes, static_cast<std::size_t>(series.shape.size()) * scalar_bytes, series.compress, false});
  };
  for (const TensorSeries& series : schema.tensors) add(series);
  for (const HistogramSeries& series : schema.histograms)
    formats.push_back(
        {sizeof(std::int64_t), static_cast<std::size_t>(series.bins) * sizeof(std::int64_t), false, true});
  for (const TensorSeries& series : schema.samples) add(series);
  return formats;
}

/// The tables of a log, sets first, as the journal counts them.
std::vector<SalvagedTable> tables_of(const LogSchema& schema) {
  std::vector<SalvagedTable> tables;
  for (const MetricSet& set : schema.sets) tables.push_back({"metrics/" + set.name, "row"});
  for (const TensorSeries& series : schema.tensors) tables.push_back({"tensors/" + series.path, "snapshot"});
  for (const HistogramSeries& series : schema.histograms)
    tables.push_back({"tensors/" + series.path, "snapshot"});
  for (const TensorSeries& series : schema.samples) tables.push_back({"samples/" + series.path, "snapshot"});
  return tables;
}

// HDF5's filter `shuffle` puts the first bytes of all numbers first, then the second ones.
void unshuffle(std::vector<std::byte>& bytes, std::size_t number_bytes) {
  const std::size_t count = bytes.size() / number_bytes;
  std::vector<std::byte> shuffled = bytes;
  for (std::size_t i = 0; i < count; ++i)
    for (std::size_t j = 0; j < number_bytes; ++j) bytes[i * number_bytes + j] = shuffled[j * count + i];
}

/// The chunks of a log.h5 that HDF5 may refuse to open.
class Chunks {
 public:
  explicit Chunks(const std::filesystem::path& log) : file_(open(log.c_str(), O_RDONLY | O_CLOEXEC)) {}

  /// The numbers of a snapshot; nothing when they are not those that the journal tells of.
  std::optional<std::vector<std::byte>> read(const JournalSnapshot& snapshot,
                                             const SeriesFormat& format) const {
    if (file_.get() < 0 || snapshot.length > 2 * format.bytes + 64) return std::nullopt;
    std::vector<std::byte> bytes(snapshot.length);
    const auto read = [&] {
      return pread(file_.get(), bytes.data(), bytes.size(), static_cast<off_t>(snapshot.offset));
    };
    ssize_t size = read();
    if (size < 0) size = read();  // a disk that fails once is asked again
    if (size != static_cast<ssize_t>(bytes.size())) return std::nullopt;
    if (format.compressed && !decode(bytes, snapshot.left_out, format)) return std::nullopt;
    if (bytes.size() != format.bytes) return std::nullopt;
    std::uint32_t checksum = crc32c(bytes, crc32c(std::as_bytes(std::span(&snapshot.step, 1))));
    if (format.histogram) checksum = crc32c(std::as_bytes(std::span(snapshot.limits)), checksum);
    if (checksum != snapshot.checksum) return std::nullopt;
    return bytes;
  }

 private:
  // As create_column() compresses: shuffle is the filter 0, and deflate 1.
  static bool decode(std::vector<std::byte>& bytes, std::uint32_t left_out, const SeriesFormat& format) {
    if ((left_out & 2U) == 0) {
      std::vector<std::byte> inflated(format.bytes);
      uLongf size = inflated.size();
      if (uncompress(reinterpret_cast<Bytef*>(inflated.data()), &size,
                     reinterpret_cast<const Bytef*>(bytes.data()), bytes.size()) != Z_OK ||
          size != format.bytes)
        return false;
      bytes = std::move(inflated);
    }
    if ((left_out & 1U) == 0) unshuffle(bytes, format.number_bytes);
    return true;
  }

  Descriptor file_;
};

/// Collects rows, because HDF5 takes as long for a few of them as for many.
class RowCollector {
 public:
  RowCollector(hdf5::LogFile& file, const LogSchema& schema) : file_(file) {
    for (const MetricSet& set : schema.sets) sets_.push_back({(2 + set.columns.size()) * sizeof(double), {}});
  }

  void add(const JournalRows& rows) {
    std::vector<std::byte>& words = sets_[rows.set].words;
    words.insert(words.end(), rows.words.begin(), rows.words.end());
    if (words.size() >= worth_a_write) write(rows.set);
  }
  void write_all() {
    for (std::size_t set = 0; set < sets_.size(); ++set) write(set);
  }

 private:
  struct Set {
    std::size_t row_bytes;
    std::vector<std::byte> words;
  };
  static constexpr std::size_t worth_a_write = std::size_t{1} << 20;

  void write(std::size_t index) {
    Set& set = sets_[index];
    if (set.words.empty()) return;
    file_.write_rows(index, static_cast<std::int64_t>(set.words.size() / set.row_bytes), [&](std::int64_t i) {
      return set.words.data() + static_cast<std::size_t>(i) * set.row_bytes;
    });
    set.words.clear();
  }

  hdf5::LogFile& file_;
  std::vector<Set> sets_;
};

}  // namespace

std::vector<SalvagedTable> write_log_from_journal(JournalReader& journal,
                                                  const std::filesystem::path& damaged,
                                                  const std::filesystem::path& path) try {
  const LogSchema& schema = journal.schema();
  const std::vector<SeriesFormat> formats = formats_of(schema, journal.scalar_bytes());
  std::vector<SalvagedTable> tables = tables_of(schema);
  hdf5::declare_log(path, schema, {.scalar_bytes = journal.scalar_bytes()});
  hdf5::LogFile file(path, schema, journal.scalar_bytes());
  const Chunks chunks(damaged);
  RowCollector collector(file, schema);
  for (;;) {
    const auto record = journal.next();
    if (std::holds_alternative<std::monostate>(record)) break;
    if (const auto* rows = std::get_if<JournalRows>(&record)) {
      SalvagedTable& table = tables[rows->set];
      table.committed += rows->count;
      table.kept += rows->count;
      collector.add(*rows);
      continue;
    }
    const auto& snapshot = std::get<JournalSnapshot>(record);
    SalvagedTable& table = tables[schema.sets.size() + snapshot.series];
    ++table.committed;
    if (!table.reason.empty()) continue;
    const SeriesFormat& format = formats[snapshot.series];
    if (const auto values = chunks.read(snapshot, format)) {
      file.write_snapshot(snapshot.series, snapshot.step, values->data(),
                          format.histogram ? snapshot.limits : nullptr);
      ++table.kept;
    } else {
      table.reason =
          fmt::format("snapshot {} (step {}) is not where the journal says", table.kept, snapshot.step);
    }
  }
  collector.write_all();
  file.close("running");
  return tables;
} catch (const Error&) {
  throw;
} catch (const std::exception& failure) {
  throw RunError(fmt::format("cannot write '{}': {}", path.string(), exception_text(failure)));
}

std::vector<LogLength> lengths_in_journal(const std::filesystem::path& directory) try {
  JournalReader journal(directory / files::journal);
  std::vector<LogLength> lengths;
  for (const SalvagedTable& table : tables_of(journal.schema())) lengths.push_back({table.path, 0});
  for (;;) {
    const auto record = journal.next();
    if (const auto* rows = std::get_if<JournalRows>(&record))
      lengths[rows->set].rows += rows->count;
    else if (const auto* snapshot = std::get_if<JournalSnapshot>(&record))
      ++lengths[journal.schema().sets.size() + snapshot->series].rows;
    else
      return lengths;
  }
} catch (const Error&) {
  return {};
}

}  // namespace descent::runlog
