#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "check_output.hpp"
#include "small_runs.hpp"

using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;
using namespace descent::testing;
namespace fs = std::filesystem;

namespace {

/// make_bowls(), and one that diverges, below `runs`.
void make_runs(const ScratchFolder& folder) {
  make_bowls(folder);
  REQUIRE(descent_in(folder, {"run", "bowl.yaml", "optimizer.learning_rate=1e30"}).exit_code == 1);
}

}  // namespace

TEST_CASE("status lists every run with its total", "[program]") {
  const ScratchFolder folder;
  make_runs(folder);
  const Finished text = descent_in(folder, {"status"});
  CHECK(text.exit_code == 0);
  CHECK_THAT(text.output, Contains("bowl/seed=1") && Contains("20 / 20") && Contains("diverged at step") &&
                              Contains("5 runs: 4 done, 1 diverged"));
  check_in_python(folder, descent_in(folder, {"status", "runs/bowl", "--json"}).output, as_json,
                  "len(data) == 5 and sum(r['status'] == 'done' and r['progress'] == 1 for r in data) == 4");
  check_in_python(folder, descent_in(folder, {"status", "--csv"}).output, as_csv,
                  "[r['step'] for r in data if r['status'] == 'done'] == ['20'] * 4");
  const Finished nowhere = descent_in(folder, {"status", "runs/bwol"});
  CHECK(nowhere.exit_code == 2);
  CHECK_THAT(nowhere.errors, Contains("did you mean 'runs/bowl'?"));
  CHECK(descent_in(folder, {"status", "--json", "--csv"}).exit_code == 2);
}

TEST_CASE("compare leaves out a run whose experiment is damaged, and says so", "[program]") {
  const ScratchFolder folder;
  make_bowls(folder);
  folder.write("runs/bowl/seed=2/experiment.yaml", "name: [bowl\n");
  const Finished compared = descent_in(folder, {"compare", "runs", "--csv"});
  CHECK(compared.exit_code == 1);
  CHECK_THAT(compared.output, Contains("0.05"));
  CHECK_THAT(compared.errors, Contains("runs/bowl/seed=2 is left out") && Contains("experiment.yaml:"));
}

TEST_CASE("show tells of one run what there is", "[program]") {
  const ScratchFolder folder;
  make_runs(folder);
  const Finished text = descent_in(folder, {"show", "runs/bowl/seed=1"});
  CHECK(text.exit_code == 0);
  CHECK_THAT(text.output, Contains("step 20 of 20") && Contains("sgd(learning_rate 0.01") &&
                              Contains("noisy_quadratic") && Contains("same") &&
                              Contains("train.objective/value") && Contains("tensors/") &&
                              Contains("descent run bowl.yaml seed=1"));
  check_in_python(folder, descent_in(folder, {"show", "runs/bowl/seed=1", "--json"}).output, as_json,
                  "data['experiment']['optimizer']['learning_rate'] == 0.01 and data['status'] == 'done' and "
                  "all(p['now'] == 'same' and len(p['sha256']) == 64 for p in data['plugins']) and "
                  "[m['direction'] if 'direction' in m else m['better'] for m in data['metrics'] "
                  "if m['metric'] == 'train.objective/value'] == ['lower'] and "
                  "data['series'][0]['snapshots'] == 2 and data['series'][0]['last_step'] == 20");
  check_in_python(folder, descent_in(folder, {"show", "runs/bowl/seed=1", "--csv"}).output, as_csv,
                  "data[0]['metric'] == 'train/objective' and data[0]['rows'] == '20'");
  const Finished diverged = descent_in(folder, {"show", "runs/bowl/optimizer.learning_rate=1e30/seed=1"});
  CHECK(diverged.exit_code == 0);
  CHECK_THAT(diverged.output, Contains("diverged, step") && Contains("error"));
  const Finished folder_of_runs = descent_in(folder, {"show", "runs/bowl"});
  CHECK(folder_of_runs.exit_code == 2);
  CHECK_THAT(folder_of_runs.errors, Contains("is no run") && Contains("5 runs below it"));
}

