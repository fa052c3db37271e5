#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <thread>

#include "../measured_training.hpp"
#include "descent/base/error.hpp"
#include "descent/run/state.hpp"
#include "descent/runlog/log_writer.hpp"
#include "measurement.hpp"

namespace descent::bench {

namespace {

constexpr std::int64_t ten_million = 10'000'000;

runlog::LogSchema schema_of(std::size_t columns) {
  runlog::LogSchema schema;
  schema.run_id = "bench";
  schema.sets = {{"train", {}}};
  for (std::size_t i = 0; i < columns; ++i)
    schema.sets.front().columns.push_back({fmt::format("metric_{}", i), "", ""});
  return schema;
}

/// Seconds that the training thread spends on one row. Rows come 64 at a time, which is what wakes the
/// writer's thread, with time for it to write them in between; the median passes over what else the machine
/// did.
double row_time(std::size_t columns) {
  constexpr int blocks = 500, rows = 64;
  const TemporaryFolder folder;
  runlog::LogWriter log(folder.path(), schema_of(columns));
  const runlog::SetHandle set = log.set("train");
  const std::vector<double> values(columns, 0.5);
  std::vector<double> times;
  for (std::int64_t block = 0; block < blocks; ++block) {
    times.push_back(seconds_of([&] {
      for (std::int64_t row = 1; row <= rows; ++row)
        log.append(set, block * rows + row, static_cast<double>(block), values);
    }));
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  log.finish(runlog::RunStatus::done);
  return median(times) / rows;
}

// What only the kernel decides: the first touch of a page costs more than what is copied into it.
double copy_into_fresh_memory(const std::vector<Scalar>& from) {
  const auto memory = std::make_unique_for_overwrite<Scalar[]>(from.size());
  return seconds_of([&] { std::memcpy(memory.get(), from.data(), from.size() * sizeof(Scalar)); });
}

double write_plainly(const std::filesystem::path& file, const std::vector<Scalar>& values) {
  return seconds_of([&] {
    const int descriptor = open(file.c_str(), O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0644);
    const auto* bytes = reinterpret_cast<const char*>(values.data());
    std::size_t left = values.size() * sizeof(Scalar);
    while (left > 0 && descriptor >= 0) {
      const ssize_t written = write(descriptor, bytes, left);
      if (written <= 0) break;
      bytes += written;
      left -= static_cast<std::size_t>(written);
    }
    const bool good = left == 0 && fsync(descriptor) == 0;
    if (close(descriptor) != 0 || !good) throw RunError("cannot write " + file.string());
  });
}

}  // namespace

std::vector<Measurement> measure_scalars() {
  std::vector<Measurement> measured;
  for (const std::size_t columns : {std::size_t{1}, std::size_t{10}}) {
    const double row = row_time(columns);
    measured.push_back({fmt::format("a scalar, in rows of {}", columns),
                        fmt::format("a row {}", time_text(row)), row / static_cast<double>(columns) * 1e9,
                        100, "ns"});
  }
  return measured;
}

std::vector<Measurement> measure_snapshots() {
  constexpr int times = 11;
  const TemporaryFolder folder;
  runlog::LogSchema schema = schema_of(1);
  schema.tensors = {{"weight/value", {ten_million}}};
  const std::vector<Scalar> values(ten_million, Scalar{1});
  std::vector<Scalar> warm(values.size());
  runlog::LogWriter log(folder.path(), schema);
  const runlog::SeriesHandle series = log.tensor("weight/value");
  std::vector<double> snapshots, into_warm, into_fresh;
  for (int i = 0; i < times; ++i) {
    into_warm.push_back(
        seconds_of([&] { std::memcpy(warm.data(), values.data(), values.size() * sizeof(Scalar)); }));
    into_fresh.push_back(copy_into_fresh_memory(values));
    snapshots.push_back(seconds_of([&] { log.append(series, i + 1, values); }));
    log.synchronize();  // the queue is empty again: what is measured is no waiting for the disk
  }
  const double first = snapshots.front();
  log.finish(runlog::RunStatus::done);
  const std::string seen = fmt::format(
      "snapshot {} (the first {}), memcpy into warm memory {}, into fresh {}", time_text(median(snapshots)),
      time_text(first), time_text(median(into_warm)), time_text(median(into_fresh)));
  return {{"a snapshot of 10 million floats / memcpy, warm", seen, median(snapshots) / median(into_warm), 1.1,
           "times"},
          {"the first of them / memcpy into fresh memory", "", first / median(into_fresh), 1.1, "times"}};
}

std::vector<Measurement> measure_checkpoints() {
  constexpr int pairs = 10;
  const TemporaryFolder folder;
  MeasuredTraining training(
      "{name: bench_checkpoint, model: {plugin: point, start: [1.0], repeat: 10000000}, loss: quadratic, "
      "optimizer: {plugin: sgd, learning_rate: 0.1}, trainer: {steps: 100}}");
  training.step();
  const std::vector<Scalar> values(ten_million, Scalar{1});
  std::vector<double> ratios, checkpoints, plain;
  for (int pair = 0; pair < pairs; ++pair) {
    plain.push_back(write_plainly(folder.path() / "plain", values));
    checkpoints.push_back(
        seconds_of([&] { run::save_state(training.training(), {}, folder.path() / "checkpoint.h5"); }));
    ratios.push_back(checkpoints.back() / plain.back());
  }
  return {{"a checkpoint of 10 million floats / a plain file",
           fmt::format("{} / {}", time_text(median(checkpoints)), time_text(median(plain))), median(ratios),
           2, "times"}};
}

}  // namespace descent::bench
