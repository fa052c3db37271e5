#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <filesystem>

#include "descent/base/build_info.hpp"
#include "small_runs.hpp"

// Runs of Descent 0.1 (tests/runs_0.1) are shown, and neither loaded nor continued.

using Catch::Matchers::Contains;
using namespace descent::testing;
namespace fs = std::filesystem;

namespace {

const std::string ring = "runs/ring/seed=1", digits = "runs/digits/seed=1", sweep = "runs/bowl_rates",
                  slow_bowl = sweep + "/learning_rate=0.01/seed=1",
                  fast_bowl = sweep + "/learning_rate=0.05/seed=1";
const fs::path tracked = fs::path(DESCENT_SOURCE_DIR) / "tests/runs_0.1";

/// A copy of the tracked runs below `runs`, whose files are as they were when the object goes.
class OldRuns {
 public:
  OldRuns() {
    fs::copy(tracked / "runs", folder.path / "runs", fs::copy_options::recursive);
    before_ = files_of(folder.path / "runs");
  }
  ~OldRuns() { CHECK(files_of(folder.path / "runs") == before_); }
  OldRuns(const OldRuns&) = delete;
  OldRuns& operator=(const OldRuns&) = delete;

  /// What the program prints, which succeeds and warns of nothing.
  std::string shown(const std::vector<std::string>& words) const {
    const Finished finished = descent_in(folder, words);
    INFO(fmt::format("{}\n{}{}", fmt::join(words, " "), finished.output, finished.errors));
    CHECK(finished.exit_code == 0);
    CHECK(finished.errors.empty());
    return finished.output;
  }
  /// Keeps that in a file for check().
  void keep(const std::string& file, const std::vector<std::string>& words) const {
    folder.write(file, shown(words));
  }
  /// Runs Python, where `log(run)` is the log of a run in h5py, and `last(run, 'SET/METRIC')` the last value
  /// of a metric in it.
  void check(const std::string& code) const {
    check_in_python(folder, R"(
import csv, h5py, json, numpy
def log(run): return h5py.File(f'runs/{run}/log.h5')
def last(run, metric): return float(log(run)['metrics/' + metric][-1])
)" + code);
  }

  const ScratchFolder folder;

 private:
  std::string before_;
};

std::string sentence(const std::string& what, const std::string& version, const std::string& instead) {
  return fmt::format(
      "{} was made by Descent {}, whose runs this version ({}) can show but neither load nor continue; use "
      "Descent 0.1 for that, or {}",
      what, version, descent::build_info().version, instead);
}

std::string sentence_of_run(const std::string& run) {
  return sentence("'" + run + "'", "0.1.0", "run its experiment again");
}

std::string sentence_of_sweep(const std::string& run) {
  return sentence("'" + run + "'", "0.1.0",
                  "begin the sweep again in another folder: descent sweep FILE --runs DIR");
}

// With that sentence and no other.
void refused_by(const Finished& finished, const std::string& expected) {
  CHECK(finished.exit_code == 2);
  CHECK(finished.output.empty());
  CHECK(finished.errors == "error: " + expected + "\n");
}

}  // namespace

TEST_CASE("the version is that of 0.2 in development", "[program]") {
  CHECK(std::string(descent::build_info().version) == "0.2.0-dev");
  const ScratchFolder folder;
  CHECK_THAT(descent_in(folder, {"--version"}).output, Contains("descent 0.2.0-dev ("));
  CHECK_THAT(descent_in(folder, {"doctor"}).output, Contains("0.2.0-dev"));
  make_bowls(folder);
  check_in_python(folder, R"(
import h5py
log = h5py.File('runs/bowl/seed=1/log.h5')
assert log.attrs['descent_version'] == b'0.2.0-dev'
assert {row['version'] for row in log['experiment/plugins']} == {b'0.2.0-dev'}
)");
}

