#include <catch2/catch.hpp>
#include <fstream>
#include <sstream>

#include "small_runs.hpp"

using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;
using namespace descent::testing;

// It goes on until it is stopped.
static const char* const long_run = R"(name: long
model: {plugin: point, start: [1, 1]}
loss: {plugin: noisy_quadratic, curvature: [1, 10]}
optimizer: {plugin: sgd, learning_rate: 0.01}
trainer: {steps: 1000000000}
log:
  metrics: {every: 1000}
)";

TEST_CASE("watch shows the last values and ends with the run", "[program]") {
  const ScratchFolder folder;
  make_bowls(folder);
  make_diverged_bowl(folder);
  const std::string run = "runs/bowl/seed=1";
  const std::string before = files_of(folder.path / run);
  const Finished once = descent_in(folder, {"watch", run, "--once"}, {"LC_ALL=C.UTF-8"});
  CHECK(once.exit_code == 0);
  CHECK_THAT(once.output, StartsWith("runs/bowl/seed=1  done  step 20 of 20") &&
                              Contains("train/objective") && Contains("train.objective/value") &&
                              Contains("█") && Contains("▁"));
  // A run that has ended needs no second frame.
  const Finished ended = descent_in(folder, {"watch", run}, {"LC_ALL=C"});
  CHECK(ended.exit_code == 0);
  CHECK_THAT(ended.output, Contains("9") && !Contains("█") && !Contains("\x1b"));
  CHECK(files_of(folder.path / run) == before);
  const Finished diverged = descent_in(folder, {"watch", "runs/steep/seed=1"});
  CHECK(diverged.exit_code == 1);
  CHECK_THAT(diverged.output, Contains("diverged at step"));
  refused(descent_in(folder, {"watch", "runs/bowl"}), "is no run");
}

TEST_CASE("watch goes on beside the writer until the run ends", "[program]") {
  const ScratchFolder folder;
  folder.write("long.yaml", long_run);
  // The run is stopped by the shell once the watching has shown a frame, and the watching ends by itself.
  const Finished finished = run_program({"/bin/sh", "-c", R"(
"$0" run long.yaml --quiet >/dev/null 2>&1 &
run=$!
folder=runs/long/seed=1
until [ -e "$folder/log.h5" ]; do sleep 0.05; done
"$0" watch "$folder" >frames &
watching=$!
until grep -q running frames; do sleep 0.05; done
kill -INT $run
wait $watching; echo "watch ended with $?"
wait $run; echo "run ended with $?"
)",
                                         descent_program()},
                                        folder.path);
  INFO(finished.errors);
  CHECK(finished.output == "watch ended with 0\nrun ended with 130\n");
  std::ostringstream frames;
  frames << std::ifstream(folder.path / "frames").rdbuf();
  CHECK_THAT(frames.str(), Contains("running") && Contains("stopped") && Contains("of 1000000000"));
}

TEST_CASE("watch --snapshot writes a log that any program opens, of a run that is going on", "[program]") {
  const ScratchFolder folder;
  folder.write("long.yaml", long_run);
  // The copy grows with the run, is whole, and replaces the one before.
  const Finished finished = run_program({"/bin/sh", "-c", R"sh(
"$0" run long.yaml --quiet >/dev/null 2>&1 &
run=$!
folder=runs/long/seed=1
rows() { /usr/bin/python3 -c 'import h5py; print(len(h5py.File("now.h5")["metrics/train/step"]))'; }
until [ -e "$folder/log.h5" ]; do sleep 0.05; done
"$0" watch "$folder" --snapshot now.h5 >first; echo "watch ended with $?"
before=$(rows)
until [ "$(rows)" -gt "$before" ]; do "$0" watch "$folder" --snapshot now.h5 --json >second || break; done
"$0" verify now.h5 >verified; echo "verify ended with $?"
"$0" watch "$folder" --snapshot "$folder/log.h5"; echo "refused with $?"
"$0" watch "$folder" --snapshot other.h5 --once; echo "refused with $?"
kill -INT $run
wait $run; echo "run ended with $?"
ls
)sh",
                                         descent_program()},
                                        folder.path);
  CHECK(finished.output ==
        "watch ended with 0\nverify ended with 0\nrefused with 2\nrefused with 2\nrun ended with 130\n"
        "first\nlong.yaml\nnow.h5\nruns\nsecond\nverified\n");
  CHECK_THAT(finished.errors, Contains("is a file of a run") && Contains("leave out --once and --all"));
  std::ostringstream first;
  first << std::ifstream(folder.path / "first").rdbuf();
  CHECK_THAT(first.str(), StartsWith("now.h5: a copy of the log up to step "));
}
