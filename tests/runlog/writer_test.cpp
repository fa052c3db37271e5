#include <sys/resource.h>
#include <unistd.h>

#include <atomic>
#include <catch2/catch.hpp>
#include <csignal>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

#include "descent/base/checksum.hpp"
#include "descent/base/error.hpp"
#include "descent/runlog/log_reader.hpp"
#include "descent/runlog/log_writer.hpp"
#include "runlog/allocations.hpp"
#include "runlog/example.hpp"
#include "support/child.hpp"

using namespace descent;
using Catch::Matchers::Contains;

TEST_CASE("appending takes no memory") {
  const descent::testing::ScratchFolder directory;
  runlog::LogWriter log(directory.path, example_schema());
  const runlog::SetHandle train = log.set("train");
  const runlog::SeriesHandle value = log.tensor("generator.0.weight/value"),
                             histogram = log.histogram("generator.0.weight/gradient_histogram");
  const std::vector<Scalar> weight = example_weight(1);
  const std::vector<std::int64_t> counts = example_counts(1);
  const double row[] = {0.5, 1e-3};
  const std::int64_t before = allocations_of_this_thread();
  for (std::int64_t step = 0; step < 1000; ++step) {
    log.append(train, step, 0, row);
    log.append(value, step, weight);
    log.append(histogram, step, counts, 0, 1);
  }
  CHECK(allocations_of_this_thread() == before);
  log.finish(runlog::RunStatus::done);
  CHECK(runlog::LogReader(directory.path / "log.h5").rows("train") == 1000);
}

/// Whether the thread sleeps: it waits for another one (proc(5), the state in /proc/[pid]/stat).
static bool sleeps(pid_t thread) {
  std::ifstream file("/proc/self/task/" + std::to_string(thread) + "/stat");
  std::string stat;
  std::getline(file, stat);
  return stat.find(") S ") != std::string::npos;
}

TEST_CASE(
    "a queue that is too small for what is appended makes the training thread wait, and loses nothing") {
  const descent::testing::ScratchFolder directory;
  runlog::LogSchema schema;
  schema.tensors = {{"large", {512, 1024}}, {"small", {3}}};
  // However fast the machine: the writer goes on only when the queue is full and the training thread waits.
  const pid_t training_thread = gettid();
  std::atomic<bool> all_appended = false;
  const auto wait_for_the_training_thread = [&](const runlog::LogLength&) {
    while (!all_appended && !sleeps(training_thread)) std::this_thread::yield();
  };
  runlog::LogWriter log(directory.path, schema, {.queue_bytes = 1, .written = wait_for_the_training_thread});
  const runlog::SeriesHandle large = log.tensor("large"), small = log.tensor("small");
  std::vector<Scalar> values(512 * 1024);
  for (int step = 0; step < 50; ++step) {
    std::fill(values.begin(), values.end(), static_cast<Scalar>(step));
    log.append(large, step, values);
    log.append(small, step, std::span(values).first(3));
  }
  all_appended = true;
  CHECK(log.stalls().count > 0);
  CHECK(log.stalls().seconds > 0);
  log.finish(runlog::RunStatus::done);
  const runlog::LogReader reader(directory.path / "log.h5");
  CHECK(reader.verify().empty());
  REQUIRE(reader.series()[0].snapshots == 50);
  REQUIRE(reader.series()[1].snapshots == 50);
  CHECK(reader.snapshot("tensors/large", 33)[524287] == 33);
  CHECK(reader.snapshot("tensors/small", 33) == std::vector<double>{33, 33, 33});
}

TEST_CASE("after synchronize the file has what lengths says, while the log goes on") {
  const descent::testing::ScratchFolder directory;
  runlog::LogWriter log(directory.path, example_schema());
  append_example(log, 1, 25);
  log.synchronize();
  Child reader("child: print the rows of the training set", directory.path);
  CHECK(log.lengths() == std::vector<runlog::LogLength>{{"metrics/train", 25},
                                                        {"metrics/validation.mode_coverage", 2},
                                                        {"tensors/generator.0.weight/value", 2},
                                                        {"tensors/generator.0.weight/gradient", 2},
                                                        {"tensors/log_scale/value", 2},
                                                        {"tensors/generator.0.weight/gradient_histogram", 2},
                                                        {"samples/generated", 2},
                                                        {"samples/digits", 2}});
  CHECK(reader.wait_for("rows ") == 25);
  append_example(log, 26, 5);
  log.finish(runlog::RunStatus::done);
  CHECK(runlog::LogReader(directory.path / "log.h5").rows("train") == 30);
}

