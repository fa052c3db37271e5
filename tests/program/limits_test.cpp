#include <signal.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

#include "run_program.hpp"
#include "support/log_content.hpp"

// A system that gives less than a program wants: descriptors, memory, threads, room in files. The end is an error with a
// message, and what was written is whole.

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)  // which take memory of their own
using namespace descent::testing;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

namespace {

// Every part of a run that takes memory at some time: data, networks, rules, samples, tensors, metrics, checkpoints.
const char* const vae_of_digits = R"(name: digits
dataset: {plugin: glyphs, pixels: 8, examples: 60, test_examples: 10}
model: {plugin: vae, latent: 2, encoder: {hidden: [8]}, decoder: {hidden: [8]}}
loss: elbo
optimizer: {plugin: adam, learning_rate: 1.0e-3}
trainer: {batch_size: 20, steps: 12}
metrics: [{plugin: objective, every: 6}]
log: {samples: {every: 6, count: 2}, tensors: [{values: "*", every: 6}]}
checkpoint: {every: 5}
)";
const char* const run_folder = "runs/digits/seed=1";

class Digits {
 public:
  Digits() {
    folder.write("digits.yaml", vae_of_digits);
    REQUIRE(descent_in(folder, {"run", "digits.yaml", "--runs", "plain"}).exit_code == 0);
    plain_ = content_of(folder.path / "plain/digits/seed=1/log.h5");
  }

  /// `descent run` in a shell with these limits, or with this environment.
  Finished run(const std::string& limits, const std::vector<std::string>& environment = {}) const {
    fs::remove_all(folder.path / "runs");
    // A run that hangs is ended by a signal that no limit sends. The environment is the program's alone. Descriptors that
    // were inherited would count against a limit of few, and then not even the loader could open a library.
    const std::string close_inherited = "for fd in {3..63}; do eval \"exec $fd>&-\"; done; ";
    std::vector<std::string> command = {"timeout",
                                        "-s",
                                        "KILL",
                                        "100",
                                        "bash",
                                        "-c",
                                        close_inherited + limits + "exec env \"$@\" run --quiet digits.yaml",
                                        "bash"};
    command.insert(command.end(), environment.begin(), environment.end());
    command.push_back(descent_program());
    return run_program(command, folder.path);
  }

  /// Whether it ended in order: with its results, or with an error; and can be gone on with to the same bits.
  void check(const Finished& run) const {
    INFO(run.output << run.errors);
    const bool in_order = run.exit_code == 0 || run.exit_code == 1 || run.exit_code == 2;
    // Some of oneDNN's code does not look whether it got memory. Even so it is told.
    const bool died_in_onednn =
        run.exit_code == 128 + SIGSEGV &&
        run.errors.starts_with("error: killed by signal 11 (Segmentation fault) in libdnnl");
    CHECK((in_order || died_in_onednn));
    if (run.exit_code != 0) CHECK_FALSE((run.output + run.errors).empty());
    const bool begun = fs::exists(folder.path / run_folder / "experiment.yaml");
    const Finished verdict = begun ? descent_in(folder, {"verify", run_folder}) : Finished{};
    INFO(verdict.output << verdict.errors);
    // A log that could not be written to its end was left as by a kill; nothing else is damaged.
    std::istringstream lines(verdict.output);
    for (std::string line; std::getline(lines, line);)
      if (line.starts_with("damaged "))
        CHECK_THAT(line, Contains("its writer was killed") || Contains("no log.h5"));
    const Finished again = begun ? descent_in(folder, {"resume", "--quiet", run_folder})
                                 : descent_in(folder, {"run", "--quiet", "digits.yaml"});
    INFO(again.output << again.errors);
    CHECK(again.exit_code == 0);
    CHECK(first_difference(content_of(folder.path / run_folder / "log.h5"), plain_).empty());
  }

  const ScratchFolder folder;

 private:
  LogContent plain_;
};

std::vector<std::string> failing_malloc(long call) {
  return {"LD_PRELOAD=" + std::string(DESCENT_BINARY_DIR) + "/tests/libfail_malloc.so",
          "DESCENT_TEST_FAIL_MALLOC=" + std::to_string(call)};
}

// `count` allocations all over a run fail, each in a run of its own.
void fail_allocations(long count) {
  const Digits digits;
  auto counting = failing_malloc(0);
  counting.push_back("DESCENT_TEST_COUNT_MALLOC=" + (digits.folder.path / "count").string());
  REQUIRE(digits.run("", counting).exit_code == 0);
  long all = 0;
  std::ifstream(digits.folder.path / "count") >> all;
  REQUIRE(all > 1000);
  for (long i = 0; i < count; ++i) {
    const long call = 1 + (all - 1) * i / count + (i * 7919) % (all / count);
    INFO("allocation " << call << " of " << all);
    digits.check(digits.run("", failing_malloc(call)));
  }
}

}  // namespace

TEST_CASE("few descriptors end a run in order", "[program][environment]") {
  const Digits digits;
  for (const int descriptors : {4, 5, 6, 8, 10, 12, 16}) {
    INFO(descriptors);
    digits.check(digits.run("ulimit -n " + std::to_string(descriptors) + "; "));
  }
}

TEST_CASE("small files end a run in order", "[program][environment]") {
  const Digits digits;
  for (const int blocks : {0, 1, 4, 16, 40, 64, 100}) {  // of 1024 bytes
    INFO(blocks);
    digits.check(digits.run("ulimit -f " + std::to_string(blocks) + "; "));
  }
}

TEST_CASE("little memory ends a run in order", "[program][environment]") {
  const Digits digits;
  // Below about 150 MB the loader cannot map the program's libraries.
  for (const int kibibytes : {200'000, 220'000, 240'000, 280'000, 320'000}) {
    INFO(kibibytes);
    digits.check(digits.run("ulimit -v " + std::to_string(kibibytes) + "; "));
  }
}

TEST_CASE("few threads end a run in order", "[program][environment]") {
  if (geteuid() != 0) {
    WARN("skipped: the limit counts all of a user's processes; only root can be another user here");
    return;
  }
  const Digits digits;
  fs::permissions(digits.folder.path, fs::perms::all);
  for (const int threads : {1, 2, 3}) {
    INFO(threads);
    fs::remove_all(digits.folder.path / "runs");
    const Finished run =
        run_program({"bash", "-c",
                     "ulimit -u " + std::to_string(threads) +
                         "; exec timeout -s KILL 100 setpriv --reuid=65533 --regid=65533 --clear-groups "
                         "--inh-caps=-all \"$0\" run --quiet digits.yaml trainer.prefetch=true",
                     descent_program()},
                    digits.folder.path);
    CHECK(run.exit_code == 1);
    CHECK_THAT(run.output + run.errors, Contains("Resource temporarily unavailable"));
    CHECK_FALSE(fs::exists(digits.folder.path / run_folder));
  }
}

TEST_CASE("threads that the system does not give are named", "[program][environment]") {
  const Digits digits;
  const Finished many = run_program(
      {"bash", "-c", "ulimit -v 4000000; exec \"$0\" run digits.yaml threads=4096", descent_program()},
      digits.folder.path);
  refused(many, "'threads: 4096' is more than this process may have: ");
  CHECK_FALSE(fs::exists(digits.folder.path / "runs"));
}

TEST_CASE("an allocation that fails ends a run in order", "[program][environment]") {
  fail_allocations(40);
}

TEST_CASE("any allocation that fails ends a run in order", "[program][environment][slow]") {
  fail_allocations(1000);
}
#endif
