#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>

#include "descent/runlog/directory_lock.hpp"
#include "run_program.hpp"

using Catch::Matchers::Contains;
using namespace descent::testing;
namespace fs = std::filesystem;

namespace {

/// A finished run of a few steps, in `runs/bowl/seed=1`.
fs::path finished_run(const ScratchFolder& folder) {
  folder.write("bowl.yaml", R"(name: bowl
model: {plugin: point, start: [1, 1]}
loss: {plugin: quadratic, curvature: [1, 10]}
optimizer: {plugin: sgd, learning_rate: 0.01}
trainer: {steps: 2000}
log: {metrics: {every: 1}}
)");
  REQUIRE(descent_in(folder, {"run", "bowl.yaml", "--quiet"}).exit_code == 0);
  return folder.path / "runs/bowl/seed=1";
}

void overwrite(const fs::path& file, double part, const std::string& bytes) {
  std::fstream stream(file, std::ios::binary | std::ios::in | std::ios::out);
  stream.seekp(static_cast<std::streamoff>(part * static_cast<double>(fs::file_size(file))));
  stream << bytes;
}

}  // namespace

TEST_CASE("verify tells a whole run from a damaged one and from none", "[program]") {
  const ScratchFolder folder;
  const fs::path run = finished_run(folder);
  const Finished whole = descent_in(folder, {"verify", "runs/bowl/seed=1"});
  CHECK(whole.exit_code == 0);
  CHECK_THAT(whole.output, Contains("whole log.h5: 2000 rows in 1 sets") && Contains("checkpoints/final.h5"));
  CHECK(descent_in(folder, {"verify", "runs/bowl/seed=1/log.h5"}).exit_code == 0);
  CHECK(descent_in(folder, {"verify", "runs/bowl/seed=2"}).exit_code == 2);
  CHECK_THAT(descent_in(folder, {"verify", "runs"}).errors, Contains("is no run"));

  std::ofstream(run / "status.yaml") << "status: dnoe\n";
  fs::resize_file(run / "checkpoints/final.h5", fs::file_size(run / "checkpoints/final.h5") / 2);
  std::ofstream(run / "experiment.yaml", std::ios::app) << "more: 1\n";
  const Finished damaged = descent_in(folder, {"verify", "runs/bowl/seed=1"});
  CHECK(damaged.exit_code == 1);
  CHECK_THAT(damaged.output, Contains("damaged status.yaml:") && Contains("damaged checkpoints/final.h5:") &&
                                 Contains("damaged experiment.yaml:") &&
                                 Contains("differs from its checksum"));
}

TEST_CASE("verify, pack and watch speak to programs too", "[program]") {
  const ScratchFolder folder;
  const fs::path run = finished_run(folder);
  const auto check = [&](const std::vector<std::string>& command, const std::string& condition) {
    for (const std::string format : {"--json", "--csv"}) {
      std::vector<std::string> words = command;
      words.push_back(format);
      const Finished finished = descent_in(folder, words);
      INFO(finished.errors);
      folder.write("output", finished.output);
      const std::string parser = format == "--json" ? "json.load(open('output'))"
                                                    : "list(csv.DictReader(open('output', newline='')))";
      const Finished python =
          run_program({"/usr/bin/python3", "-c",
                       "import csv, json\ndata = " + parser +
                           "\ndata = [{k: str(v).lower() for k, v in row.items()} for row in data]\nassert " +
                           condition + ", data"},
                      folder.path);
      INFO(condition << "\n" << python.errors);
      CHECK(python.exit_code == 0);
    }
  };
  check({"verify", "runs/bowl/seed=1"},
        "all(row['state'] == 'whole' and row['live'] == 'false' for row in data) and "
        "[row['finding'] for row in data if row['file'] == 'log.h5'] == ['2000 rows in 1 sets, 0 snapshots "
        "in 0 "
        "series']");
  check({"watch", "runs/bowl/seed=1"},
        "[row['last_step'] for row in data if row['metric'] == 'train/objective'] == ['2000'] and "
        "data[0]['status'] == 'done' and float(data[0]['last']) > 0");
  check({"pack", "runs/bowl/seed=1", "--in-place"},
        "len(data) == 1 and int(data[0]['bytes_after']) <= int(data[0]['bytes_before'])");
  overwrite(run / "log.h5", 0.6, std::string(64, '\x55'));
  check({"verify", "runs/bowl/seed=1"},
        "any(row['state'] == 'damaged' and row['file'] == 'log.h5' for row in data)");
  const Finished repaired = descent_in(folder, {"verify", "--repair", "runs/bowl/seed=1", "--json"});
  CHECK_THAT(repaired.errors, Contains("log.h5 is made anew"));
  CHECK_THAT(repaired.output, !Contains("made anew") && Contains("\"state\": \"whole\""));
}

