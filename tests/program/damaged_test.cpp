#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>

#include "run_program.hpp"
#include "support/damage.hpp"
#include "support/files.hpp"

using namespace descent::testing;
namespace fs = std::filesystem;

// Every command that looks at runs, on logs in which anything may be damaged: it prints what it prints of the
// whole log, or says what is wrong. It never crashes, and never hangs.

namespace {

Finished descent_within_a_minute(const ScratchFolder& folder, std::vector<std::string> words) {
  words.insert(words.begin(), {"/usr/bin/timeout", "60", descent_program()});
  return run_program(words, folder.path);
}

/// A run that logs something of every kind, `runs/digits/seed=1`, and another seed of it.
fs::path make_runs(const ScratchFolder& folder) {
  folder.write("digits.yaml", R"(name: digits
dataset: {plugin: glyphs, pixels: 8, examples: 50, test_examples: 20}
model: {plugin: vae, latent: 2, encoder: {hidden: [8]}, decoder: {hidden: [8]}}
loss: {plugin: elbo}
optimizer: {plugin: adam, learning_rate: 1.0e-3}
trainer: {batch_size: 10, steps: 60}
metrics:
  - {plugin: objective, every: 20}
log:
  samples: {every: 20, count: 9}
  optimizer: {every: 10, per: parameter}
  tensors:
    - {values: "encoder.*", every: 20}
    - {gradients: "*", every: 20, histogram: true}
    - {slots: "*", every: 30, summary: true}
)");
  for (const char* seed : {"seed=1", "seed=2"})
    REQUIRE(descent_within_a_minute(folder, {"run", "digits.yaml", seed, "--quiet"}).exit_code == 0);
  return folder.path / "runs/digits/seed=1/log.h5";
}

struct Command {
  std::vector<std::string> words;
  std::string file = {};  ///< what it writes; empty: it prints
};

const std::vector<Command>& commands() {
  static const std::string run = "runs/digits/seed=1";
  static const std::vector<Command> all = {
      {{"show", run, "--json"}},
      {{"watch", run, "--once", "--json"}},
      {{"compare", "runs", "--metric", "objective/value", "--json"}},
      {{"diff", run, "runs/digits/seed=2", "--json"}},
      {{"export", run, "--csv"}},
      {{"export", run, "--npz", "--tensor", "*", "-o", "x.npz"}, "x.npz"},
      {{"plot", run, "--metric", "train/objective", "-o", "x.svg"}, "x.svg"},
      {{"samples", run, "-o", "x.png"}, "x.png"},
      {{"verify", run, "--json"}},
  };
  return all;
}

struct Seen {
  Finished finished;
  std::string written;
};

Seen see(const ScratchFolder& folder, const Command& command) {
  const fs::path file = folder.path / (command.file.empty() ? "nothing" : command.file);
  fs::remove(file);
  Seen seen{descent_within_a_minute(folder, command.words), {}};
  seen.written = content(file);
  return seen;
}

/// Some text on both sides of where two outputs part.
std::string parting(const std::string& a, const std::string& b) {
  const std::size_t at = static_cast<std::size_t>(std::ranges::mismatch(a, b).in1 - a.begin());
  const std::size_t from = at < 200 ? 0 : at - 200;
  const auto around = [&](const std::string& text) {
    return from < text.size() ? text.substr(from, 400) : std::string();
  };
  return a == b ? "the same" : around(a) + "\n  instead of\n" + around(b);
}

bool is_the_same(const Seen& a, const Seen& b) {
  return a.finished.exit_code == b.finished.exit_code && a.finished.output == b.finished.output &&
         a.written == b.written;
}

void look_at_damaged_logs(std::uint32_t first_seed, std::uint32_t count) {
  const ScratchFolder folder;
  const fs::path log = make_runs(folder);
  const std::string whole = content(log);
  std::vector<Seen> expected;
  for (const Command& command : commands()) {
    expected.push_back(see(folder, command));
    INFO(command.words.front() << "\n" << expected.back().finished.errors);
    REQUIRE(expected.back().finished.exit_code == 0);
  }
  int told = 0;
  for (std::uint32_t seed = first_seed; seed < first_seed + count; ++seed) {
    std::ofstream(log, std::ios::binary) << damaged(whole, seed);
    CHECK(descent_within_a_minute(folder, {"status", "runs"}).exit_code == 0);
    for (std::size_t i = 0; i < commands().size(); ++i) {
      const Seen seen = see(folder, commands()[i]);
      INFO("seed " << seed << ", " << commands()[i].words.front() << ", code " << seen.finished.exit_code
                   << "\n"
                   << parting(seen.finished.output, expected[i].finished.output) << "\n"
                   << seen.finished.errors);
      CHECK(seen.finished.exit_code <= 2);
      if (is_the_same(seen, expected[i])) continue;
      // What is printed says so too where it is a table of what is damaged.
      const bool says =
          !seen.finished.errors.empty() || seen.finished.output.find("damaged") != std::string::npos;
      CHECK(says);
      CHECK(seen.finished.exit_code > 0);
      ++told;
    }
    // Repaired, it is a whole log again, or it is left as it is.
    const Finished repaired = descent_within_a_minute(folder, {"verify", "--repair", "runs/digits/seed=1"});
    INFO(repaired.output << repaired.errors);
    CHECK(repaired.exit_code <= 1);
    if (repaired.exit_code == 0)
      CHECK(descent_within_a_minute(folder, {"show", "runs/digits/seed=1"}).exit_code == 0);
    for (const auto& entry : fs::directory_iterator(log.parent_path()))
      if (entry.path().filename().string().starts_with("log.h5.")) fs::remove(entry.path());
  }
  CHECK(told > 0);
}

}  // namespace

TEST_CASE("commands tell what is damaged in a log, or print what is whole", "[program]") {
  look_at_damaged_logs(0, 10);
}

TEST_CASE("a thousand damaged logs neither crash nor hang a command, and none is printed as whole",
          "[program][slow]") {
  look_at_damaged_logs(1000, 1000);
}
