#include "descent/runlog/log_copy.hpp"

#include <fmt/format.h>

#include "descent/base/error.hpp"
#include "descent/runlog/detail/log_reader_data.hpp"
#include "descent/runlog/detail/plugin_table.hpp"
#include "descent/runlog/durable_file.hpp"

namespace descent::runlog {

using hdf5::Handle;

class LogCopy::Source : public LogReader::Implementation {
 public:
  using Implementation::Implementation;

  // Some text of the log, unless it is damaged.
  template <class Read>
  void read_checked(const std::string& dataset, Read read) {
    try {
      if (hdf5::has_its_checksum(hdf5::open_dataset(reading.file, dataset))) return read();
      lost.push_back(dataset + " is lost: it differs from its checksum");
    } catch (const hdf5::Failure& failure) {
      lost.push_back(fmt::format("{} is lost: {}", dataset, failure.what()));
    }
  }
};

namespace {

std::int64_t whole_rows(const TableRows& rows, double& time) {
  std::int64_t count = 0;
  while (count < rows.count && rows.check(count, time) == RowState::whole) ++count;
  return count;
}

// Takes the rows of one table, in order.
class TableWriter {
 public:
  TableWriter(hid_t file, const LogTable& table, bool grows) : grows_(grows) {
    for (const std::string& dataset : table.all_datasets())
      datasets_.push_back(hdf5::open_dataset(file, dataset));
  }

  void append(const TableReader& types, const TableRows& rows, std::int64_t count) {
    for (std::size_t i = 0; i < datasets_.size(); ++i) {
      if (grows_) hdf5::set_length(datasets_[i], rows.begin + count);
      hdf5::write_slab(datasets_[i], types.type(i), rows.begin, count, rows.bytes(i).data());
    }
  }
  void close() {
    for (Handle& dataset : datasets_) dataset.close("close a dataset");
  }

 private:
  std::vector<Handle> datasets_;
  bool grows_;
};

// Checksums are copied, not computed anew: what they are of goes with them.
void copy_order(hid_t file, const LogTable& table) {
  if (!table.path.starts_with("metrics/")) return;
  std::vector<std::string> names;
  for (const std::string& dataset : table.datasets) names.push_back(dataset.substr(table.path.size() + 1));
  const Handle checksums = hdf5::open_dataset(file, table.checksums);
  hdf5::check(H5Adelete(checksums, "columns"), "describe the checksums");
  hdf5::write_texts_attribute(checksums, "columns", names);
}

// Copies up to the first row that is not whole; `result` says how far that was, and why.
void copy_table(const TableReader& reader, TableWriter& writer, SalvagedTable& result) {
  double time = 0;
  while (result.kept < result.committed && result.reason.empty()) {
    const std::int64_t count = std::min(reader.block(), result.committed - result.kept);
    const TableRows rows = reader.read_first(result.kept, count, result.reason);
    const std::int64_t whole = whole_rows(rows, time);
    if (whole < rows.count)
      result.reason = fmt::format("{} {} (step {}) differs from its checksum", result.row, rows.begin + whole,
                                  rows.step(whole));
    if (whole > 0) writer.append(reader, rows, whole);
    result.kept += whole;
  }
}

}  // namespace

LogCopy::LogCopy(const std::filesystem::path& log, bool salvage)
    : source_(salvage ? std::make_unique<Source>(log, LogReader::Implementation::Salvage())
                      : std::make_unique<Source>(log)) {}
LogCopy::~LogCopy() = default;

LogSchema LogCopy::schema() {
  return source_->guarded([&] {
    LogSchema schema = source_->schema();
    source_->read_checked("experiment/yaml", [&] {
      schema.experiment = hdf5::read_text(source_->reading.file, "experiment/yaml");
    });
    source_->read_checked("experiment/plugins", [&] {
      schema.plugins =
          hdf5::read_plugin_table(hdf5::open_dataset(source_->reading.file, "experiment/plugins"));
    });
    return schema;
  });
}

std::vector<std::string> LogCopy::lost() const {
  return source_->lost;
}

hdf5::Layout LogCopy::growing_layout() const {
  return source_->guarded([&] { return hdf5::Layout{.scalar_bytes = source_->scalar_bytes()}; });
}

hdf5::Layout LogCopy::packed_layout() const {
  hdf5::Layout layout = growing_layout();
  layout.packed.emplace();
  for (const LogTable& table : source_->tables()) layout.packed->emplace(table.path, table.rows);
  return layout;
}

std::vector<SalvagedTable> LogCopy::write(const std::filesystem::path& path, const LogSchema& schema,
                                          const hdf5::Layout& layout) try {
  const hdf5::Lock lock;
  hdf5::declare_log(path, schema, layout);
  require_no_link(path);
  Handle file = hdf5::open_file(path, H5F_ACC_RDWR);
  std::vector<SalvagedTable> results;
  for (const LogTable& table : source_->tables()) {
    SalvagedTable& result = results.emplace_back(SalvagedTable{table.path, table.row, table.rows});
    TableWriter writer(file, table, !layout.packed);
    copy_order(file, table);
    std::optional<TableReader> reader;
    try {
      reader.emplace(source_->reading.file, table);
    } catch (const hdf5::Failure& failure) {
      result.reason = failure.what();
    }
    if (reader) copy_table(*reader, writer, result);
    writer.close();
    if (!result.path.starts_with("metrics/")) hdf5::show_last_snapshot(file, result.path, result.kept);
  }
  const Value* status = nullptr;
  const Value attributes = source_->attributes();
  if ((status = attributes.find("status")) != nullptr && status->is(Value::Kind::text))
    hdf5::overwrite_text_attribute(file, "status", status->text());
  file.close("close the file");
  return results;
} catch (const hdf5::Failure& failure) {
  throw RunError(fmt::format("cannot write '{}': {}", path.string(), failure.what()));
}

std::string LogCopy::difference(const std::filesystem::path& copy) const {
  const Source other(copy);
  return other.guarded([&]() -> std::string {
    if (!(source_->attributes() == other.attributes())) return "the attributes differ";
    for (const std::string& line : other.verify_experiment()) return line;
    for (const std::string name : {"experiment/yaml", "experiment/plugins"})
      if (hdf5::read_attribute(hdf5::open_dataset(source_->reading.file, name), "crc32c") !=
          hdf5::read_attribute(hdf5::open_dataset(other.reading.file, name), "crc32c"))
        return name + " differs";
    for (const LogTable& table : source_->tables()) {
      const TableReader reader(source_->reading.file, table), copied(other.reading.file, table);
      for (std::int64_t begin = 0; begin < table.rows; begin += reader.block()) {
        const std::int64_t count = std::min(reader.block(), table.rows - begin);
        if (!(reader.read(begin, count) == copied.read(begin, count))) return table.path + " differs";
      }
    }
    return "";
  });
}

}  // namespace descent::runlog
