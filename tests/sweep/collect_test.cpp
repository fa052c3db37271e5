#include <catch2/catch.hpp>
#include <cstdlib>
#include <fstream>

#include "descent/base/file.hpp"
#include "descent/sweep/collect.hpp"
#include "support/experiment_text.hpp"
#include "support/files.hpp"
#include "support/synthetic_sweep.hpp"

using namespace descent;
using namespace descent::testing;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

namespace {

constexpr const char* optimizers =
    "{axes: {optimizer: {choice: [{plugin: sgd, learning_rate: {choice: [0.001, 0.01]}}, {plugin: adam, "
    "learning_rate: 0.1, beta1: 0.5}]}}, seeds: 2, objective: objective/value}";

/// Whether Debian's Python, in which h5py and pandas are, finds what the script asserts.
bool python_finds(const std::string& what, const fs::path& sweep) {
  const std::string command =
      std::string("/usr/bin/python3 " DESCENT_SOURCE_DIR "/tests/sweep/read_sweep.py ") + what + " '" +
      sweep.string() + "'";
  return std::system(command.c_str()) == 0;
}

}  // namespace

TEST_CASE("h5py and pandas read what was collected, and follow links to the logs", "[sweep]") {
  const ScratchFolder folder;
  const sweep::FrozenSweep sweep = frozen_sweep(folder.path, optimizers);
  REQUIRE(sweep.runs.size() == 6);
  finish_runs(sweep, "optimizer=sgd,learning_rate=0.001", {0.5, 0.25});
  end_run(sweep, "optimizer=adam,learning_rate=0.1,beta1=0.5/seed=1",
          {runlog::RunStatus::done, 100, {}, {}, 2.5, 4096}, {{50, 0.125}, {100, 3.0}});
  diverge_run(sweep, "optimizer=sgd,learning_rate=0.01/seed=2");
  const sweep::CollectReport report = sweep::collect_sweep(sweep);
  CHECK(report.file == sweep.directory / "sweep.h5");
  CHECK(report.runs == 6);
  CHECK(report.logs == 4);
  CHECK(report.diagnostics.empty());
  CHECK(python_finds("table", sweep.directory));
  for (const char* what : {"scales", "nexus", "texts"}) CHECK(python_finds(what, sweep.directory));
  CHECK(sweep::verify_collected(report.file).empty());
  // Its links are relative.
  fs::rename(sweep.directory, folder.path / "elsewhere");
  CHECK(python_finds("table", folder.path / "elsewhere"));
}

TEST_CASE("xarray reads the table of a sweep through netCDF's library and through h5netcdf", "[sweep]") {
  const ScratchFolder folder;
  const sweep::FrozenSweep sweep = frozen_sweep(folder.path, optimizers);
  finish_runs(sweep, "optimizer=sgd,learning_rate=0.001", {0.5, 0.25});
  sweep::collect_sweep(sweep);
  for (const std::string engine : {"netcdf4", "h5netcdf"}) {
    const std::string module = engine == "netcdf4" ? "netCDF4" : engine;
    if (std::system(("/usr/bin/python3 -c 'import xarray, " + module + "' 2>/dev/null").c_str()) != 0) {
      WARN("skipped: no python3 with xarray and " << module);
      continue;
    }
    const std::string script =
        "import xarray; t = xarray.open_dataset('sweep.h5', group='table', engine='" + engine +
        "').load(); assert t['status'].values.tolist() == ['done', 'done'] + ['pending'] * 4; "
        "assert t['reason'].values.tolist() == [''] * 6; assert float(t['train.objective.value'][1]) == 0.25";
    CHECK(std::system(
              ("cd '" + sweep.directory.string() + "' && /usr/bin/python3 -c \"" + script + "\"").c_str()) ==
          0);
  }
}

TEST_CASE("a changed text of a collected sweep is damage, wherever it is changed", "[sweep]") {
  const ScratchFolder folder;
  const sweep::FrozenSweep sweep = frozen_sweep(folder.path, optimizers);
  finish_runs(sweep, "optimizer=sgd,learning_rate=0.001", {0.5, 0.25});
  const fs::path file = sweep::collect_sweep(sweep).file;
  const std::string whole = read_file(file);
  const std::size_t text = whole.find("pending");
  REQUIRE(text != std::string::npos);
  const auto damage_with = [&](std::size_t at, const std::string& bytes) {
    std::string damaged = whole;
    damaged.replace(at, bytes.size(), bytes);
    std::ofstream(file, std::ios::binary) << damaged;
    return sweep::verify_collected(file);
  };
  CHECK(damage_with(text, "pending").empty());
  REQUIRE(damage_with(text, "Pending").size() == 1);
  CHECK(damage_with(text, "Pending")[0] == "/table/status differs from its checksum");
  // Behind its index, count of references and four bytes that mean nothing, the heap says how long a text is.
  const std::string longest(8, '\xff');
  const std::vector<std::string> beyond = damage_with(text - 8, longest);
  REQUIRE_FALSE(beyond.empty());  // of every column that has texts there
  for (const std::string& line : beyond) CHECK_THAT(line, Contains("longer than its place"));
  const std::size_t heap = whole.rfind("GCOL", text);
  REQUIRE(heap != std::string::npos);
  CHECK_THAT(damage_with(heap, "XXXX")[0], Contains("is not where it should be"));
  CHECK_THAT(damage_with(heap + 8, longest)[0], Contains("more bytes than its file has"));
}

