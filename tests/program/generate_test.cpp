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

TEST_CASE("generate makes the classes that are asked for", "[program]") {
  const ScratchFolder folder;
  folder.write("classes.yaml", R"(name: classes
dataset: {plugin: glyphs, examples: 200, test_examples: 50}
model: {plugin: gan, latent: 4, output: sigmoid, condition: label, generator: {hidden: [16]}, discriminator: {hidden: [16]}}
loss: non_saturating
optimizer: {plugin: adam, learning_rate: 0.001}
trainer: {steps: 5, batch_size: 20}
)");
  REQUIRE(descent_in(folder, {"run", "--quiet", "classes.yaml"}).exit_code == 0);
  const auto generate = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {"generate", "runs/classes/seed=1"});
    return descent_in(folder, words);
  };
  REQUIRE(generate({"-n", "300", "-o", "all.npz"}).exit_code == 0);
  REQUIRE(generate({"-n", "300", "--label", "3", "-o", "three.npz"}).exit_code == 0);
  REQUIRE(generate({"-n", "300", "--label", "label=7,0", "-o", "two.npz"}).exit_code == 0);
  REQUIRE(generate({"-n", "30", "-o", "all.png"}).exit_code == 0);
  REQUIRE(generate({"-n", "32", "--label", "3,5", "-o", "two.png"}).exit_code == 0);
  check_in_python(folder, read_png + R"(
import numpy
every, three, two = (numpy.load(name + '.npz') for name in ('all', 'three', 'two'))
assert (every['condition'] == numpy.arange(300) % 10).all()
assert (three['condition'] == 3).all() and three['image'].shape == every['image'].shape
assert (two['condition'] == numpy.tile([7, 0], 150)).all()
# Noise follows from the seed alone, so that a sample whose class is the same is the same.
same = every['condition'] == 3
assert (every['image'][same] == three['image'][same]).all() and not (every['image'][~same] == three['image'][~same]).all()
# Magnified by the whole factor that makes a grid about 512 pixels wide: a column for each class, or several.
def width(columns): return columns * (max(512 // (columns * 16), 1) * 16 + 2) + 2
assert png('all.png')[0] == width(10), png('all.png')
assert png('two.png')[0] == width(6), png('two.png')
)");
  refused(generate({"--label", "10", "-o", "x.npz"}), "'label' has no class 10: its classes are 0 to 9");
  refused(generate({"--label", "1.5", "-o", "x.npz"}), "whole numbers");
  refused(generate({"--label", "lable=1", "-o", "x.npz"}), "did you mean 'label'?");
  refused(generate({"--label", "1", "--label", "2", "-o", "x.npz"}), "was set before");
  refused(generate({"--condition", "x.npy", "-o", "x.npz"}), "has no condition of numbers");
  make_digits(folder);
  refused(descent_in(folder, {"generate", "runs/digits/seed=1", "--label", "3", "-o", "x.npz"}),
          "has no condition of classes");
  CHECK_FALSE(fs::exists(folder.path / "x.npz"));
}

TEST_CASE("generate takes conditions that are no classes from a file", "[program]") {
  const ScratchFolder folder;
  check_in_python(folder, R"(
import numpy
random = numpy.random.default_rng(1)
angle = random.random((200, 3)).astype('float32')
numpy.savez('data.npz', point=random.normal(size=(200, 2)).astype('float32'), angle=angle)
numpy.save('wanted.npy', [[0, 1, 2], [3, 4, 5]])
numpy.savez('wanted.npz', other=[1], angle=[[0, 1, 2], [3, 4, 5]])
numpy.save('narrow.npy', [[0, 1]])
numpy.save('none.npy', numpy.zeros((0, 3)))
numpy.save('nan.npy', [[0, 1, numpy.nan]])
)");
  folder.write("turned.yaml", R"(name: turned
dataset: {plugin: npz, path: data.npz}
model: {plugin: gan, latent: 4, field: point, condition: angle, generator: {hidden: [16]}, discriminator: {hidden: [16]}}
loss: non_saturating
optimizer: {plugin: adam, learning_rate: 0.001}
trainer: {steps: 5, batch_size: 20}
)");
  const Finished trained = descent_in(folder, {"run", "--quiet", "turned.yaml"});
  INFO(trained.errors);
  REQUIRE(trained.exit_code == 0);
  const auto generate = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {"generate", "runs/turned/seed=1"});
    return descent_in(folder, words);
  };
  REQUIRE(generate({"-n", "5", "--condition", "wanted.npy", "-o", "a.npz"}).exit_code == 0);
  REQUIRE(generate({"-n", "5", "--condition", "angle=wanted.npz", "-o", "b.npz"}).exit_code == 0);
  check_in_python(folder, R"(
import numpy
a, b = numpy.load('a.npz'), numpy.load('b.npz')
assert (a['condition'] == [[0, 1, 2], [3, 4, 5], [0, 1, 2], [3, 4, 5], [0, 1, 2]]).all(), a['condition']
assert a['point'].shape == (5, 2) and (a['point'] == b['point']).all() and (a['condition'] == b['condition']).all()
)");
  refused(generate({"--condition", "narrow.npy", "-o", "x.npz"}), "has examples of shape (3)");
  refused(generate({"--condition", "none.npy", "-o", "x.npz"}), "has examples of shape (3)");
  refused(generate({"--condition", "nan.npy", "-o", "x.npz"}), "not finite");
  refused(generate({"--condition", "data.npz", "--condition", "wanted.npy", "-o", "x.npz"}),
          "was set before");
  refused(generate({"--condition", "absent.npy", "-o", "x.npz"}), "absent.npy");
  refused(generate({"--condition", "turned.yaml", "-o", "x.npz"}), ".npy or .npz");
  refused(generate({"--label", "3", "-o", "x.npz"}), "has no condition of classes");
}