TEST_CASE("compare prints groups, the best first", "[program]") {
  const ScratchFolder folder;
  make_runs(folder);
  const Finished text = descent_in(folder, {"compare", "runs"});
  CHECK(text.exit_code == 0);
  CHECK_THAT(text.output, StartsWith("train.objective/value (lower is better)\n5 runs in 3 groups") &&
                              Contains("learning_rate") && Contains("1-2") && Contains("diverged"));
  check_in_python(
      folder, descent_in(folder, {"compare", "runs", "--json"}).output, as_json,
      "[r['n'] for r in data] == [2, 2, 0] and [r['best'] for r in data] == [True, False, False] and "
      "data[0]['optimizer.learning_rate'] == 0.05 and data[0]['seeds'] == [1, 2] and "
      "data[2]['mean'] is None and data[2]['diverged'] == 1");
  check_in_python(folder, descent_in(folder, {"compare", "runs", "--csv", "--top", "1"}).output, as_csv,
                  "len(data) == 1 and data[0]['seeds'] == '1 2'");
  const Finished metric = descent_in(folder, {"compare", "runs", "--metric", "objektive"});
  CHECK(metric.exit_code == 2);
  CHECK_THAT(metric.errors, Contains("did you mean 'objective'?"));
  const Finished key = descent_in(folder, {"compare", "runs", "--by", "optimizer.learning_rat"});
  CHECK(key.exit_code == 2);
  CHECK_THAT(key.errors, Contains("did you mean 'optimizer.learning_rate'?"));
}

TEST_CASE("diff names what differs, and says when nothing does", "[program]") {
  const ScratchFolder folder;
  make_runs(folder);
  const std::string left = "runs/bowl/seed=1", right = "runs/bowl/optimizer.learning_rate=0.05/seed=1";
  const Finished text = descent_in(folder, {"diff", left, right});
  CHECK(text.exit_code == 0);
  CHECK_THAT(text.output, Contains("optimizer.learning_rate") && Contains("0.05") && Contains("from step 2"));
  check_in_python(folder, descent_in(folder, {"diff", left, right, "--json"}).output, as_json,
                  "data[0] == {'part': 'experiment', 'key': 'optimizer.learning_rate', 'left': 0.01, "
                  "'right': 0.05, 'first_step': None}");
  check_in_python(folder, descent_in(folder, {"diff", left, right, "--csv"}).output, as_csv,
                  "data[0]['left'] == '0.01'");
  CHECK_THAT(descent_in(folder, {"diff", left, left}).output, StartsWith("no difference"));
}

TEST_CASE("export writes what other programs read", "[program]") {
  const ScratchFolder folder;
  make_runs(folder);
  const std::string run = "runs/bowl/seed=1";
  check_in_python(
      folder, descent_in(folder, {"export", run, "--csv"}).output, as_csv,
      "len(data) == 20 and data[-1]['step'] == '20' and data[0]['train.objective/value'] == '' and "
      "float(data[9]['train.objective/value']) > 0 and float(data[0]['train/objective']) > 0");
  check_in_python(folder, descent_in(folder, {"export", run, "--csv", "--metric", "value"}).output, as_csv,
                  "[(r['step'], len(r)) for r in data] == [('10', 2), ('20', 2)]");
  check_in_python(folder, descent_in(folder, {"export", run, "--json"}).output, as_json,
                  "data['train']['step'] == list(range(1, 21)) and len(data['train']['objective']) == 20 and "
                  "data['train.objective']['step'] == [10, 20]");
  REQUIRE(descent_in(folder, {"export", run, "--npz", "-o", "run.npz", "--set", "train", "--tensor", "*"})
              .exit_code == 0);
  check_in_python(folder, "", "__import__('zipfile').ZipFile('run.npz')",
                  "data.testzip() is None and 'train/step.npy' in data.namelist() and "
                  "any(n.startswith('tensors/') for n in data.namelist()) and "
                  "not any(n.startswith('train.objective/') for n in data.namelist())");
  const Finished file = descent_in(folder, {"export", run, "--csv", "-o", "out.csv"});
  CHECK(file.exit_code == 0);
  CHECK(file.output.empty());
  CHECK(fs::exists(folder.path / "out.csv"));

  const auto refused = [&](std::vector<std::string> options, const std::string& why) {
    options.insert(options.begin(), {"export", run});
    const Finished finished = descent_in(folder, options);
    CHECK(finished.exit_code == 2);
    CHECK(finished.output.empty());
    CHECK_THAT(finished.errors, Contains(why));
  };
  refused({}, "say one of --csv, --json and --npz");
  refused({"--npz"}, "-o FILE.npz");
  refused({"--csv", "--tensor", "*"}, "--tensor needs --npz");
  refused({"--csv", "--metric", "objektive"}, "did you mean 'objective'?");
  refused({"--csv", "--set", "trian"}, "did you mean 'train'?");
  refused({"--npz", "-o", "x.npz", "--tensor", "values"}, "has no series 'values'");
  refused({"--csv", "-o", run + "/log.h5"}, "is the log itself");
  CHECK(descent_in(folder, {"verify", run}).exit_code == 0);
}

