#include <catch2/catch.hpp>

#include "descent/base/process.hpp"
#include "run_program.hpp"
#include "support/log_content.hpp"

// The bits of a run depend on binary, experiment, seed and threads, and on nothing else around it.

using namespace descent::testing;
namespace fs = std::filesystem;

namespace {

// Products, convolutions, normalization, noise, two players and two threads.
const char* const pictures = R"(name: pictures
threads: 2
dataset: {plugin: glyphs, pixels: 8, examples: 100, test_examples: 20}
model:
  plugin: gan
  latent: 4
  generator: {layers: [{linear: 128}, batch_norm, relu, {reshape: [4, 4, 8]}, {conv_transpose2d: {channels: output, kernel: 4, stride: 2, padding: same}}]}
  discriminator: {layers: [{conv2d: {channels: 8, kernel: 4, stride: 2, padding: same}}, {leaky_relu: 0.2}, {dropout: 0.2}]}
loss: non_saturating
optimizer: {plugin: adam, learning_rate: {schedule: cosine, from: 1.0e-3, to: 0, steps: 20}}
trainer: {batch_size: 16, steps: 20, prefetch: true}
metrics: [{plugin: objective, every: 10}]
log: {samples: {every: 10, count: 4}, tensors: [{values: "*", every: 10}]}
)";

struct Surroundings {
  std::string name;
  std::vector<std::string> environment = {};
  std::string shell = {};  // comes before the command
  std::string folder = ".";
};

LogContent play(const ScratchFolder& folder, const Surroundings& around) {
  fs::create_directories(folder.path / around.folder);
  const std::string runs = (folder.path / ("runs of " + around.name)).string();
  const Finished run = run_program({"bash", "-c", around.shell + " \"$0\" run --quiet \"$1\" --runs \"$2\"",
                                    descent_program(), (folder.path / "pictures.yaml").string(), runs},
                                   folder.path / around.folder, around.environment);
  INFO(run.errors);
  REQUIRE(run.exit_code == 0);
  return content_of(fs::path(runs) / "pictures/seed=1/log.h5");
}

void check(const std::vector<Surroundings>& all) {
  const ScratchFolder folder;
  folder.write("pictures.yaml", pictures);
  const LogContent plain = play(folder, {"nothing"});
  REQUIRE(plain.size() > 20);
  for (const Surroundings& around : all) {
    INFO(around.name);
    CHECK(first_difference(play(folder, around), plain).empty());
  }
}

}  // namespace

#ifdef DESCENT_SCALAR_IS_float
TEST_CASE("no bit depends on locale, time zone, folder, OpenMP's settings or the processor's load",
          "[program][environment]") {
  check({{"locale", {"LC_ALL=de_DE.UTF-8", "LANG=de_DE.UTF-8"}},
         {"C locale", {"LC_ALL=C"}},
         {"time zone", {"TZ=Pacific/Kiritimati"}},
         {"schedule", {"OMP_SCHEDULE=dynamic,3", "OMP_WAIT_POLICY=active", "GOMP_SPINCOUNT=0"}},
         {"OpenMP's threads", {"OMP_NUM_THREADS=7", "OMP_DYNAMIC=true", "OMP_MAX_ACTIVE_LEVELS=0"}},
         {"stacks", {"OMP_STACKSIZE=16M", "MALLOC_ARENA_MAX=1", "MALLOC_PERTURB_=165"}},
         {"one core", {}, "taskset -c $(taskset -cp $$ | grep -oE '[0-9]+' | tail -1)"},
         {"deep folder", {}, "", "a/b/c d"},
         {"empty environment", {}, "env -i"}});
}

TEST_CASE("no bit depends on what else the processor does", "[program][environment][slow]") {
  std::vector<descent::Process> load;
  for (int i = 0; i < 8; ++i)
    load.emplace_back(descent::ProcessStart{.command = {"bash", "-c", "while true; do :; done"}});
  check({{"load", {}, "nice -n 10"},
         {"load again", {}, "nice -n 19 taskset -c $(taskset -cp $$ | grep -oE '[0-9]+' | tail -1)"}});
}
#endif
