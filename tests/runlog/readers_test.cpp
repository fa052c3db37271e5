#include <catch2/catch.hpp>
#include <filesystem>
#include <string>

#include "descent/runlog/checkpoint.hpp"
#include "descent/runlog/log_pack.hpp"
#include "descent/runlog/log_reader.hpp"
#include "descent/runlog/log_repair.hpp"
#include "runlog/example.hpp"
#include "runlog/python.hpp"
#include "support/child.hpp"

using namespace descent;
using Catch::Matchers::Contains;

// Whether read_log.py finds what it expects.
static bool python_reads(const std::string& modules, const std::string& what,
                         const std::filesystem::path& directory) {
  return python_runs(modules, "read_log.py " + what + " " + (directory / "log.h5").string());
}

TEST_CASE("h5py reads a finished log: values, units, scales, checksums, images") {
  const descent::testing::ScratchFolder directory;
  write_example(directory.path, 200);
  CHECK(python_reads("h5py", "h5py", directory.path));
}

TEST_CASE("pandas reads a finished log through h5py") {
  const descent::testing::ScratchFolder directory;
  write_example(directory.path, 200);
  CHECK(python_reads("h5py, pandas", "pandas", directory.path));
}

TEST_CASE("xarray reads a finished log with h5netcdf") {
  const descent::testing::ScratchFolder directory;
  write_example(directory.path, 200);
  CHECK(python_reads("xarray, h5netcdf", "xarray", directory.path));
}

TEST_CASE("h5py reads a log while it is written, with swmr=True") {
  const descent::testing::ScratchFolder directory;
  Child writer("child: append without end", directory.path);
  REQUIRE(writer.wait_for("written ") > 0);
  CHECK(python_reads("h5py", "live", directory.path));
}

TEST_CASE("NeXus viewers are led to the first metric, and find a plot in every group of data") {
  const descent::testing::ScratchFolder directory;
  write_example(directory.path, 200);
  CHECK(python_reads("h5py", "nexus", directory.path));
}

TEST_CASE("h5py, pandas, xarray and NeXus viewers read a packed log") {
  const descent::testing::ScratchFolder directory;
  write_example(directory.path, 200);
  runlog::pack_log(directory.path / "log.h5", directory.path / "log.h5");
  CHECK(python_reads("h5py", "packed", directory.path));
  CHECK(python_reads("h5py, pandas", "pandas", directory.path));
  CHECK(python_reads("xarray, h5netcdf", "xarray", directory.path));
  CHECK(python_reads("h5py", "nexus", directory.path));
}

TEST_CASE("h5py opens the repaired log of a killed writer without more ado") {
  const descent::testing::ScratchFolder directory;
  {
    Child writer("child: append without end", directory.path);
    REQUIRE(writer.wait_for("written ") > 0);
    writer.kill();
    writer.wait();
  }
  CHECK_FALSE(python_reads("h5py", "running", directory.path));
  runlog::repair_log(directory.path);
  CHECK(python_reads("h5py", "running", directory.path));
}

TEST_CASE("h5dump and ncdump read a finished log, and a packed one, to its end") {
  const descent::testing::ScratchFolder directory;
  write_example(directory.path, 200);
  const auto log = directory.path / "log.h5", packed = directory.path / "packed.h5";
  runlog::pack_log(log, packed);
  for (const std::string tool : {"h5dump", "ncdump"}) {
    if (succeeds("command -v " + tool)) {
      CHECK(succeeds(tool + " " + log.string()));
      CHECK(succeeds(tool + " " + packed.string()));
    } else {
      WARN("skipped: no " << tool);
    }
  }
}

TEST_CASE("a log and a checkpoint of a newer schema are refused") {
  const std::string python = python_with("h5py");
  if (python.empty()) {
    WARN("skipped: no python3 with h5py to make one");
    return;
  }
  const descent::testing::ScratchFolder directory;
  write_example(directory.path, 1);
  runlog::CheckpointWriter(directory.path / "final.h5").commit();
  for (const std::string name : {"log.h5", "final.h5"}) {
    const std::string file = (directory.path / name).string();
    REQUIRE(succeeds(python + " -c 'import h5py; h5py.File(\"" + file +
                     "\", \"r+\").attrs[\"schema_version\"] = 99'"));
  }
  CHECK_THROWS_WITH(runlog::LogReader(directory.path / "log.h5"),
                    Contains("newer Descent") && Contains("version 99"));
  CHECK_THROWS_WITH(runlog::CheckpointReader(directory.path / "final.h5"),
                    Contains("newer Descent") && Contains("version 99"));
}