TEST_CASE("a sweep is collected again as it goes on", "[sweep]") {
  const ScratchFolder folder;
  const sweep::FrozenSweep sweep = frozen_sweep(folder.path, optimizers);
  // Before a run has begun there is nothing to link to.
  CHECK(sweep::collect_sweep(sweep).logs == 0);
  CHECK(python_finds("pending", sweep.directory));
  finish_runs(sweep, "optimizer=sgd,learning_rate=0.001", {0.5, 0.25});
  end_run(sweep, "optimizer=adam,learning_rate=0.1,beta1=0.5/seed=1",
          {runlog::RunStatus::done, 100, {}, {}, 2.5, 4096}, {{50, 0.125}, {100, 3.0}});
  diverge_run(sweep, "optimizer=sgd,learning_rate=0.01/seed=2");
  CHECK(sweep::collect_sweep(sweep).logs == 4);
  CHECK(python_finds("table", sweep.directory));
  CHECK_FALSE(fs::exists(sweep.directory / "sweep.h5.part"));
  // The same once more, over what an interrupted one left.
  fs::copy_file(sweep.directory / "sweep.h5", sweep.directory / "sweep.h5.part");
  sweep::collect_sweep(sweep);
  CHECK(python_finds("table", sweep.directory));
}

TEST_CASE("a collected sweep is verified by its checksums", "[sweep]") {
  const ScratchFolder folder;
  const sweep::FrozenSweep sweep = frozen_sweep(folder.path, optimizers);
  finish_runs(sweep, "optimizer=sgd,learning_rate=0.001", {0.15625, 0.25});
  const fs::path file = sweep::collect_sweep(sweep).file;
  CHECK(sweep::verify_collected(file).empty());
  flip(file, bytes_of(0.15625));
  const std::vector<std::string> damage = sweep::verify_collected(file);
  REQUIRE_FALSE(damage.empty());
  CHECK(damage.front() == "/table/train.objective.value differs from its checksum");
  // What is not whole is made anew.
  sweep::collect_sweep(sweep);
  CHECK(sweep::verify_collected(file).empty());
  CHECK_THROWS_WITH(
      sweep::verify_collected(sweep.directory / "optimizer=sgd,learning_rate=0.001/seed=1/log.h5"),
      Catch::Matchers::Contains("is an HDF5 file, but no table of a sweep"));
}

TEST_CASE("a damaged run is a row that says so", "[sweep]") {
  const ScratchFolder folder;
  const sweep::FrozenSweep sweep =
      frozen_sweep(folder.path, "{axes: {optimizer.beta1: {choice: [0.0, 0.5]}}}");
  finish_run(sweep, "beta1=0/seed=1", 0.5);
  finish_run(sweep, "beta1=0.5/seed=1", 0.25);
  fs::resize_file(sweep.directory / "beta1=0/seed=1/log.h5", 1000);
  const sweep::CollectReport report = sweep::collect_sweep(sweep);
  REQUIRE(report.diagnostics.size() == 1);
  CHECK_THAT(report.diagnostics.front(), Catch::Matchers::Contains("beta1=0/seed=1"));
  CHECK(python_finds("damaged", sweep.directory));
}

TEST_CASE("of deepobs the table says what each run is for", "[sweep]") {
  const ScratchFolder folder;
  sweep::FrozenSweep sweep = frozen_sweep(folder.path,
                                          "{axes: {optimizer.beta1: {choice: [0.0, 0.5]}}, seeds: [1, 9], "
                                          "protocol: {deepobs: {seeds: 2}}, objective: objective/value}");
  sweep::add_seeds(sweep, 0, sweep.spec.final_seeds);
  sweep::collect_sweep(sweep);
  CHECK(python_finds("phases", sweep.directory));
}

TEST_CASE("what is no sweep is not collected", "[sweep]") {
  const ScratchFolder folder;
  const sweep::FrozenSweep sweep = frozen_sweep(folder.path, optimizers);
  CHECK_THAT(
      error_of([&] { sweep::sweep_at(sweep.directory_of(0)); }),
      Catch::Matchers::Contains("is no sweep: a sweep's directory holds sweep.yaml and runs.jsonl; did "
                                "you mean '" +
                                sweep.directory.string() + "'?"));
  CHECK_THAT(error_of([&] { sweep::sweep_at(folder.path / "vallye"); }),
             Catch::Matchers::Contains("there is no") && Catch::Matchers::Contains("did you mean"));
}
