#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <memory>

#include "../measured_training.hpp"
#include "descent/base/error.hpp"
#include "descent/runlog/log_writer.hpp"
#include "descent/train/state.hpp"
#include "measurement.hpp"

namespace descent::bench {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::int64_t ten_million = 10'000'000;

LogSchema schema_of(std::size_t columns) {
  LogSchema schema;
  schema.run_id = "bench";
  schema.sets = {{"train", {}}};
  for (std::size_t i = 0; i < columns; ++i)
    schema.sets.front().columns.push_back({fmt::format("metric_{}", i), "", ""});
  return schema;
}

void pause(double seconds) {
  for (const auto begin = Clock::now();
       std::chrono::duration<double>(Clock::now() - begin).count() < seconds;) {
  }
}

/// Seconds that the training thread spends on one row, where a step of `step` seconds lies between two. The
/// clock's own time is taken off.
double row_time(std::size_t columns, double step) {
  constexpr std::int64_t rows = 20'000;
  const ScratchFolder folder;
  LogWriter log(folder.path(), schema_of(columns));
  const SetHandle set = log.set("train");
  const std::vector<double> values(columns, 0.5);
  double appending = 0, clock = 0;
  for (std::int64_t row = 1; row <= rows; ++row) {
    pause(step);
    clock += seconds_of([] {});
    appending += seconds_of([&] { log.append(set, row, static_cast<double>(row), values); });
  }
  log.finish(RunStatus::done);
  return (appending - clock) / static_cast<double>(rows);
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
    std::vector<double> rows;
    for (int i = 0; i < 5; ++i) rows.push_back(row_time(columns, 20e-6));
    const double scalar = median(rows) / static_cast<double>(columns);
    measured.push_back({fmt::format("a scalar, in rows of {}, a row every 20 µs", columns),
                        fmt::format("a row {}", time_text(median(rows))), scalar * 1e9, 100, "ns"});
  }
  return measured;
}

std::vector<Measurement> measure_snapshots() {
  constexpr int times = 11;
  const ScratchFolder folder;
  LogSchema schema = schema_of(1);
  schema.tensors = {{"weight/value", {ten_million}}};
  const std::vector<Scalar> values(ten_million, Scalar{1});
  std::vector<Scalar> warm(values.size());
  LogWriter log(folder.path(), schema);
  const SeriesHandle series = log.tensor("weight/value");
  std::vector<double> snapshots, into_warm, into_fresh;
  for (int i = 0; i < times; ++i) {
    into_warm.push_back(
        seconds_of([&] { std::memcpy(warm.data(), values.data(), values.size() * sizeof(Scalar)); }));
    into_fresh.push_back(copy_into_fresh_memory(values));
    snapshots.push_back(seconds_of([&] { log.append(series, i + 1, values); }));
    log.synchronise();  // the queue is empty again: what is measured is no waiting for the disk
  }
  const double first = snapshots.front();
  log.finish(RunStatus::done);
  const std::string seen = fmt::format(
      "snapshot {} (the first {}), memcpy into warm memory {}, into fresh {}", time_text(median(snapshots)),
      time_text(first), time_text(median(into_warm)), time_text(median(into_fresh)));
  return {
      {"a snapshot of 10 million floats / memcpy into warm memory", seen,
       median(snapshots) / median(into_warm), 1.1, "times"},
      {"the first such snapshot / memcpy into fresh memory", "", first / median(into_fresh), 1.1, "times"}};
}

std::vector<Measurement> measure_checkpoints() {
  constexpr int pairs = 10;
  const ScratchFolder folder;
  MeasuredTraining training(
      "{name: bench_checkpoint, model: {plugin: point, start: [1.0], repeat: 10000000}, loss: quadratic, "
      "optimizer: {plugin: sgd, learning_rate: 0.1}, trainer: {steps: 100}}");
  training.step();
  const std::vector<Scalar> values(ten_million, Scalar{1});
  std::vector<double> ratios, checkpoints, plain;
  for (int pair = 0; pair < pairs; ++pair) {
    plain.push_back(write_plainly(folder.path() / "plain", values));
    checkpoints.push_back(
        seconds_of([&] { save_state(training.training(), {}, folder.path() / "checkpoint.h5"); }));
    ratios.push_back(checkpoints.back() / plain.back());
  }
  return {{"a checkpoint of 10 million floats / a plain file",
           fmt::format("{} / {}", time_text(median(checkpoints)), time_text(median(plain))), median(ratios),
           1.5, "times"}};
}

}  // namespace descent::bench