TEST_CASE("status and show tell of runs of 0.1 what is in them", "[program]") {
  const OldRuns runs;
  runs.keep("status.json", {"status", "--json"});
  runs.keep("ring.json", {"show", ring, "--json"});
  runs.keep("digits.json", {"show", digits, "--json"});
  CHECK_THAT(runs.shown({"status", sweep}), Contains("2 runs: 2 done"));
  CHECK_THAT(runs.shown({"show", ring}),
             Contains("descent 0.1.0") && Contains("step 20 of 20") && Contains("initialiser he_normal"));
  runs.check(R"(
rows = json.load(open('status.json'))
assert [(row['status'], row['step']) for row in rows] == [('done', 10)] * 3 + [('done', 20)], rows
for run, name in (('ring/seed=1', 'ring.json'), ('digits/seed=1', 'digits.json')):
    shown, sets = json.load(open(name)), log(run)['metrics']
    assert shown['provenance']['descent_version'] == '0.1.0' and shown['status'] == 'done'
    assert {row['version'] for row in shown['plugins']} == {'0.1.0'}
    assert len(shown['metrics']) == sum(len(group) - 3 for group in sets.values())
    for row in shown['metrics']:
        group, column = row['metric'].split('/', 1)
        assert row['last'] == sets[group][column.replace('/', '.')][-1], row
    assert {row['path']: row['snapshots'] for row in shown['series']}[
        'samples/point' if name == 'ring.json' else 'samples/image'] == 2
assert json.load(open('ring.json'))['experiment']['model']['generator']['initialiser'] == 'he_normal'
loss = json.load(open('digits.json'))['experiment']['loss']
assert (loss['plugin'], loss['likelihood'], loss['stddev']) == ('elbo', 'gaussian', 0.5), loss
)");
}

TEST_CASE("collect puts the results of a sweep of 0.1 into its file", "[program]") {
  const ScratchFolder folder;
  fs::copy(tracked / "runs/bowl_rates", folder.path / "bowl_rates", fs::copy_options::recursive);
  CHECK(descent_in(folder, {"collect", "bowl_rates"}).exit_code == 0);
  check_in_python(folder, R"(
import h5py
with h5py.File('bowl_rates/sweep.h5') as file:
    logs = [file['runs/learning_rate=0.01/seed=1'], file['runs/learning_rate=0.05/seed=1']]
    assert all(log.attrs['descent_version'] == b'0.1.0' for log in logs)
    last = [log['metrics/train.objective/value'][-1] for log in logs]
    assert file['table/train.objective.value'][:].tolist() == last, last
)");
}

TEST_CASE("compare, plot and samples read runs and sweeps of 0.1", "[program]") {
  const OldRuns runs;
  runs.keep("compare.json", {"compare", sweep, "--json"});
  runs.keep("runs.json", {"compare", slow_bowl, fast_bowl, "--json"});
  runs.keep("plot.json", {"plot", ring, "--metric", "generator/objective", "--json"});
  runs.keep("rates.json", {"plot", sweep, "--sensitivity", "--json"});
  CHECK_THAT(runs.shown({"plot", sweep, "--metric", "objective/value", "-o", "curves.svg"}),
             Contains("curves.svg: train.objective/value of 2 runs"));
  CHECK_THAT(runs.shown({"samples", digits, "-o", "digits.png"}), Contains("4 of 'image', step 10"));
  runs.check(R"(
found = [last(f'bowl_rates/learning_rate={rate}/seed=1', 'train.objective/value') for rate in ('0.05', '0.01')]
settings = json.load(open('compare.json'))['settings']
assert [row['mean'] for row in settings] == found and [row['best'] for row in settings] == [True, False], settings
assert [row['mean'] for row in json.load(open('runs.json'))] == found
points = json.load(open('plot.json'))
train = log('ring/seed=1')['metrics/train']
assert [point['step'] for point in points] == train['step'][:].tolist(), points
assert [point['value'] for point in points] == train['generator.objective'][:].tolist(), points
assert sorted(point['median'] for point in json.load(open('rates.json'))) == found
assert 'objective (train), lower is better' in open('curves.svg').read()
)");
}

