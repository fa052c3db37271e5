#include <algorithm>
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "run_program.hpp"

using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;
using namespace descent::testing;
namespace fs = std::filesystem;

namespace {

Finished descent_in(const ScratchFolder& folder, std::vector<std::string> arguments,
                    const std::vector<std::string>& environment = {}) {
  arguments.insert(arguments.begin(), descent_program());
  return run_program(arguments, folder.path, environment);
}

/// A GAN on points of the plane: `runs/ring/seed=1`.
void make_ring(const ScratchFolder& folder) {
  folder.write("ring.yaml", R"(name: ring
dataset: {plugin: gaussian_ring, modes: 8}
model: {plugin: gan, generator: {hidden: [8]}, discriminator: {hidden: [8]}}
loss: {plugin: non_saturating}
optimizer: {plugin: adam, learning_rate: 1.0e-3}
trainer: {batch_size: 16, steps: 20}
metrics:
  - {plugin: mode_coverage, samples: 300, every: 10}
checkpoint: {every: 10}
log:
  samples: {every: 10, count: 50}
)");
  REQUIRE(descent_in(folder, {"run", "ring.yaml"}).exit_code == 0);
}

/// A VAE on images of 8 x 8 pixels, with nine logged samples.
void make_digits(const ScratchFolder& folder) {
  folder.write("digits.yaml", R"(name: digits
dataset: {plugin: glyphs, pixels: 8, examples: 50, test_examples: 20}
model: {plugin: vae, latent: 2, encoder: {hidden: [8]}, decoder: {hidden: [8]}}
loss: {plugin: elbo}
optimizer: [{plugin: adam, learning_rate: 1.0e-3}, {plugin: ema, decay: 0.5}]
trainer: {batch_size: 10, steps: 10}
metrics:
  - {plugin: objective}
log:
  samples: {every: 5, count: 9}
)");
  REQUIRE(descent_in(folder, {"run", "digits.yaml"}).exit_code == 0);
}

/// Two seeds of two learning rates of a small run, and one that diverges, below `runs`.
void make_bowls(const ScratchFolder& folder) {
  folder.write("bowl.yaml", R"(name: bowl
model: {plugin: point, start: [1, 1]}
loss: {plugin: noisy_quadratic, curvature: [1, 10]}
optimizer: {plugin: sgd, learning_rate: 0.01}
trainer: {steps: 20}
metrics:
  - {plugin: objective, every: 10}
log:
  metrics: {every: 1}
)");
  for (const char* seed : {"seed=1", "seed=2"}) {
    REQUIRE(descent_in(folder, {"run", "bowl.yaml", seed}).exit_code == 0);
    REQUIRE(descent_in(folder, {"run", "bowl.yaml", seed, "optimizer.learning_rate=0.05"}).exit_code == 0);
  }
}

/// `runs/steep/seed=1`, with the learning rate of others, diverges.
void make_diverged_bowl(const ScratchFolder& folder) {
  folder.write("steep.yaml", "extends: bowl.yaml\nname: steep\nloss: {curvature: [1, 1.0e+30]}\n");
  REQUIRE(descent_in(folder, {"run", "steep.yaml"}).exit_code == 1);
}

/// Runs Python in the folder; `code` asserts.
void check_in_python(const ScratchFolder& folder, const std::string& code) {
  const Finished python = run_program({"/usr/bin/python3", "-c", code}, folder.path);
  INFO(code << "\n" << python.errors);
  CHECK(python.exit_code == 0);
}

/// Width, height and colour type (0: grey, 2: colours) of a PNG, every chunk's checksum being right, and the
/// number of bytes that its picture unpacks to.
const std::string read_png = R"(
import struct, zlib
def png(name):
    data = open(name, 'rb').read()
    assert data[:8] == b'\x89PNG\r\n\x1a\n'
    at, packed = 8, b''
    while at < len(data):
        size, kind = struct.unpack('>I4s', data[at:at + 8])
        body = data[at + 8:at + 8 + size]
        assert struct.unpack('>I', data[at + 8 + size:at + 12 + size])[0] == zlib.crc32(kind + body)
        if kind == b'IHDR': width, height, depth, colour = struct.unpack('>IIBB', body[:10])
        if kind == b'IDAT': packed += body
        at += 12 + size
    assert kind == b'IEND' and depth == 8
    return width, height, colour, len(zlib.decompress(packed))
)";

