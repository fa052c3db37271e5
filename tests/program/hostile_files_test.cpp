#include <sys/stat.h>

#include <catch2/catch.hpp>
#include <fstream>

#include "run_program.hpp"
#include "small_runs.hpp"
#include "small_sweeps.hpp"
#include "support/faults.hpp"
#include "support/files.hpp"

// Folders of runs that somebody else has made or changed: what their files name is neither followed nor believed.

using namespace descent::testing;
using Catch::Matchers::Contains;
namespace fs = std::filesystem;

namespace {

const char* const bowl = R"(name: bowl
model: {plugin: point, start: [1, 1]}
loss: {plugin: quadratic, curvature: [1, 10]}
optimizer: {plugin: sgd, learning_rate: 0.01}
trainer: {steps: 4}
metrics: [{plugin: objective, every: 2}]
)";
const char* const run = "runs/bowl/seed=1";

void make_bowl(const ScratchFolder& folder) {
  folder.write("bowl.yaml", bowl);
  REQUIRE(descent_in(folder, {"run", "--quiet", "bowl.yaml"}).exit_code == 0);
}

void put(const fs::path& file, const std::string& text) {
  std::ofstream(file, std::ios::binary | std::ios::trunc) << text;
}

std::string replaced(std::string text, const std::string& old, const std::string& by) {
  const std::size_t at = text.find(old);
  REQUIRE(at != std::string::npos);
  return text.replace(at, old.size(), by);
}

std::string without_last_line(const std::string& text) {
  return text.substr(0, text.rfind('\n', text.size() - 2) + 1);
}

void is_an_error(const Finished& finished, const std::string& why) {
  INFO(finished.output);
  CHECK((finished.exit_code == 1 || finished.exit_code == 2));
  CHECK_THAT(finished.errors, Contains(why));
}

}  // namespace

TEST_CASE("what a link in a run's folder leads to is not written to", "[program]") {
  const ScratchFolder folder;
  const std::string precious = "of somebody else\n";
  const fs::path victim = folder.write("victim", precious);
  const fs::path there = folder.path / run;
  folder.write("bowl.yaml", bowl);
  const auto links = {".probe", "experiment.yaml.part", "status.yaml.part", "log.h5.part",
                      "log.journal.part"};
  SECTION("where a run begins") {
    fs::create_directories(there);
    for (const char* name : links) fs::create_symlink(victim, there / name);
    CHECK(descent_in(folder, {"run", "--quiet", "bowl.yaml"}).exit_code == 0);
    CHECK(descent_in(folder, {"verify", run}).exit_code == 0);
  }
  SECTION("where its lock is one") {
    fs::create_directories(there);
    fs::create_symlink(victim, there / ".lock");
    is_an_error(descent_in(folder, {"run", "--quiet", "bowl.yaml"}), ".lock is a symbolic link");
  }
  SECTION("where its lock is another file's second name") {
    fs::create_directories(there);
    fs::create_hard_link(victim, there / ".lock");
    is_an_error(descent_in(folder, {"run", "--quiet", "bowl.yaml"}), ".lock is another file's second name");
  }
  SECTION("where its events are another file's second name") {
    REQUIRE(descent_in(folder, {"run", "--quiet", "bowl.yaml"}).exit_code == 0);
    fs::remove(there / "events.jsonl");
    fs::create_hard_link(victim, there / "events.jsonl");
    is_an_error(descent_in(folder, {"resume", "--quiet", run, "trainer.steps=8"}), "second name");
  }
  SECTION("where it goes on") {
    REQUIRE(descent_in(folder, {"run", "--quiet", "bowl.yaml"}).exit_code == 0);
    for (const char* name : {"events.jsonl", "log.h5"}) {
      fs::rename(there / name, folder.path / name);
      fs::create_symlink(folder.path / name, there / name);
    }
    const std::string events = content(folder.path / "events.jsonl"), log = content(folder.path / "log.h5");
    is_an_error(descent_in(folder, {"resume", "--quiet", run, "trainer.steps=8"}),
                "events.jsonl': it is a symbolic link");
    fs::remove(there / "events.jsonl");
    CHECK(descent_in(folder, {"resume", "--quiet", run, "trainer.steps=8"}).exit_code == 0);
    CHECK(content(folder.path / "events.jsonl") == events);
    CHECK(content(folder.path / "log.h5") == log);
  }
  CHECK(content(victim) == precious);
}