TEST_CASE("export writes what is in a run of 0.1", "[program]") {
  const OldRuns runs;
  runs.keep("ring.csv", {"export", ring, "--csv"});
  runs.keep("digits.json", {"export", digits, "--json"});
  runs.shown({"export", ring, "--npz", "-o", "ring.npz", "--tensor", "*"});
  runs.check(R"(
rows, train = list(csv.DictReader(open('ring.csv', newline=''))), log('ring/seed=1')['metrics/train']
assert [int(row['step']) for row in rows] == [1, 5, 10, 15, 20] == train['step'][:].tolist()
assert [float(row['train/discriminator/objective']) for row in rows] == train['discriminator.objective'][:].tolist()
exported = json.load(open('digits.json'))
assert exported['test.negative_elbo']['value'] == log('digits/seed=1')['metrics/test.negative_elbo/value'][:].tolist()
arrays = numpy.load('ring.npz')
for path in ('samples/point', 'tensors/generator.0.weight/value'):
    assert (arrays[path] == log('ring/seed=1')[path][:]).all() and arrays[path].any(), path
    assert arrays[path + '_step'].tolist() == [10, 20]
)");
}

TEST_CASE("diff compares runs of 0.1 with each other and with those of now", "[program]") {
  const OldRuns runs;
  runs.keep("rates.json", {"diff", slow_bowl, fast_bowl, "--json"});
  runs.keep("kinds.json", {"diff", ring, digits, "--json"});
  const ScratchFolder now;
  make_ring(now);
  runs.keep("versions.json", {"diff", ring, (now.path / ring).string(), "--json"});
  runs.check(R"(
def rows(name): return {(row['part'], row['key']): (row['left'], row['right']) for row in json.load(open(name))}
rates = rows('rates.json')
assert rates['experiment', 'optimizer.learning_rate'] == (0.01, 0.05), rates
assert rates['result', 'train.objective/value'] == tuple(
    last(f'bowl_rates/learning_rate={rate}/seed=1', 'train.objective/value') for rate in ('0.01', '0.05')), rates
kinds = rows('kinds.json')
assert kinds['experiment', 'loss.likelihood'] == (None, 'gaussian'), kinds
assert kinds['experiment', 'model.generator.initialiser'] == ('he_normal', None), kinds
versions = rows('versions.json')
assert versions['machine', 'descent_version'] == ('0.1.0', '0.2.0-dev'), versions
assert versions['experiment', 'model.generator.initialiser'] == ('he_normal', None), versions
assert versions['plugin', 'optimizer centralise'][1] is None, versions
assert versions['result', 'test.mode_coverage/reverse_kl'][0] == last('ring/seed=1', 'test.mode_coverage/reverse_kl')
)");
}

TEST_CASE("verify reads every checksum of a run of 0.1", "[program]") {
  const OldRuns runs;
  CHECK(runs.shown({"verify", ring}) ==
        "whole status.yaml: done at step 20\n"
        "whole experiment.yaml\n"
        "whole log.h5: 7 rows in 2 sets, 4 snapshots in 2 series\n"
        "whole checkpoints/final.h5: 50 entries\n"
        "whole checkpoints/step_00000010.h5: 50 entries\n");
  CHECK_THAT(runs.shown({"verify", digits}), Contains("whole checkpoints/final.h5"));
  CHECK_THAT(runs.shown({"verify", slow_bowl}), Contains("whole checkpoints/final.h5"));
  // A damaged one is told as before.
  fs::copy(runs.folder.path / ring, runs.folder.path / "damaged", fs::copy_options::recursive);
  check_in_python(runs.folder, R"(
import h5py
with h5py.File('damaged/checkpoints/final.h5', 'r+') as file:
    file['parameters/generator.0.weight'][0, 0] += 1
)");
  const Finished damaged = descent_in(runs.folder, {"verify", "damaged"});
  CHECK(damaged.exit_code == 1);
  CHECK_THAT(damaged.output, Contains("damaged checkpoints/final.h5") &&
                                 Contains("'parameters/generator.0.weight' differs from its checksum"));
}