void refused(const Finished& finished, const std::string& why) {
  CHECK(finished.exit_code == 2);
  CHECK(finished.output.empty());
  CHECK_THAT(finished.errors, Contains(why));
}

/// The content of every file of a run, to see that reading changes none.
std::string content_of(const fs::path& run) {
  std::ostringstream all;
  std::vector<fs::path> files;
  for (const auto& entry : fs::recursive_directory_iterator(run))
    if (entry.is_regular_file()) files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  for (const fs::path& file : files) all << file << "\n" << std::ifstream(file, std::ios::binary).rdbuf();
  return all.str();
}

}  // namespace

TEST_CASE("generate makes data that follow from the seed", "[program]") {
  const ScratchFolder folder;
  make_ring(folder);
  const std::string run = "runs/ring/seed=1";
  const std::string before = content_of(folder.path / run);
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
  CHECK(content_of(folder.path / run) == before);
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
assert png('points.png')[:3:2] == (720, 2), png('points.png')
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
  refused(generate({"runs/digits/seed=1", "-o", "x.svg"}), ".png");
  CHECK_FALSE(fs::exists(folder.path / "x.h5"));
}

TEST_CASE("evaluate measures again what the run measured", "[program]") {
  const ScratchFolder folder;
  make_ring(folder);
  make_digits(folder);
  const std::string run = "runs/ring/seed=1";
  const std::string before = content_of(folder.path / run);
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
  CHECK(content_of(folder.path / run) == before);
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

TEST_CASE("samples draws what the log holds", "[program]") {
  const ScratchFolder folder;
  make_ring(folder);
  make_digits(folder);
  make_bowls(folder);
  const auto samples = [&](std::vector<std::string> words) {
    words.insert(words.begin(), "samples");
    return descent_in(folder, words);
  };
  const Finished digits = samples({"runs/digits/seed=1", "-o", "digits.png"});
  CHECK(digits.exit_code == 0);
  CHECK(digits.output == "digits.png: 9 of 'image', step 10\n");
  CHECK(samples({"runs/digits/seed=1", "-o", "first.png", "--step", "5"}).exit_code == 0);
  CHECK(samples({"runs/digits/seed=1", "-o", "digits.png", "--csv"}).output ==
        "run,file,field,samples,step\nruns/digits/seed=1,digits.png,image,9,10\n");
  CHECK(samples({"runs/ring/seed=1", "-o", "ring.png"}).exit_code == 0);
  CHECK(samples({"runs/ring/seed=1", "-o", "ring.svg", "--step", "10"}).exit_code == 0);
  check_in_python(folder, read_png + R"(
assert png('digits.png')[:3] == (3 * (21 * 8 + 2) + 2, 3 * (21 * 8 + 2) + 2, 0), png('digits.png')
assert png('ring.png')[:2] == (720, 720)
assert open('digits.png', 'rb').read() != open('first.png', 'rb').read()
assert 'ring, step 10' in open('ring.svg').read()
# The pixels are the log's, in its range: the first image's corners.
import h5py, subprocess
image = h5py.File('runs/digits/seed=1/log.h5')['samples/image'][-1][0]
data, at, packed = open('digits.png', 'rb').read(), 8, b''
while at < len(data):
    size, kind = struct.unpack('>I4s', data[at:at + 8])
    if kind == b'IDAT': packed += data[at + 8:at + 8 + size]
    at += 12 + size
raw, width, rows = zlib.decompress(packed), 512, []
for y in range(24):
    kind, line = raw[y * 513], bytearray(raw[y * 513 + 1:(y + 1) * 513])
    above = rows[-1] if rows else bytearray(width)
    for x in range(width):
        a, b, c = line[x - 1] if x else 0, above[x], above[x - 1] if x else 0
        p = a + b - c
        paeth = a if abs(p - a) <= abs(p - b) and abs(p - a) <= abs(p - c) else b if abs(p - b) <= abs(p - c) else c
        line[x] = (line[x] + [0, a, b, (a + b) // 2, paeth][kind]) % 256
    rows.append(line)
for x in range(8):
    assert abs(rows[10][2 + 21 * x + 10] - 255 * image[0, x]) < 1, (x, rows[10], image[0])
assert rows[0][0] == 128
)");
  refused(samples({"runs/bowl/seed=1", "-o", "x.png"}), "log: {samples: {every: 1000}}");
  refused(samples({"runs/ring/seed=1", "-o", "x.png", "--step", "9"}), "the nearest are of step 10");
  refused(samples({"runs/digits/seed=1", "-o", "x.svg"}), "a grid of images is a PNG");
  refused(samples({"runs/ring/seed=1", "-o", "x.gif"}), ".svg, .png or .pdf");
  CHECK_FALSE(fs::exists(folder.path / "x.png"));
}

TEST_CASE("plot draws a line for each run, or a band for each group", "[program]") {
  const ScratchFolder folder;
  make_bowls(folder);
  const Finished lines = descent_in(folder, {"plot", "runs", "--metric", "train/objective"});
  INFO(lines.errors);
  CHECK(lines.exit_code == 0);
  CHECK(lines.errors.empty());
  CHECK_THAT(lines.output, Contains("train/objective (lower is better)") && Contains("step") &&
                               Contains("optimizer.learning_rate=0.05/seed=2") && Contains("seed=1"));
  const auto plot = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {"plot", "runs", "--metric", "objective/value"});
    return descent_in(folder, words);
  };
  const Finished bands = plot({"--by", "learning_rate", "-o", "bands.svg"});
  CHECK(bands.exit_code == 0);
  CHECK(bands.output == "bands.svg: train.objective/value of 4 runs in 2 groups\n");
  CHECK(plot({"--by", "learning_rate", "--std", "--log-y", "--log-x", "-o", "std.svg"}).exit_code == 0);
  CHECK(plot({"-o", "lines.png"}).exit_code == 0);
  CHECK(plot({"-o", "it's.pdf"}).exit_code == 0);
  check_in_python(folder, read_png + R"(
bands, std = open('bands.svg').read(), open('std.svg').read()
import xml.dom.minidom
for text in (bands, std): xml.dom.minidom.parseString(text)
for rate in ('0.01', '0.05'):
    assert f'learning_rate={rate}: mean of 2 runs, least to greatest' in bands, bands
    assert f'learning_rate={rate}: mean of 2 runs, ± one standard deviation' in std, std
assert png('lines.png')[:2] == (900, 540 + 4 * 22)
assert open("it's.pdf", 'rb').read(5) == b'%PDF-'
)");
  CHECK_THAT(descent_in(folder, {"plot", "runs", "--metric", "value", "--by", "learning_rate"}).output,
             Contains("mean of 2 runs"));
}

TEST_CASE("plot prints the points that it would draw", "[program]") {
  const ScratchFolder folder;
  make_bowls(folder);
  const std::vector<std::string> curves = {"plot", "runs",         "--metric", "objective/value",
                                           "--by", "learning_rate"};
  const auto with = [&](std::vector<std::string> words) {
    words.insert(words.begin(), curves.begin(), curves.end());
    return descent_in(folder, words);
  };
  const Finished csv = with({"--csv"});
  CHECK(csv.exit_code == 0);
  CHECK_THAT(csv.output, StartsWith("curve,runs,step,value,lower,upper\n"));
  CHECK(std::count(csv.output.begin(), csv.output.end(), '\n') ==
        1 + 2 * 2);  // two groups, at steps 10 and 20
  folder.write("curves.json", with({"--json"}).output);
  check_in_python(folder, R"(
import json
points = json.load(open('curves.json'))
assert [point['step'] for point in points] == [10, 20, 10, 20]
assert all(point['runs'] == 2 and point['lower'] <= point['value'] <= point['upper'] for point in points)
)");
  CHECK(with({"--csv", "-o", "x.svg"}).exit_code == 2);
}

TEST_CASE("plot says which runs it leaves out, and where a group ends", "[program]") {
  const ScratchFolder folder;
  make_bowls(folder);
  make_diverged_bowl(folder);
  make_ring(folder);
  const Finished some = descent_in(folder, {"plot", "runs", "--metric", "modes", "-o", "modes.svg"});
  CHECK(some.exit_code == 0);
  CHECK_THAT(some.errors, Contains("note: runs/bowl/seed=1: there is no metric 'modes'"));
  const Finished ended = descent_in(folder, {"plot", "runs/bowl", "runs/steep", "--metric", "train/objective",
                                             "--by", "learning_rate", "-o", "x.svg"});
  INFO(ended.errors);
  CHECK(ended.exit_code == 0);
  CHECK_THAT(ended.errors, Contains("runs/steep/seed=1 has its last finite value at step"));
  REQUIRE(descent_in(folder, {"run", "bowl.yaml", "seed=4", "trainer.steps=7"}).exit_code == 0);
  const Finished apart =
      descent_in(folder, {"plot", "runs/bowl", "--metric", "objective/value", "--by", "name", "-o", "x.svg"});
  refused(apart, "name=bowl is not drawn: there is no step at which all of its 5 runs");
  CHECK_THAT(apart.errors, Contains("without --by each run is a line of its own"));
  const auto wrong = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {"plot", "runs/bowl", "--metric"});
    return descent_in(folder, words);
  };
  refused(wrong({"objektive"}), "did you mean 'objective'?");
  refused(wrong({"train/objective", "--by", "learning_rat"}), "did you mean");
  refused(wrong({"train/objective", "--std"}), "--by");
  refused(wrong({"train/objective", "-o", "x.gif"}), ".svg, .png or .pdf");
  refused(wrong({"train/objective", "-o", "nowhere/x.svg"}), "cannot write 'nowhere/x.svg'");
  const Finished without =
      descent_in(folder, {"plot", "runs/bowl", "--metric", "train/objective"}, {"PATH=/nowhere"});
  refused(without, "gnuplot-nox");
}