TEST_CASE("a path goes from one latent point to another", "[program]") {
  const ScratchFolder folder;
  make_ring(folder);
  make_digits(folder);
  const std::string ring = "runs/ring/seed=1", digits = "runs/digits/seed=1";
  REQUIRE(descent_in(folder, {"generate", ring, "-n", "400", "-o", "ring.npz"}).exit_code == 0);
  REQUIRE(descent_in(folder, {"generate", ring, "--interpolate", "3", "300", "-n", "7", "-o", "path.npz"})
              .exit_code == 0);
  REQUIRE(descent_in(folder, {"generate", ring, "--interpolate", "300", "3", "-n", "7", "-o", "back.npz"})
              .exit_code == 0);
  REQUIRE(descent_in(folder, {"generate", digits, "--interpolate", "test:3", "train:17", "-o", "codes.npz"})
              .exit_code == 0);
  REQUIRE(descent_in(folder, {"generate", digits, "--interpolate", "test:3", "test:3", "-o", "still.npz"})
              .exit_code == 0);
  check_in_python(folder, R"(
import numpy
samples, path, back = (numpy.load(name)['point'] for name in ('ring.npz', 'path.npz', 'back.npz'))
close = lambda a, b: numpy.allclose(a, b, rtol=1e-4, atol=1e-5)
assert path.shape == (7, 2) and close(path[[0, -1]], samples[[3, 300]]), (path, samples[[3, 300]])
assert close(back, path[::-1])
codes, still = (numpy.load(name)['image'] for name in ('codes.npz', 'still.npz'))
assert len(codes) == 10 and close(codes[0], still[0]) and close(still, still[:1].repeat(10, 0))
assert not close(codes[0], codes[-1])
steps = numpy.abs(numpy.diff(codes, axis=0)).max(axis=(1, 2, 3))
assert (steps > 0).all()
)");
  const auto along = [&](const std::string& run, const std::string& from, const std::string& to) {
    return descent_in(folder, {"generate", run, "--interpolate", from, to, "-o", "x.npz"});
  };
  refused(along(ring, "test:3", "4"), "the data have no examples to count");
  refused(along(digits, "test:3", "test:100000"), "there is no test:100000");
  refused(along(digits, "tset:3", "4"), "test:3 or train:3");
  refused(along(digits, "-3", "4"), "--interpolate");
  refused(descent_in(folder, {"generate", ring, "--interpolate", "3", "4", "-n", "1", "-o", "x.npz"}),
          "from 2 to 256 points");
  refused(descent_in(folder, {"generate", ring, "--interpolate", "3", "4", "-n", "257", "-o", "x.npz"}),
          "from 2 to 256 points");
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