TEST_CASE("an experiment that was edited after its run began is refused by whoever reads it", "[program]") {
  const ScratchFolder folder;
  make_bowl(folder);
  const fs::path file = folder.path / run / "experiment.yaml";
  const std::string whole = content(file);
  put(file, replaced(whole, "0.01", "0.05"));
  for (const auto& words : std::vector<std::vector<std::string>>{{"show", run},
                                                                 {"resume", run, "trainer.steps=8"},
                                                                 {"evaluate", run, "objective"},
                                                                 {"run", "bowl.yaml"}})
    is_an_error(descent_in(folder, words), words[0] == "run" ? "holds another run" : "changed");
  const Finished verdict = descent_in(folder, {"verify", run});
  CHECK(verdict.exit_code == 1);
  CHECK_THAT(verdict.output, Contains("experiment.yaml"));
  // Without its line, it is found by what the log says.
  put(file, without_last_line(replaced(whole, "0.01", "0.05")));
  CHECK(descent_in(folder, {"verify", run}).exit_code == 1);
  // A copy that says so is an experiment like any other.
  folder.write("copy.yaml", without_last_line(replaced(whole, "0.01", "0.05")));
  CHECK(descent_in(folder, {"run", "--quiet", "copy.yaml", "name=copy"}).exit_code == 0);
  folder.write("copy.yaml", replaced(whole, "0.01", "0.05"));
  refused(descent_in(folder, {"run", "--quiet", "copy.yaml", "name=copy"}), "delete the line '# crc32c");
}

TEST_CASE("files of another run are not taken for a run's own", "[program]") {
  const ScratchFolder folder;
  make_bowl(folder);
  REQUIRE(descent_in(folder, {"run", "--quiet", "bowl.yaml", "seed=2"}).exit_code == 0);
  const fs::path own = folder.path / run, other = folder.path / "runs/bowl/seed=2";
  const auto replace_by_foreign = [&](const char* name) {
    fs::copy(other / name, own / name, fs::copy_options::overwrite_existing);
    CHECK(descent_in(folder, {"verify", run}).exit_code == 1);
  };
  SECTION("a log") {
    replace_by_foreign("log.h5");
    refused(descent_in(folder, {"resume", "--quiet", run, "trainer.steps=8"}), "is the log of another run");
    const std::string why = "is the log of another run";
    is_an_error(descent_in(folder, {"show", run}), why);
    is_an_error(descent_in(folder, {"export", run, "--csv"}), why);
    is_an_error(descent_in(folder, {"compare", "runs/bowl"}), why);
    is_an_error(descent_in(folder, {"plot", "runs/bowl", "--metric", "objective"}), why);
    const Finished status = descent_in(folder, {"status", "--json"});
    CHECK_THAT(status.output, Contains("\"damaged\"") && Contains(why));
  }
  SECTION("a checkpoint") {
    replace_by_foreign("checkpoints/final.h5");
    for (const auto& words : std::vector<std::vector<std::string>>{
             {"evaluate", run, "objective"}, {"export", run, "--npz", "-o", "x.npz", "--state", "final"}})
      is_an_error(descent_in(folder, words), "was saved by another experiment");
    // Whoever names another run's checkpoint means it.
    CHECK(descent_in(folder, {"evaluate", run, "objective", "--checkpoint",
                              (other / "checkpoints/final.h5").string()})
              .exit_code == 0);
  }
}