TEST_CASE("a run that failed before its first step is shown with its reason", "[program]") {
  const ScratchFolder folder;
  make_runs(folder);
  const fs::path whole = folder.path / "runs/bowl/seed=1", run = folder.path / "crashed";
  fs::create_directory(run);
  fs::copy(whole / "experiment.yaml", run);
  std::ofstream(run / "status.yaml") << "status: failed\nstep: 0\nreason: \"killed by SIGSEGV\"\n";
  for (const char* command : {"status", "show", "watch"}) {
    const Finished told = descent_in(folder, {command, "crashed"});
    CHECK_THAT(told.output, Contains("failed") && Contains("killed by SIGSEGV"));
    CHECK_THAT(told.output, !Contains("damaged"));
  }
  const Finished compared = descent_in(folder, {"compare", "runs", "crashed", "--by", "learning_rate"});
  CHECK(compared.exit_code == 0);
  CHECK(compared.errors.empty());
  CHECK(descent_in(folder, {"show", "crashed", "--json"}).exit_code == 0);
  CHECK(descent_in(folder, {"compare", "runs", "--top", "-1"}).exit_code == 2);
}

TEST_CASE("a number that is none is said so in every format", "[program]") {
  const ScratchFolder folder;
  make_runs(folder);
  const std::string run = "runs/bowl/optimizer.learning_rate=1e30/seed=1";
  // Where a run diverges the last objectives are infinite or no numbers; JSON has texts for these.
  check_in_python(folder, descent_in(folder, {"export", run, "--json", "--set", "train"}).output, as_json,
                  "all(isinstance(x, (int, float)) or x in ('nan', 'inf', '-inf') for x in "
                  "data['train']['objective'])");
  check_in_python(folder, descent_in(folder, {"export", run, "--csv", "--set", "train"}).output, as_csv,
                  "[float(r['train/objective']) for r in data]");
}

TEST_CASE("of a damaged log nothing is printed but what is damaged", "[program]") {
  const ScratchFolder folder;
  make_runs(folder);
  const fs::path log = folder.path / "runs/bowl/seed=1/log.h5";
  fs::resize_file(log, fs::file_size(log) / 2);
  for (const std::vector<std::string>& command : {std::vector<std::string>{"show", "runs/bowl/seed=1"},
                                                  {"watch", "runs/bowl/seed=1", "--once"},
                                                  {"export", "runs/bowl/seed=1", "--csv"},
                                                  {"diff", "runs/bowl/seed=1", "runs/bowl/seed=2"}}) {
    const Finished finished = descent_in(folder, command);
    CHECK(finished.exit_code == 2);
    CHECK(finished.output.empty());
    CHECK_THAT(finished.errors, Contains("log.h5") && Contains("damaged"));
  }
  const Finished compared = descent_in(folder, {"compare", "runs"});
  CHECK(compared.exit_code == 1);
  CHECK_THAT(compared.errors, StartsWith("damaged: runs/bowl/seed=1"));
  CHECK_THAT(descent_in(folder, {"status"}).output, Contains("1 damaged"));
}
