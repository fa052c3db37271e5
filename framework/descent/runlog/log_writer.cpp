#include "descent/runlog/log_writer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "descent/base/error.hpp"
#include "descent/base/exception_text.hpp"
#include "descent/base/text.hpp"
#include "descent/runlog/detail/log_rebuild.hpp"
#include "descent/runlog/detail/log_thread.hpp"
#include "descent/runlog/durable_file.hpp"
#include "descent/runlog/run_files.hpp"

namespace descent::runlog {

namespace {

// Makes the file, and the journal that goes with it.
JournalWriter create_log(const std::filesystem::path& directory, const LogSchema& schema) {
  schema.check();
  const std::filesystem::path file = directory / files::log;
  if (std::filesystem::exists(file)) throw Error(fmt::format("there is a log already: '{}'", file.string()));
  if (!std::filesystem::is_directory(directory))
    throw Error(fmt::format("there is no run directory '{}' to write a log into", directory.string()));
  try {
    // Only a file without rows can be left here, by a process killed while it made one.
    std::filesystem::remove(part_of(file));
    hdf5::declare_log(part_of(file), schema);
    JournalWriter journal = create_journal(directory, schema);
    // A power cut may take both: there is no checkpoint yet that would miss them.
    publish(file);
    publish(directory / files::journal);
    return journal;
  } catch (const RunError&) {
    throw;
  } catch (const std::exception& failure) {
    throw RunError(fmt::format("cannot create the log '{}': {}", file.string(), exception_text(failure)));
  }
}

std::size_t find(const std::vector<std::string>& names, std::string_view name, const char* what) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end())
    throw Error(fmt::format("the log has no {} '{}'{}; everything is declared before the first step", what,
                            name, suggestion(name, names)));
  return static_cast<std::size_t>(found - names.begin());
}

}  // namespace

class LogWriter::Implementation {
 public:
  Implementation(const std::filesystem::path& directory_, const LogSchema& schema, JournalWriter journal,
                 const LogOptions& options)
      : directory(directory_), thread(directory / files::log, schema, std::move(journal), options) {
    for (const MetricSet& set : schema.sets) sets.push_back(set.name);
    for (const TensorSeries& series : schema.tensors) tensors.push_back(series.path);
    for (const HistogramSeries& series : schema.histograms) histograms.push_back(series.path);
    for (const TensorSeries& series : schema.samples) samples.push_back(series.path);
  }

  std::filesystem::path directory;
  std::vector<std::string> sets, tensors, histograms, samples;
  LogThread thread;
};

LogWriter::LogWriter(const std::filesystem::path& directory, const LogSchema& schema,
                     const LogOptions& options)
    : implementation_(
          std::make_unique<Implementation>(directory, schema, create_log(directory, schema), options)) {}

LogWriter::LogWriter(const std::filesystem::path& directory, const LogSchema& schema, const KeptRows& kept,
                     const LogOptions& options)
    : implementation_(std::make_unique<Implementation>(
          directory, schema, rebuild_log(directory, schema, kept.lengths), options)) {}

LogWriter::~LogWriter() = default;

SetHandle LogWriter::set(std::string_view name) const {
  return {find(implementation_->sets, name, "metric set")};
}

SeriesHandle LogWriter::tensor(std::string_view path) const {
  return {find(implementation_->tensors, path, "tensor series")};
}

SeriesHandle LogWriter::histogram(std::string_view path) const {
  return {implementation_->tensors.size() + find(implementation_->histograms, path, "histogram series")};
}

SeriesHandle LogWriter::sample(std::string_view path) const {
  return {implementation_->tensors.size() + implementation_->histograms.size() +
          find(implementation_->samples, path, "sample series")};
}

void LogWriter::append(SetHandle set, std::int64_t step, double wall_time, std::span<const double> values) {
  implementation_->thread.append_row(set.index, step, wall_time, values);
}

void LogWriter::append(SeriesHandle series, std::int64_t step, std::span<const Scalar> values) {
  implementation_->thread.append_snapshot({series.index, step, {0, 0}, nullptr}, std::as_bytes(values),
                                          false);
}

void LogWriter::append(SeriesHandle series, std::int64_t step, std::span<const std::int64_t> counts,
                       double lower, double upper) {
  implementation_->thread.append_snapshot({series.index, step, {lower, upper}, nullptr},
                                          std::as_bytes(counts), true);
}

void LogWriter::synchronize() {
  implementation_->thread.synchronize();
}

std::vector<LogLength> LogWriter::lengths() const {
  std::vector<LogLength> lengths;
  const Implementation& it = *implementation_;
  for (std::size_t i = 0; i < it.sets.size(); ++i)
    lengths.push_back({"metrics/" + it.sets[i], it.thread.rows_of_set(i)});
  std::size_t series = 0;
  for (const std::string& path : it.tensors)
    lengths.push_back({"tensors/" + path, it.thread.rows_of_series(series++)});
  for (const std::string& path : it.histograms)
    lengths.push_back({"tensors/" + path, it.thread.rows_of_series(series++)});
  for (const std::string& path : it.samples)
    lengths.push_back({"samples/" + path, it.thread.rows_of_series(series++)});
  return lengths;
}

Stalls LogWriter::stalls() const {
  return implementation_->thread.stalls();
}

void LogWriter::finish(RunStatus status) {
  Implementation& it = *implementation_;
  it.thread.finish(text(status));
  // Closing has written once more. Only a log that is whole on the disk needs no journal.
  put_on_disk(it.directory / files::log);
  std::filesystem::remove(it.directory / files::journal);
}

}  // namespace descent::runlog
