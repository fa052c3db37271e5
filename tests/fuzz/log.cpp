// log.h5: everything that a log reader hands out.
#include "runlog/example.hpp"

#include "descent/runlog/log_reader.hpp"
#include "fuzz/hdf5_file.hpp"

using namespace descent;

static void read_series(const runlog::LogReader& log, const runlog::SeriesInfo& series) {
  constexpr std::int64_t most_snapshots = 4;
  fuzz::reads([&] { log.verify_series(series.path); });
  fuzz::reads([&] { log.snapshot_steps(series.path); });
  for (std::int64_t i = 0; i < std::min(series.snapshots, most_snapshots); ++i) {
    fuzz::reads([&] { log.snapshot_step(series.path, i); });
    fuzz::reads([&] { log.snapshot(series.path, i); });
    if (series.histogram) fuzz::reads([&] { log.limits(series.path, i); });
  }
}

static void read_log(const std::filesystem::path& file) {
  const runlog::LogReader log(file);
  log.closed();
  fuzz::reads([&] { log.attributes(); });
  fuzz::reads([&] { log.experiment(); });
  fuzz::reads([&] { log.plugins(); });
  for (const runlog::MetricSet& set : log.sets()) {
    fuzz::reads(
        [&] { fuzz::require(std::ssize(log.steps(set.name)) == log.rows(set.name), "each row has a step"); });
    for (const runlog::MetricColumn& column : set.columns)
      fuzz::reads([&] {
        fuzz::require(std::ssize(log.column(set.name, column.name)) == log.rows(set.name),
                      "each row has a number");
      });
  }
  for (const runlog::SeriesInfo& series : log.series()) read_series(log, series);
  fuzz::reads([&] { log.verify(); });
  fuzz::reads([&] { log.schema(); });
}

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static fuzz::Files files;
  const auto make = [](const std::filesystem::path& file) { write_example(file.parent_path(), 30); };
  if (fuzz::write_hdf5(files, "log.h5", data, size, make))
    fuzz::reads([&] { read_log(files.folder() / "log.h5"); });
  return 0;
}