TEST_CASE("no command's output replaces a file of a run", "[program]") {
  const ScratchFolder folder;
  make_ring(folder);
  const std::string ring = "runs/ring/seed=1";
  const std::string before = files_of(folder.path / ring);
  for (const char* name : {"/log.h5", "/checkpoints/final.h5"})
    refused(descent_in(folder, {"generate", ring, "-o", ring + name}), "is a file of a run");
  for (const char* name : {"/experiment.yaml", "/status.yaml", "/events.jsonl"})
    refused(descent_in(folder, {"export", ring, "--csv", "-o", ring + name}), "is a file of a run");
  fs::create_symlink("runs/ring/seed=1/log.h5", folder.path / "alias.h5");
  for (const std::string& name : {ring + "/../seed=1/log.h5", std::string("alias.h5")})
    refused(descent_in(folder, {"generate", ring, "-o", name}), "is a file of a run");
  fs::copy(folder.path / ring, folder.path / "other", fs::copy_options::recursive);
  refused(descent_in(folder, {"pack", "other", "-o", ring + "/log.h5"}), "is a file of a run");
  CHECK(files_of(folder.path / ring) == before);
  CHECK(descent_in(folder, {"generate", ring, "-o", ring + "/points.h5"}).exit_code == 0);
}

TEST_CASE("no command's output replaces a file of a sweep", "[program]") {
  const ScratchFolder folder;
  make_bowl(folder);
  folder.write("rates.yaml", replaced(bowl, "name: bowl", "name: rates") +
                                 "sweep: {axes: {optimizer.learning_rate: {choice: [0.01, 0.02]}}}\n");
  REQUIRE(descent_in(folder, {"sweep", "--quiet", "rates.yaml"}).exit_code == 0);
  REQUIRE(descent_in(folder, {"collect", "runs/rates"}).exit_code == 0);
  const std::string before = files_of(folder.path / "runs/rates");
  for (const char* name : {"sweep.yaml", "runs.jsonl", "journal.jsonl", "sweep.h5"})
    refused(descent_in(folder, {"export", run, "--csv", "-o", std::string("runs/rates/") + name}),
            "is a file of a sweep");
  refused(descent_in(folder, {"pack", run, "-o", "runs/rates/sweep.h5"}), "is a file of a sweep");
  CHECK(files_of(folder.path / "runs/rates") == before);
}

TEST_CASE("pipes and devices in the place of files are refused, not waited for", "[program]") {
  const ScratchFolder folder;
  make_bowl(folder);
  const fs::path there = folder.path / run;
  const char* const name =
      GENERATE("log.h5", "status.yaml", "experiment.yaml", "events.jsonl", ".lock", "checkpoints/final.h5");
  const bool device = GENERATE(false, true);
  CAPTURE(name, device);
  fs::remove(there / name);
  if (device)
    fs::create_symlink("/dev/zero", there / name);
  else
    REQUIRE(mkfifo((there / name).c_str(), 0600) == 0);
  for (const auto& words :
       std::vector<std::vector<std::string>>{{"show", run},
                                             {"status", "runs"},
                                             {"verify", run},
                                             {"resume", "--quiet", run, "trainer.steps=8"},
                                             {"compare", "runs", "--metric", "objective/value"}}) {
    std::vector<std::string> command = {"timeout", "20", descent_program()};
    command.insert(command.end(), words.begin(), words.end());
    const Finished finished = run_program(command, folder.path);
    INFO(words[0] << ": " << finished.output << finished.errors);
    CHECK(finished.exit_code <= 2);
  }
}

