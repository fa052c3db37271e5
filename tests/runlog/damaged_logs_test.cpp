#include <sys/wait.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <functional>
#include <random>

#include "descent/base/error.hpp"
#include "descent/runlog/log_pack.hpp"
#include "descent/runlog/log_repair.hpp"
#include "runlog/example.hpp"
#include "runlog/log_contents.hpp"
#include "support/child.hpp"
#include "support/damage.hpp"
#include "support/files.hpp"

using namespace descent;
using descent::testing::damaged;

namespace {

enum Outcome : int {
  same = 0,
  told = 1,
  silently_different = 2,
  repaired_differently = 3,
  other_failure = 4
};

/// Runs `work` in a process of its own, which ends with what it returns, or with the signal that ended it:
/// SIGALRM when it hangs.
int outcome_of(const std::function<Outcome()>& work) {
  const pid_t child = fork();
  if (child == 0) {
    alarm(60);
    int outcome = other_failure;
    try {
      outcome = work();
    } catch (const std::exception& failure) {
      std::fprintf(stderr, "%s\n", failure.what());
    }
    _exit(outcome);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFSIGNALED(status) ? 100 + WTERMSIG(status) : WEXITSTATUS(status);
}

Outcome read(const std::filesystem::path& file, const LogContents& original) {
  try {
    const runlog::LogReader log(file);
    const bool whole = log.verify().empty();
    const LogContents contents = contents_of(log);
    if (!whole) return told;
    return contents == original ? same : silently_different;
  } catch (const Error&) {
    return told;
  }
}

Outcome repair(const std::filesystem::path& directory, const LogContents& original) {
  const std::string before = content(directory / "log.h5");
  runlog::LogRepair repair;
  try {
    repair = runlog::repair_log(directory);
  } catch (const Error&) {
    return content(directory / "log.h5") == before ? told : repaired_differently;
  }
  const runlog::LogReader log(directory / "log.h5");
  const bool right = log.closed() && log.verify().empty() && is_beginning_of(contents_of(log), original) &&
                     content(repair.damaged_log) == before;
  return right ? same : repaired_differently;
}

struct Original {
  std::string bytes;
  LogContents contents;
};

Original finished_log() {
  const descent::testing::ScratchFolder directory;
  write_example(directory.path, 120);
  return {content(directory.path / "log.h5"), contents_of(runlog::LogReader(directory.path / "log.h5"))};
}

Original packed_log() {
  const descent::testing::ScratchFolder directory;
  write_example(directory.path, 120);
  runlog::pack_log(directory.path / "log.h5", directory.path / "log.h5");
  return {content(directory.path / "log.h5"), contents_of(runlog::LogReader(directory.path / "log.h5"))};
}

Original log_of_a_killed_writer() {
  const descent::testing::ScratchFolder directory;
  Child writer("child: append without end", directory.path);
  writer.wait_for("written ");
  writer.kill();
  writer.wait();
  return {content(directory.path / "log.h5"), contents_of(runlog::LogReader(directory.path / "log.h5"))};
}

void damage(std::uint32_t first_seed, std::uint32_t count) {
  const Original originals[] = {finished_log(), packed_log(), log_of_a_killed_writer()};
  int told_of = 0, repaired = 0;
  for (std::uint32_t seed = first_seed; seed < first_seed + count; ++seed) {
    const Original& original = originals[seed % std::size(originals)];
    const descent::testing::ScratchFolder directory;
    const auto file = directory.path / "log.h5";
    std::ofstream(file, std::ios::binary) << damaged(original.bytes, seed);
    const int reading = outcome_of([&] { return read(file, original.contents); });
    const int repairing = outcome_of([&] { return repair(directory.path, original.contents); });
    INFO("seed " << seed << ": reading " << reading << ", repairing " << repairing
                 << "; an outcome above 100 is a signal, 114 that it did not come to an end");
    CHECK((reading == same || reading == told));
    CHECK((repairing == same || repairing == told));
    told_of += reading == told;
    repaired += repairing == same;
  }
  CHECK(told_of > 0);
  CHECK(repaired > 0);
}

}  // namespace

TEST_CASE("damaged logs are read as they were, or with a word about it, and repaired to what they held") {
  damage(0, 60);
}

TEST_CASE("a thousand damaged logs neither crash, hang nor deceive who reads, verifies or repairs them",
          "[slow]") {
  damage(1000, 1000);
}
