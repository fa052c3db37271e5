#include <catch2/catch.hpp>
#include <filesystem>

#include "small_runs.hpp"

using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;
using namespace descent::testing;
namespace fs = std::filesystem;

TEST_CASE("generate makes data that follow from the seed", "[program]") {
  const ScratchFolder folder;
  make_ring(folder);
  const std::string run = "runs/ring/seed=1";
  const std::string before = files_of(folder.path / run);
  const Finished first = descent_in(folder, {"generate", run, "-n", "600", "--seed", "7", "-o", "a.h5"});
  CHECK(first.exit_code == 0);
  CHECK_THAT(first.output, StartsWith("a.h5: 600 of 'point' from final.h5 (step 20), seed 7"));
  REQUIRE(descent_in(folder, {"generate", run, "-n", "300", "--seed", "7", "-o", "b.npz"}).exit_code == 0);
  REQUIRE(descent_in(folder, {"generate", run, "-n", "600", "--seed", "1", "-o", "c.npz"}).exit_code == 0);
  REQUIRE(descent_in(folder,
                     {"generate", run, "-n", "600", "--seed", "7", "--checkpoint", "step_10", "-o", "d.npz"})
              .exit_code == 0);
  check_in_python(folder, R"(
import h5py, numpy
a, b, c, d = h5py.File('a.h5')['point'], *(numpy.load(name)['point'] for name in ('b.npz', 'c.npz', 'd.npz'))
assert a.shape == (600, 2) and numpy.isfinite(a).all()
assert dict(a.attrs) == {'run': b'runs/ring/seed=1', 'checkpoint': b'final.h5', 'step': 20, 'seed': 7}, dict(a.attrs)
assert (a[:300] == b).all()                      # the first of more
assert not (a[:256] == a[256:512]).any()         # no batch repeats another
assert not (a[:] == c).any() and not (a[:] == d).any()
log = h5py.File('runs/ring/seed=1/log.h5')['samples/point'][-1]
assert not numpy.isin(c, log).any()              # the run's own seed gives other noise
)");
  CHECK(files_of(folder.path / run) == before);
}

TEST_CASE("generate draws pictures and says what it cannot do", "[program]") {
  const ScratchFolder folder;
  make_ring(folder);
  make_digits(folder);
  make_bowls(folder);
  REQUIRE(descent_in(folder, {"generate", "runs/ring/seed=1", "-o", "points.png"}).exit_code == 0);
  REQUIRE(descent_in(folder, {"generate", "runs/digits/seed=1", "-n", "10", "-o", "digits.png"}).exit_code ==
          0);
  // 10 images in rows of 4: magnified 512 / 32 = 16 times, 2 pixels around each.
  check_in_python(folder, read_png + R"(
assert png('points.png')[:3:2] == (1063, 2), png('points.png')
assert png('digits.png') == (4 * 130 + 2, 3 * 130 + 2, 0, (4 * 130 + 3) * (3 * 130 + 2)), png('digits.png')
)");
  const auto generate = [&](std::vector<std::string> words) {
    words.insert(words.begin(), "generate");
    return descent_in(folder, words);
  };
  refused(generate({"runs/bowl/seed=1", "-o", "x.h5"}), "model 'point', which generates nothing");
  refused(generate({"runs/ring/seed=1", "-o", "x.txt"}), ".h5 or .npz");
  refused(generate({"runs/ring/seed=1", "-o", "x.h5", "-n", "0"}), "--count");
  refused(generate({"runs/ring/seed=1", "-o", "x.h5", "--checkpoint", "best"}),
          "has no checkpoint 'best'; there are: final, step_00000010");
  refused(generate({"runs/rnig/seed=1", "-o", "x.h5"}), "did you mean 'runs/ring'?");
  refused(generate({"runs", "-o", "x.h5"}), "is no run");
  refused(generate({"runs/digits/seed=1", "-o", "x.npz", "--title", "digits"}), "are of pictures");
  CHECK_FALSE(fs::exists(folder.path / "x.h5"));
}

TEST_CASE("evaluate measures again what the run measured", "[program]") {
  const ScratchFolder folder;
  make_ring(folder);
  make_digits(folder);
  const std::string run = "runs/ring/seed=1";
  const std::string before = files_of(folder.path / run);
  const Finished text = descent_in(folder, {"evaluate", run, "mode_coverage"});
  CHECK(text.exit_code == 0);
  CHECK_THAT(text.output, Contains("modes") && Contains("final.h5"));
  const auto to_file = [&](const std::string& name, std::vector<std::string> words) {
    words.insert(words.begin(), "evaluate");
    words.push_back("--json");
    const Finished finished = descent_in(folder, words);
    INFO(finished.errors);
    REQUIRE(finished.exit_code == 0);
    folder.write(name, finished.output);
  };
  to_file("final.json", {run, "mode_coverage"});
  to_file("early.json", {run, "mode_coverage", "--checkpoint", "step_00000010"});
  to_file("other.json", {run, "mode_coverage", "samples=999"});
  // Where an average is what is looked at, it is looked at here too.
  to_file("vae.json", {"runs/digits/seed=1", "objective"});
  to_file("train.json", {"runs/digits/seed=1", "objective", "--split", "train"});
  check_in_python(folder, R"(
import h5py, json, math
def same(rows, log, name, at):
    found = {row['measure']: row['value'] for row in rows}
    group = h5py.File(log)['metrics'][name]
    values = {column: group[column][at] for column in found}
    return all(values[c] == found[c] or (found[c] == 'nan' and math.isnan(values[c])) for c in found) and len(found) > 0
ring, digits = 'runs/ring/seed=1/log.h5', 'runs/digits/seed=1/log.h5'
final, early, other = (json.load(open(name + '.json')) for name in ('final', 'early', 'other'))
assert same(final, ring, 'test.mode_coverage', 1) and same(early, ring, 'test.mode_coverage', 0)
assert not same(other, ring, 'test.mode_coverage', 1)
assert final[0]['step'] == 20 and early[0]['step'] == 10 and final[0]['checkpoint'] == 'final.h5'
vae, train = json.load(open('vae.json')), json.load(open('train.json'))
assert same(vae, digits, 'test.objective', 0) and not same(train, digits, 'test.objective', 0)
assert train[0]['split'] == 'train'
)");
  CHECK(files_of(folder.path / run) == before);
  const auto evaluate = [&](std::vector<std::string> words) {
    words.insert(words.begin(), "evaluate");
    return descent_in(folder, words);
  };
  refused(evaluate({run, "mode_covrage"}), "did you mean 'mode_coverage'?");
  refused(evaluate({run, "mode_coverage", "sampels=5"}), "did you mean 'samples'?");
  refused(evaluate({run, "mode_coverage", "samples=-1"}), "samples");
  refused(evaluate({run, "mode_coverage", "every=5"}), "measured once");
  refused(evaluate({run, "mode_coverage", "--split", "tset"}), "train or validation or test");
  refused(evaluate({"runs/digits/seed=1", "mode_coverage"}), "mode_coverage");
}