TEST_CASE("values of another kind in a run's files are errors", "[program]") {
  const ScratchFolder folder;
  make_bowl(folder);
  const fs::path there = folder.path / run;
  SECTION("a plugin that is a number") {
    put(there / "experiment.yaml",
        without_last_line(replaced(content(there / "experiment.yaml"), "plugin: sgd", "plugin: 0")));
    for (const char* command : {"show", "resume", "status", "verify"}) {
      const Finished finished = descent_in(folder, {command, run});
      INFO(command << finished.output << finished.errors);
      CHECK(finished.exit_code <= 2);
    }
  }
  SECTION("events that are none") {
    const std::string events = content(there / "events.jsonl");
    for (const char* line : {"&a [*a]", "&a {step: *a}", "{\"time\": 0}", "[]", "0",
                             "{\"time\": \"x\", \"step\": 0, \"kind\": \"k\", \"message\": \"m\"}"}) {
      put(there / "events.jsonl", std::string(line) + "}\n" + events);
      is_an_error(descent_in(folder, {"show", run}), "events.jsonl:1");
      put(there / "events.jsonl", std::string(line) + "\n" + events);
      CHECK(descent_in(folder, {"show", run}).exit_code <= 2);
    }
  }
}

TEST_CASE("a sweep's list that was changed, emptied or leads elsewhere is refused", "[program]") {
  const ScratchFolder folder;
  const bool halving = GENERATE(false, true);
  folder.write(
      "valley.yaml",
      valley(std::string("sweep:\n  axes: {optimizer.learning_rate: {choice: [1.0e-4, 1.0e-3]}}\n  "
                         "objective: objective/value\n") +
             (halving ? "  method: halving\n  runs: 2\n  halving: {first_rung: 10, reduction: 2}\n" : "")));
  REQUIRE(sweep_in(folder, {"valley.yaml", "--quiet"}).exit_code == 0);
  const fs::path sweep = fs::path("runs") / "valley", list = folder.path / sweep / "runs.jsonl";
  const std::string whole = content(list);
  const auto is_refused = [&](const std::string& text, const std::string& why) {
    put(list, text);
    is_an_error(sweep_in(folder, {"valley.yaml", "--quiet"}), why);
    is_an_error(descent_in(folder, {"collect", sweep.string()}), why);
    is_an_error(descent_in(folder, {"resume", sweep.string()}), why);
  };
  is_refused("", "lists no runs");
  is_refused(without_last_line(whole), "its lines say that there are 2");
  is_refused(replaced(whole, "learning_rate=0.001", "learning_rate=0.002"), "differs from its checksum");
  is_refused("{\"identity\": \"x\", \"folder\": \"../../elsewhere\", \"seed\": 1, \"settings\": {}}\n",
             "no folder below the sweep's directory");
  is_refused("{\"identity\": \"x\", \"folder\": \"/tmp\", \"seed\": 1, \"settings\": {}}\n",
             "no folder below the sweep's directory");
  is_refused("{\"identity\": 0, \"folder\": \"a\", \"seed\": 1, \"settings\": {}}\n",
             "'identity' is a text, not");
  is_refused("{\"identity\": \"x\", \"folder\": \"a\", \"seed\": 1, \"settings\": [1]}\n",
             "'settings' is a map, not");
  put(list, whole);
  CHECK(sweep_in(folder, {"valley.yaml", "--quiet"}).exit_code == 0);
  const fs::path frame = folder.path / sweep / "sweep.yaml";
  put(frame, replaced(content(frame), "first_seed: 1", "first_seed: 2"));
  is_an_error(descent_in(folder, {"collect", sweep.string()}), "its checksum is another one");
  put(frame, without_last_line(replaced(content(frame), "name: valley", "name: [valley]")));
  is_an_error(descent_in(folder, {"collect", sweep.string()}), "'name' is a text, not");
}

TEST_CASE("links and storage outside of an HDF5 file are not followed", "[program]") {
  const ScratchFolder folder;
  make_bowl(folder);
  const std::string log = std::string(run) + "/log.h5";
  fs::copy(folder.path / log, folder.path / "secret.h5");
  const bool storage = GENERATE(false, true);
  check_in_python(folder, storage ? R"(
import h5py
with h5py.File('runs/bowl/seed=1/log.h5', 'r+', libver='v110') as f:
    old = f['metrics/train/objective']
    rows, attributes = old.shape, dict(old.attrs)
    del f['metrics/train/objective']
    f.create_dataset('metrics/train/objective', rows, 'f8', external=[('/etc/passwd', 0, h5py.h5f.UNLIMITED)])
)"
                                  : R"(
import h5py
with h5py.File('runs/bowl/seed=1/log.h5', 'r+', libver='v110') as f:
    del f['metrics/train']
    f['metrics/train'] = h5py.ExternalLink('../../../secret.h5', '/metrics/train')
)");
  is_an_error(descent_in(folder, {"export", run, "--csv", "--metric", "train/objective"}), "log.h5");
  CHECK(descent_in(folder, {"verify", run}).exit_code == 1);
}