TEST_CASE("verify --repair makes a whole log, and says what is lost", "[program]") {
  const ScratchFolder folder;
  const fs::path run = finished_run(folder);
  overwrite(run / "log.h5", 0.6, std::string(64, '\x55'));
  const Finished damaged = descent_in(folder, {"verify", "runs/bowl/seed=1"});
  CHECK(damaged.exit_code == 1);
  CHECK_THAT(damaged.output, Contains("damaged log.h5:") && Contains("--repair"));
  {
    const descent::runlog::RunDirectoryLock held(run);
    const Finished refused = descent_in(folder, {"verify", "runs/bowl/seed=1", "--repair"});
    CHECK(refused.exit_code == 2);
    CHECK_THAT(refused.errors, Contains("is being written"));
  }
  const Finished repaired = descent_in(folder, {"verify", "runs/bowl/seed=1", "--repair"});
  CHECK(repaired.exit_code == 0);
  CHECK_THAT(repaired.output, Contains("log.h5.damaged-1") && Contains("of 2000 rows kept"));
  CHECK(descent_in(folder, {"verify", "runs/bowl/seed=1"}).exit_code == 0);

  overwrite(run / "log.h5", 0, std::string(200, '\0'));
  CHECK_THAT(descent_in(folder, {"verify", "runs/bowl/seed=1"}).output, !Contains("--repair"));
  const Finished destroyed = descent_in(folder, {"verify", "runs/bowl/seed=1", "--repair"});
  CHECK(destroyed.exit_code == 1);
  CHECK_THAT(destroyed.errors, Contains("cannot be repaired, and is left as it is"));
}

TEST_CASE("verify --repair closes the log of a killed run", "[program]") {
  const ScratchFolder folder;
  folder.write("bowl.yaml", R"(name: bowl
model: {plugin: point, start: [1, 1]}
loss: quadratic
optimizer: sgd
trainer: {steps: 100000000}
metrics: [{plugin: objective, every: 500}]
log: {metrics: {every: 100}}
)");
  const Finished killed =
      run_and_signal({descent_program(), "run", "bowl.yaml"}, folder.path, "step ", SIGKILL);
  REQUIRE(killed.exit_code == 128 + SIGKILL);
  const std::string run = "runs/bowl/seed=1";
  const std::vector<std::string> opened_by_h5py = {"/usr/bin/python3", "-c",
                                                   "import h5py\nh5py.File('" + run + "/log.h5')"};
  CHECK(run_program(opened_by_h5py, folder.path).exit_code != 0);
  CHECK_THAT(descent_in(folder, {"verify", run}).output,
             Contains("its writer was killed") && Contains("--repair"));
  const Finished repaired = descent_in(folder, {"verify", "--repair", run});
  CHECK(repaired.exit_code == 0);
  CHECK_THAT(repaired.output, Contains("log.h5.damaged-1") && Contains("all kept"));
  CHECK(run_program(opened_by_h5py, folder.path).exit_code == 0);
  CHECK(descent_in(folder, {"verify", run}).exit_code == 0);
}

TEST_CASE("pack compresses a finished log, beside it or in its place", "[program]") {
  const ScratchFolder folder;
  const fs::path run = finished_run(folder);
  const auto before = fs::file_size(run / "log.h5");
  const Finished beside = descent_in(folder, {"pack", "runs/bowl/seed=1", "-o", "packed.h5"});
  CHECK(beside.exit_code == 0);
  CHECK_THAT(beside.output, Contains("packed.h5:") && Contains("every value is the same"));
  CHECK(descent_in(folder, {"export", "packed.h5", "--csv"}).output ==
        descent_in(folder, {"export", "runs/bowl/seed=1", "--csv"}).output);
  CHECK(descent_in(folder, {"verify", "packed.h5"}).output ==
        "whole packed.h5: 2000 rows in 1 sets, 0 snapshots in 0 series\n");
  // Beside a run's log it is no other name of it.
  fs::copy(folder.path / "packed.h5", folder.path / "runs/bowl/seed=1/log.packed.h5");
  overwrite(folder.path / "runs/bowl/seed=1/log.packed.h5", 0.6, "damage");
  const Finished damaged = descent_in(folder, {"verify", "runs/bowl/seed=1/log.packed.h5"});
  CHECK(damaged.exit_code != 0);
  CHECK_THAT(damaged.output + damaged.errors, Contains("log.packed.h5"));
  for (const char* command : {"show", "pack"})
    refused(descent_in(folder, {command, "runs/bowl/seed=1/log.packed.h5"}),
            "is a file by itself and no run");
  fs::remove(folder.path / "runs/bowl/seed=1/log.packed.h5");
  CHECK(descent_in(folder, {"pack", "runs/bowl/seed=1", "-o", "packed.h5"}).exit_code == 2);
  CHECK(descent_in(folder, {"pack", "runs/bowl/seed=1", "-o", "packed.h5", "--in-place"}).exit_code == 2);
  {
    const descent::runlog::RunDirectoryLock held(run);
    CHECK(descent_in(folder, {"pack", "runs/bowl/seed=1", "-o", "other.h5"}).exit_code == 2);
    CHECK(descent_in(folder, {"pack", "runs/bowl/seed=1", "--in-place"}).exit_code == 2);
  }
  CHECK(descent_in(folder, {"pack", "runs/bowl/seed=1", "--in-place"}).exit_code == 0);
  CHECK(fs::file_size(run / "log.h5") == fs::file_size(folder.path / "packed.h5"));
  CHECK(fs::file_size(run / "log.h5") < before);
  CHECK(descent_in(folder, {"verify", "runs/bowl/seed=1"}).exit_code == 0);
}