TEST_CASE("descent_log.py reads runs of 0.1", "[program]") {
  const OldRuns runs;
  runs.check("import sys\nsys.path.insert(0, '" DESCENT_SOURCE_DIR
             "/tools/python')\n"
             R"(
sys.dont_write_bytecode = True
import descent_log
run = descent_log.Run('runs/ring/seed=1')
assert run.status == 'done' and run.attributes['descent_version'] == '0.1.0'
assert run.experiment['model']['generator']['initialiser'] == 'he_normal'
table, train = run.metrics('train'), log('ring/seed=1')['metrics/train']
assert table['generator/objective'].tolist() == train['generator.objective'][:].tolist(), table
table = descent_log.runs('runs')
assert table['run'].tolist() == ['runs/bowl_rates/learning_rate=0.01/seed=1',
                                 'runs/bowl_rates/learning_rate=0.05/seed=1', 'runs/digits/seed=1', 'runs/ring/seed=1']
assert (table['status'] == 'done').all()
assert table['test.negative_elbo/value'][2] == last('digits/seed=1', 'test.negative_elbo/value')
)");
}

TEST_CASE("resume, evaluate and generate refuse a run of 0.1 with both versions", "[program]") {
  const OldRuns runs;
  const auto refuses = [&](const std::vector<std::string>& words, const std::string& run) {
    INFO(fmt::format("{}", fmt::join(words, " ")));
    refused_by(descent_in(runs.folder, words), sentence_of_run(run));
  };
  for (const std::string& run : {ring, digits, slow_bowl}) {
    refuses({"resume", run}, run);
    refuses({"resume", run, "trainer.steps=40"}, run);
    refuses({"resume", run, "--accept-other-machine", "--accept-changed-plugins"}, run);
  }
  refuses({"evaluate", ring, "mode_coverage"}, ring);
  refuses({"evaluate", ring, "mode_coverage", "--checkpoint", "step_10"}, ring);
  refuses({"evaluate", digits, "negative_elbo"}, digits);
  refuses({"evaluate", slow_bowl, "objective"}, slow_bowl);
  refuses({"generate", ring, "-o", "x.h5"}, ring);
  refuses({"generate", ring, "-o", "x.h5", "--checkpoint", "step_10"}, ring);
  refuses({"generate", digits, "-o", "x.png"}, digits);
  CHECK_FALSE(fs::exists(runs.folder.path / "x.h5"));
}

TEST_CASE("a run of 0.1 without a log is known by its checkpoints", "[program]") {
  const ScratchFolder folder;
  fs::create_directories(folder.path / "runs");
  fs::copy(tracked / "runs/digits", folder.path / "runs/digits", fs::copy_options::recursive);
  fs::remove(folder.path / digits / "log.h5");
  refused_by(descent_in(folder, {"resume", digits}),
             sentence("'" + digits + "'", "0.1", "run its experiment again"));
}

TEST_CASE("an option that names a run of 0.1 is refused with both versions", "[program]") {
  const OldRuns runs;
  runs.folder.write("bowl.yaml", R"(model: {plugin: point, start: [1, 1]}
loss: {plugin: noisy_quadratic, curvature: [1, 10]}
optimizer: {plugin: sgd, learning_rate: 0.01}
trainer: {steps: 20}
metrics: [{plugin: test_distance, reference: runs/ring/seed=1}]
)");
  for (const char* command : {"check", "run"}) {
    const Finished finished =
        descent_in(runs.folder, {command, "bowl.yaml", "--plugin-path", DESCENT_BINARY_DIR "/tests/plugins"});
    CHECK(finished.exit_code == 2);
    CHECK_THAT(finished.errors,
               Contains("bowl.yaml:5:") && Contains(sentence_of_run((runs.folder.path / ring).string())));
  }
}

TEST_CASE("a checkpoint of 0.1 by itself is refused with both versions", "[program]") {
  const ScratchFolder folder;
  make_ring(folder);
  fs::copy(tracked / "runs/ring/seed=1/checkpoints/final.h5", folder.path / "old.h5");
  const std::string refusal = sentence("'old.h5'", "0.1", "run its experiment again");
  refused_by(descent_in(folder, {"evaluate", ring, "mode_coverage", "--checkpoint", "old.h5"}), refusal);
  refused_by(descent_in(folder, {"generate", ring, "-o", "x.h5", "--checkpoint", "old.h5"}), refusal);
}

