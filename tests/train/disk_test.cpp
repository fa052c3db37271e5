#include <sys/mount.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "descent/runlog/log_reader.hpp"
#include "descent/runlog/status_file.hpp"
#include "descent/train/run.hpp"
#include "support/experiment_text.hpp"

using namespace descent;
using namespace descent::testing;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

// 100 kB of values at every step.
static const std::string greedy = R"(
name: greedy
model: {plugin: point, start: [1.0], repeat: 25000}
loss: quadratic
optimizer: {plugin: sgd, learning_rate: 0.1}
trainer: {steps: 400}
log: {tensors: [{values: "*", every: 1}]}
checkpoint: {every: 20}
)";

namespace {

/// A file system of its own in memory, where this user may mount one.
class SmallDisk {
 public:
  explicit SmallDisk(const char* size)
      : mounted_(mount("tmpfs", folder.path.c_str(), "tmpfs", 0, (std::string("size=") + size).c_str()) ==
                 0) {}
  ~SmallDisk() {
    if (mounted_) umount2(folder.path.c_str(), MNT_DETACH);
  }
  bool mounted() const { return mounted_; }
  ScratchFolder folder;

 private:
  bool mounted_;
};

RunResult run(const fs::path& root, RunOptions options = {}) {
  options.root = root;
  return run_experiment(experiment_of(greedy), test_registry(), options);
}

// Whatever stopped it: the log opens, holds what was committed, and with space again the run goes on.
void check_what_is_left(const RunResult& result) {
  CHECK(result.status == RunStatus::failed);
  const LogReader log(result.directory / "log.h5");
  CHECK(log.verify() == std::vector<std::string>{});
  CHECK(log.rows("train") > 0);
}

}  // namespace

TEST_CASE("a full disk ends the run with a clear error and a readable log") {
  const SmallDisk disk("8m");
  if (!disk.mounted()) {
    WARN("left out: this user cannot mount a file system");
    return;
  }
  const RunResult result = run(disk.folder.path);
  CHECK_THAT(result.reason, Contains("No space left on device"));
  check_what_is_left(result);
  REQUIRE(mount("tmpfs", disk.folder.path.c_str(), "tmpfs", MS_REMOUNT, "size=200m") == 0);
  const RunResult rest = resume_run(result.directory, test_registry(), {}, {});
  CHECK(rest.status == RunStatus::done);
  CHECK(rest.step == 400);
  CHECK(LogReader(rest.directory / "log.h5").verify() == std::vector<std::string>{});
}

TEST_CASE("a disk that can no longer be written to ends the run with a clear error") {
  const SmallDisk disk("200m");
  if (!disk.mounted()) {
    WARN("left out: this user cannot mount a file system");
    return;
  }
  RunOptions options;
  bool locked = false;
  options.progress = [&](const Progress& progress) {
    if (progress.step < 50 || locked) return;
    locked = true;
    // A checkpoint is a new file; the log that is open could go on.
    fs::remove_all(disk.folder.path / "greedy/seed=1/checkpoints");
  };
  const RunResult result = run(disk.folder.path, options);
  REQUIRE(locked);
  CHECK_THAT(result.reason, Contains("checkpoints"));
  check_what_is_left(result);
}
