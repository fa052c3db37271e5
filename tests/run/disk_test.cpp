#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>

#include "descent/run/run.hpp"
#include "descent/runlog/log_reader.hpp"
#include "descent/runlog/status_file.hpp"
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

/// A folder in which nothing can be made, removed or renamed from now on; what is open stays open. Before
/// root a mode stops nobody: it gets a mount that only reads.
class ReadOnly {
 public:
  explicit ReadOnly(const fs::path& folder) : folder_(folder), by_mode_(geteuid() != 0) {
    const char* path = folder_.c_str();
    if (by_mode_)
      set_modes(0555);
    else
      mounted_ = mount(path, path, nullptr, MS_BIND, nullptr) == 0 &&
                 mount(nullptr, path, nullptr, MS_REMOUNT | MS_BIND | MS_RDONLY, nullptr) == 0;
  }
  ~ReadOnly() {
    if (by_mode_)
      set_modes(0755);
    else if (mounted_)
      umount2(folder_.c_str(), MNT_DETACH);
  }
  static bool possible() { return geteuid() != 0 || SmallDisk("1m").mounted(); }

 private:
  void set_modes(mode_t mode) const {
    for (const char* name : {"", "checkpoints"}) chmod((folder_ / name).c_str(), mode);
  }
  fs::path folder_;
  bool by_mode_;
  bool mounted_ = false;
};

run::RunResult run_of(const fs::path& root, run::RunOptions options = {}) {
  options.root = root;
  return run::run_experiment(experiment_of(greedy), test_registry(), options);
}

// Whatever stopped it: the log opens, holds what was committed, and with space again the run goes on.
void check_what_is_left(const run::RunResult& result) {
  CHECK(result.status == runlog::RunStatus::failed);
  const runlog::LogReader log(result.directory / "log.h5");
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
  const run::RunResult result = run_of(disk.folder.path);
  CHECK_THAT(result.reason, Contains("No space left on device"));
  check_what_is_left(result);
  REQUIRE(mount("tmpfs", disk.folder.path.c_str(), "tmpfs", MS_REMOUNT, "size=200m") == 0);
  const run::RunResult rest = run::resume_run(result.directory, test_registry(), {}, {});
  CHECK(rest.status == runlog::RunStatus::done);
  CHECK(rest.step == 400);
  CHECK(runlog::LogReader(rest.directory / "log.h5").verify() == std::vector<std::string>{});
}

TEST_CASE("a disk that can no longer be written to ends the run with a clear error") {
  const SmallDisk disk("200m");
  if (!disk.mounted()) {
    WARN("left out: this user cannot mount a file system");
    return;
  }
  run::RunOptions options;
  bool locked = false;
  options.progress = [&](const run::Progress& progress) {
    if (progress.step < 50 || locked) return;
    locked = true;
    // A checkpoint is a new file; the log that is open could go on.
    fs::remove_all(disk.folder.path / "greedy/seed=1/checkpoints");
  };
  const run::RunResult result = run_of(disk.folder.path, options);
  REQUIRE(locked);
  CHECK_THAT(result.reason, Contains("checkpoints"));
  check_what_is_left(result);
}

TEST_CASE(
    "a directory made read-only in mid-run ends the run with a clear error, and the run goes on later") {
  if (!ReadOnly::possible()) {
    WARN("left out: this user cannot mount a file system");
    return;
  }
  const ScratchFolder root;
  const fs::path directory = root.path / "greedy/seed=1";
  std::optional<ReadOnly> read_only;
  run::RunOptions options;
  // On the writer's thread, for which every checkpoint waits: the one of step 60 cannot be made.
  options.written = [&](const std::string& path, std::int64_t rows) {
    if (path.starts_with("tensors/") && rows >= 50 && !read_only) read_only.emplace(directory);
  };
  const run::RunResult result = run_of(root.path, options);
  REQUIRE(read_only.has_value());
  CHECK_THAT(result.reason, Contains("cannot write the checkpoint") &&
                                (Contains("Read-only file system") || Contains("Permission denied")));
  CHECK_THAT(result.reason, Contains("status.yaml"));
  check_what_is_left(result);
  CHECK(runlog::read_status(directory)->status == runlog::RunStatus::running);
  read_only.reset();
  const run::RunResult rest = run::resume_run(directory, test_registry(), {}, {});
  CHECK(rest.status == runlog::RunStatus::done);
  CHECK(rest.step == 400);
  CHECK(runlog::LogReader(directory / "log.h5").verify() == std::vector<std::string>{});
  CHECK(runlog::read_status(directory)->status == runlog::RunStatus::done);
}