TEST_CASE("a sweep of 0.1 is not continued, nor are its runs taken or moved aside", "[program]") {
  const OldRuns runs;
  const ScratchFolder& folder = runs.folder;
  fs::copy(tracked / "bowl_rates.yaml", folder.path / "bowl_rates.yaml");
  refused_by(descent_in(folder, {"sweep", "bowl_rates.yaml"}), sentence_of_sweep(slow_bowl));
  refused_by(descent_in(folder, {"sweep", "bowl_rates.yaml", "--retry", "stale"}),
             sentence_of_sweep(slow_bowl));
  refused_by(descent_in(folder, {"sweep", "bowl_rates.yaml", "optimizer.learning_rate=0.01,0.02"}),
             sentence_of_sweep(slow_bowl));
  refused_by(descent_in(folder, {"resume", sweep}), sentence_of_sweep(slow_bowl));
  refused_by(descent_in(folder, {"resume", sweep, "--only", "learning_rate=0.05/seed=1"}),
             sentence_of_run(fast_bowl));
  // Whatever else its file says that has another name now.
  folder.write("bowl_rates.yaml", content(tracked / "bowl_rates.yaml") + "initialiser: he_normal\n");
  refused_by(descent_in(folder, {"sweep", "bowl_rates.yaml"}), sentence_of_sweep(slow_bowl));
  folder.write("other.yaml", content(tracked / "bowl_rates.yaml"));
  refused_by(descent_in(folder, {"sweep", "other.yaml", "name=bowl_rates"}), sentence_of_sweep(slow_bowl));
  CHECK(descent_in(folder, {"sweep", "other.yaml", "--dry-run"}).exit_code == 0);
  const Finished elsewhere = descent_in(folder, {"sweep", "other.yaml", "--runs", "new"});
  INFO(elsewhere.errors);
  CHECK(elsewhere.exit_code == 0);
  CHECK_THAT(elsewhere.output, Contains("2 runs, 2 of them new"));
}

TEST_CASE("runs of 0.1 in the folders of a new sweep are not taken for its own", "[program]") {
  const ScratchFolder folder;
  fs::copy(tracked / "runs", folder.path / "runs", fs::copy_options::recursive);
  fs::copy(tracked / "bowl_rates.yaml", folder.path / "bowl_rates.yaml");
  fs::remove(folder.path / sweep / "sweep.yaml");
  fs::remove(folder.path / sweep / "runs.jsonl");
  refused_by(descent_in(folder, {"sweep", "bowl_rates.yaml"}), sentence_of_sweep(slow_bowl));
  CHECK(content(folder.path / slow_bowl / "log.h5") ==
        content(tracked / "runs/bowl_rates/learning_rate=0.01/seed=1/log.h5"));
}

TEST_CASE("a finished run of 0.1 is not taken for that of the same experiment", "[program]") {
  const ScratchFolder folder;
  folder.write("bowl.yaml", content(tracked / "runs/bowl_rates/learning_rate=0.01/seed=1/experiment.yaml"));
  const std::string run = "runs/bowl_rates/seed=1";
  const std::string expected =
      sentence("'" + run + "'", "0.1.0", "move it aside with --fresh and train it again");
  fs::create_directories(folder.path / "runs/bowl_rates");
  fs::copy(tracked / slow_bowl, folder.path / run, fs::copy_options::recursive);
  refused_by(descent_in(folder, {"run", "bowl.yaml"}), expected);
  CHECK(descent_in(folder, {"run", "bowl.yaml", "--fresh"}).exit_code == 0);
  CHECK(fs::exists(folder.path / (run + ".old-1") / "log.h5"));
  CHECK_THAT(descent_in(folder, {"run", "bowl.yaml"}).output, Contains("already done"));
  // Where the frozen experiment is the same to the letter, the version alone tells them apart.
  check_in_python(folder, "import h5py, numpy\nwith h5py.File('" + run + R"(/log.h5', 'r+') as log:
    log.attrs['descent_version'] = numpy.bytes_('0.1.0')
)");
  refused_by(descent_in(folder, {"run", "bowl.yaml"}), expected);
}