TEST_CASE("watch shows the last values and ends with the run", "[program]") {
  const ScratchFolder folder;
  make_bowls(folder);
  make_diverged_bowl(folder);
  const std::string run = "runs/bowl/seed=1";
  const std::string before = content_of(folder.path / run);
  const Finished once = descent_in(folder, {"watch", run, "--once"}, {"LC_ALL=C.UTF-8"});
  CHECK(once.exit_code == 0);
  CHECK_THAT(once.output, StartsWith("runs/bowl/seed=1  done  step 20 of 20") &&
                              Contains("train/objective") && Contains("train.objective/value") &&
                              Contains("█") && Contains("▁"));
  // A run that has ended needs no second frame.
  const Finished ended = descent_in(folder, {"watch", run}, {"LC_ALL=C"});
  CHECK(ended.exit_code == 0);
  CHECK_THAT(ended.output, Contains("9") && !Contains("█") && !Contains("\x1b"));
  CHECK(content_of(folder.path / run) == before);
  const Finished diverged = descent_in(folder, {"watch", "runs/steep/seed=1"});
  CHECK(diverged.exit_code == 1);
  CHECK_THAT(diverged.output, Contains("diverged at step"));
  refused(descent_in(folder, {"watch", "runs/bowl"}), "is no run");
}

TEST_CASE("watch goes on beside the writer until the run ends", "[program]") {
  const ScratchFolder folder;
  folder.write("long.yaml", R"(name: long
model: {plugin: point, start: [1, 1]}
loss: {plugin: noisy_quadratic, curvature: [1, 10]}
optimizer: {plugin: sgd, learning_rate: 0.01}
trainer: {steps: 1000000000}
log:
  metrics: {every: 1000}
)");
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
