#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "descent/runlog/directory_lock.hpp"
#include "descent/runlog/log_pack.hpp"
#include "runlog/example.hpp"
#include "runlog/python.hpp"
#include "support/child.hpp"

using namespace descent;

namespace {

// Whether tools/python/descent_log.py reads what descent_log_test.py expects.
bool reads(const std::string& what, const std::filesystem::path& directory, const std::string& more = "") {
  return python_runs("h5py, pandas, yaml",
                     "descent_log_test.py " + what + " " + directory.string() + " " + more);
}

std::filesystem::path folder_in(const descent::testing::ScratchFolder& directory, const std::string& name) {
  std::filesystem::create_directory(directory.path / name);
  return directory.path / name;
}

void leave_a_killed_writers_log(const std::filesystem::path& directory) {
  Child writer("child: append without end", directory);
  REQUIRE(writer.wait_for("written ") > 0);
  writer.kill();
  writer.wait();
}

void damage(const std::string& count) {
  const descent::testing::ScratchFolder directory;
  write_example(folder_in(directory, "finished"), 120);
  const auto packed = folder_in(directory, "packed");
  write_example(packed, 120);
  runlog::pack_log(packed / "log.h5", packed / "log.h5");
  leave_a_killed_writers_log(folder_in(directory, "killed"));
  CHECK(reads("damaged", directory.path, count));
}

}  // namespace

TEST_CASE("descent_log.py reads a finished log, and a packed one") {
  const descent::testing::ScratchFolder directory;
  write_example(directory.path, 200);
  CHECK(reads("finished", directory.path));
  runlog::pack_log(directory.path / "log.h5", directory.path / "log.h5");
  CHECK(reads("finished", directory.path));
}

TEST_CASE("descent_log.py reads sets and series without rows") {
  const descent::testing::ScratchFolder directory;
  write_example(directory.path, 3);
  CHECK(reads("without_rows", directory.path));
}

TEST_CASE("descent_log.py reads what a killed writer left, and does not change it") {
  const descent::testing::ScratchFolder directory;
  leave_a_killed_writers_log(directory.path);
  CHECK(reads("killed", directory.path));
}

TEST_CASE("descent_log.py reads a log while it is written") {
  const descent::testing::ScratchFolder directory;
  const runlog::RunDirectoryLock held(directory.path);
  Child writer("child: append without end", directory.path);
  REQUIRE(writer.wait_for("written ") > 0);
  CHECK(reads("live", directory.path));
}

TEST_CASE("descent_log.py compares runs") {
  const descent::testing::ScratchFolder directory;
  for (const int seed : {2, 10, 11}) {
    runlog::LogSchema schema = example_schema();
    schema.experiment = "name: gan_ring\nseed: " + std::to_string(seed) + "\n";
    const auto folder = folder_in(directory, "seed=" + std::to_string(seed));
    runlog::LogWriter log(folder, schema);
    append_example(log, 1, seed == 2 ? 20 : 30);
    log.finish(runlog::RunStatus::done);
  }
  const auto last = directory.path / "seed=11/log.h5";
  std::filesystem::resize_file(last, std::filesystem::file_size(last) / 2);
  CHECK(reads("sweep", directory.path));
}

TEST_CASE("descent_log.py reads a log that its process has open, and refuses one of a newer schema") {
  const descent::testing::ScratchFolder directory;
  write_example(directory.path, 200);
  CHECK(reads("open_already", directory.path));
  CHECK(reads("newer", directory.path));
}

TEST_CASE("descent_log.py computes CRC-32C") {
  CHECK(reads("checksums", "."));
}

TEST_CASE("descent_log.py reads damaged logs as they were, or says so") {
  damage("60");
}

TEST_CASE("a thousand damaged logs neither crash, hang nor deceive descent_log.py", "[slow]") {
  damage("1000");
}
