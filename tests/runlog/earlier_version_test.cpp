#include "descent/runlog/earlier_version.hpp"

#include <catch2/catch.hpp>
#include <filesystem>

#include "descent/base/build_info.hpp"
#include "descent/runlog/checkpoint.hpp"
#include "runlog/example.hpp"
#include "support/files.hpp"

using namespace descent;
namespace fs = std::filesystem;

// A run whose log names that version.
static void write_run_of(const std::string& version, const fs::path& directory) {
  runlog::LogSchema schema = example_schema();
  schema.provenance.set("descent_version", Value::of(version));
  fs::create_directories(directory);
  runlog::LogWriter(directory, schema).finish(runlog::RunStatus::done);
}

TEST_CASE("runs are of an earlier version up to 0.1, by the version in their log") {
  const descent::testing::ScratchFolder folder;
  for (const std::string version : {"0.1.0", "0.1.7-dev", "0.0.3"}) {
    write_run_of(version, folder.path / version);
    CHECK(runlog::earlier_version_of(folder.path / version) == version);
    CHECK_THROWS_AS(runlog::require_loadable(folder.path / version), Error);
  }
  for (const std::string version : {build_info().version, "0.2.0", "0.10.0", "1.0", "soon", "0."}) {
    write_run_of(version, folder.path / version);
    CHECK_FALSE(runlog::earlier_version_of(folder.path / version));
    CHECK_NOTHROW(runlog::require_loadable(folder.path / version));
  }
}

TEST_CASE("a run that names no version is of an earlier one if a checkpoint's schema is") {
  const descent::testing::ScratchFolder folder;
  CHECK_FALSE(runlog::earlier_version_of(folder.path));
  write_example(folder.path, 2);
  const fs::path checkpoints = folder.path / "checkpoints";
  fs::create_directory(checkpoints);
  runlog::CheckpointWriter(checkpoints / "final.h5").commit();
  CHECK_FALSE(runlog::earlier_version_of(folder.path));
  folder.write("checkpoints/step_00000005.h5", "damaged");
  CHECK_FALSE(runlog::earlier_version_of(folder.path));
  fs::copy(DESCENT_SOURCE_DIR "/tests/runs_0.1/runs/ring/seed=1/checkpoints/step_00000010.h5", checkpoints);
  CHECK(runlog::earlier_version_of(folder.path) == "0.1");
  folder.write("log.h5", "damaged");
  CHECK(runlog::earlier_version_of(folder.path) == "0.1");
}