TEST_CASE("a log that another program has open for writing is not called damaged", "[program]") {
  const ScratchFolder folder;
  make_bowl(folder);
  check_in_python(folder, R"(
import h5py, subprocess
with h5py.File('runs/bowl/seed=1/log.h5', 'r+', libver='v110') as f:
    f.attrs['note'] = 'mine'
    f.flush()
    done = subprocess.run(['descent', 'show', 'runs/bowl/seed=1'], executable=')" +
                              descent_program() + R"(', capture_output=True, text=True)
    assert done.returncode == 2, done
    assert 'is open for writing in another program' in done.stderr, done.stderr
    assert 'damaged' not in done.stderr, done.stderr
    done = subprocess.run(['descent', 'verify', 'runs/bowl/seed=1'], executable=')" +
                              descent_program() + R"(', capture_output=True, text=True)
    assert 'ViTables' in done.stdout and 'vitables -m r' in done.stdout, done.stdout
    assert 'in use log.h5' in done.stdout and 'damaged' not in done.stdout and done.returncode == 1, done
)");
  CHECK(descent_in(folder, {"show", run}).exit_code == 0);
  CHECK(descent_in(folder, {"verify", run}).exit_code == 0);
}

TEST_CASE("folders of runs that are links are followed once, and never to a folder above", "[program]") {
  const ScratchFolder folder;
  make_bowl(folder);
  fs::create_directories(folder.path / "elsewhere");
  fs::rename(folder.path / run, folder.path / "elsewhere/one");
  fs::create_directory_symlink(folder.path / "elsewhere/one", folder.path / run);
  fs::create_directory_symlink(folder.path / "elsewhere/one", folder.path / "runs/bowl/again");
  fs::create_directory_symlink(folder.path / "runs", folder.path / "runs/bowl/loop");
  fs::create_directory_symlink("/", folder.path / "runs/bowl/root");
  for (const auto& words : std::vector<std::vector<std::string>>{
           {"status", "--csv", "runs"}, {"compare", "runs", "--metric", "objective/value", "--csv"}}) {
    const Finished finished = descent_in(folder, words);
    INFO(finished.output << finished.errors);
    CHECK(finished.exit_code == 0);
    CHECK(std::count(finished.output.begin(), finished.output.end(), '\n') == 2);  // one below the header
  }
}

TEST_CASE("where the file system has no locks, a run says the way round", "[program]") {
  if (sanitized) return;  // a preloaded library and the sanitizers' do not go together
  const ScratchFolder folder;
  folder.write("bowl.yaml", bowl);
  const std::string preload = "LD_PRELOAD=" + std::string(DESCENT_BINARY_DIR) + "/tests/libno_flock.so";
  is_an_error(descent_in(folder, {"run", "--quiet", "bowl.yaml"}, {preload}), "DESCENT_LOCKS=off");
  CHECK(descent_in(folder, {"run", "--quiet", "bowl.yaml"}, {preload, "DESCENT_LOCKS=off"}).exit_code == 0);
  CHECK(descent_in(folder, {"verify", run}, {preload, "DESCENT_LOCKS=off"}).exit_code == 0);
  folder.write("valley.yaml",
               valley("sweep: {axes: {optimizer.learning_rate: {choice: [1.0e-4, 1.0e-3]}}}\n"));
  CHECK(sweep_in(folder, {"valley.yaml", "--quiet", "-j", "2"}, {preload, "DESCENT_LOCKS=off"}).exit_code ==
        0);
}