TEST_CASE("child: print the rows of the training set", "[.]") {
  const auto directory = child_directory();
  if (!directory) return;
  const runlog::LogReader log(*directory / "log.h5");
  REQUIRE_FALSE(log.closed());
  REQUIRE(log.verify().empty());
  std::printf("rows %ld\n", log.rows("train"));
}

TEST_CASE("child: append without end", "[.]") {
  const auto directory = child_directory();
  if (!directory) return;
  runlog::LogWriter log(*directory, example_schema());
  for (std::int64_t step = 1;; step += 70) {
    append_example(log, step, 70);
    if (step % 3 == 0) log.synchronize();
    std::printf("%s %ld\n", step % 3 == 0 ? "written" : "appended", step + 69);
    std::fflush(stdout);
  }
}

TEST_CASE("child: append 7000 rows and wait", "[.]") {
  const auto directory = child_directory();
  if (!directory) return;
  runlog::LogWriter log(*directory, example_schema());
  for (std::int64_t step = 1; step < 7000; step += 70) {
    append_example(log, step, 70);
    log.synchronize();
    std::printf("written %ld\n", step + 69);
    std::fflush(stdout);
  }
  pause();
}

TEST_CASE("a log is readable while it is written, and what is seen of it only grows") {
  const descent::testing::ScratchFolder directory;
  Child writer("child: append 7000 rows and wait", directory.path);
  REQUIRE(writer.wait_for("written ") > 0);
  runlog::LogReader log(directory.path / "log.h5");
  CHECK_FALSE(log.closed());
  for (std::int64_t rows = log.rows("train"); rows < 7000; rows = log.rows("train")) {
    REQUIRE(writer.wait_for("written ") > 0);
    log.refresh();
    CHECK(log.rows("train") >= rows);
    CHECK(log.verify() == std::vector<std::string>{});
    CHECK(static_cast<std::int64_t>(log.column("train", "learning_rate").size()) == log.rows("train"));
    CHECK(log.steps("train").back() == log.rows("train"));
  }
}

TEST_CASE("a killed writer leaves a log with every row that had been written, and readers do not change it") {
  for (int kills = 0; kills < 20; ++kills) {
    const descent::testing::ScratchFolder directory;
    const auto file = directory.path / "log.h5";
    Child writer("child: append without end", directory.path);
    std::int64_t written = 0;
    for (int i = 0; i <= kills; ++i) written = writer.wait_for("written ");
    REQUIRE(written > 0);
    for (int i = 0; i < kills % 3; ++i) writer.wait_for("appended ");
    writer.kill();
    REQUIRE(writer.wait() == -SIGKILL);

    const std::string before = sha256_of_file(file);
    {
      const runlog::LogReader log(file);
      CHECK_FALSE(log.closed());
      CHECK(log.attributes().find("status")->text() == "running");
      CHECK(log.rows("train") >= written);
      CHECK(log.verify() == std::vector<std::string>{});
      CHECK(log.snapshot_steps("samples/digits").size() >= static_cast<std::size_t>(written / 10));
    }
    CHECK(sha256_of_file(file) == before);
  }
}

TEST_CASE("child: append to a full disk", "[.]") {
  const auto directory = child_directory();
  if (!directory) return;
  runlog::LogWriter log(*directory, example_schema());
  std::signal(SIGXFSZ, SIG_IGN);
  const rlimit limit{1 << 18, 1 << 18};
  REQUIRE(setrlimit(RLIMIT_FSIZE, &limit) == 0);
  const auto fill = [&] {
    for (std::int64_t step = 1;; step += 100) append_example(log, step, 100);
  };
  CHECK_THROWS_AS(fill(), RunError);
  CHECK_THROWS_WITH(
      log.append(log.set("train"), 1, 0, std::vector{0.0, 0.0}),
      Contains("cannot write the log '" + (*directory / "log.h5").string()) && Contains("File too large"));
  CHECK_THROWS_AS(log.synchronize(), RunError);
  CHECK_THROWS_AS(log.finish(runlog::RunStatus::done), RunError);
}

TEST_CASE("a full disk ends the run with a clear error and leaves a readable log") {
  const descent::testing::ScratchFolder directory;
  Child writer("child: append to a full disk", directory.path);
  CHECK(writer.wait() == 0);
  const runlog::LogReader log(directory.path / "log.h5");
  CHECK(log.rows("train") > 64);
  CHECK(log.verify() == std::vector<std::string>{});
}
