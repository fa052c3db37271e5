#include <algorithm>
#include <catch2/catch.hpp>

#include "played_sweeps.hpp"
#include "small_runs.hpp"

using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;
using namespace descent::testing;

namespace {

// `texts(name)`: what an SVG says, as (text, x, y) in pixels from its upper left corner, in the order of the file.
const std::string read_svg = R"(
import re, html, xml.dom.minidom
def texts(name):
    svg = open(name, encoding='utf-8').read()
    xml.dom.minidom.parseString(svg.encode())
    found = re.findall(r'translate\(([-\d.]+),([-\d.]+)\)[^>]*>\s*<text>(.*?)</text>', svg, re.S)
    return [(html.unescape(re.sub('<.*?>', '', text)), float(x), float(y)) for x, y, text in found if text]
def said(name):
    return [text for text, x, y in texts(name)]
)";

Finished plot(const ScratchFolder& folder, std::vector<std::string> words) {
  words.insert(words.begin(), "plot");
  return descent_in(folder, words, {"LC_ALL=C.UTF-8"});
}

// Two runs whose starts are lists of 60 numbers, which differ in the 30th.
void make_long_lists(const ScratchFolder& folder) {
  for (const int other : {7, 8}) {
    std::string start, curvature;
    for (int i = 0; i < 60; ++i) {
      start += std::string(i == 0 ? "" : ", ") + (i == 30 ? std::to_string(other) : "1.25");
      curvature += i == 0 ? "1" : ", 1";
    }
    const std::string file = "long" + std::to_string(other) + ".yaml";
    folder.write(file, "name: long\nmodel: {plugin: point, start: [" + start +
                           "]}\nloss: {plugin: noisy_quadratic, curvature: [" + curvature +
                           "]}\noptimizer: {plugin: sgd, learning_rate: 0.01}\ntrainer: {steps: 20}\n");
    REQUIRE(descent_in(folder, {"run", file, "--runs", "runs/" + std::to_string(other)}).exit_code == 0);
  }
}

}  // namespace

TEST_CASE("curves have different names however long their options are", "[program]") {
  const ScratchFolder folder;
  make_long_lists(folder);
  for (const char* by : {"", "model.start"}) {
    std::vector<std::string> words = {"runs", "--metric", "train/objective", "-o", "long.svg"};
    if (*by != '\0') words.insert(words.end(), {"--by", by});
    const Finished picture = plot(folder, words);
    INFO(picture.errors);
    REQUIRE(picture.exit_code == 0);
    check_in_python(folder, read_svg + R"(
legend = [(text, x, y) for text, x, y in texts('long.svg') if text.count('1.25') > 1]
assert len(legend) == 2 and legend[0][0] != legend[1][0], legend
assert any('7' in text for text, x, y in legend) and any('8' in text for text, x, y in legend), legend
assert all(len(text) < 70 for text, x, y in legend), legend
)");
  }
  const Finished terminal = plot(folder, {"runs", "--metric", "train/objective"});
  CHECK_THAT(terminal.output,
             Contains("****  ") && Contains("####  ") && Contains(", 7, ") && Contains(", 8, "));
}

TEST_CASE("a plugin that was loaded by its path is called by its name in a figure", "[program]") {
  const ScratchFolder folder;
  make_bowls(folder);
  const std::string path = std::string(DESCENT_BINARY_DIR) + "/lib/descent/plugins/optimizer_adam.so";
  REQUIRE(descent_in(folder, {"run", "bowl.yaml", "optimizer={plugin: " + path + "}", "--runs", "runs/own"})
              .exit_code == 0);
  const Finished picture =
      plot(folder, {"runs", "--metric", "train/objective", "--by", "optimizer", "-o", "x.svg"});
  INFO(picture.errors);
  CHECK(picture.exit_code == 0);
  check_in_python(folder, read_svg + R"(
words = said('x.svg')
assert not any('/' in text or '.so' in text for text in words), words
assert any(text.startswith('adam') for text in words), words
)");
}

TEST_CASE("names stand beside the curves' ends, or in a legend above them", "[program]") {
  const ScratchFolder folder;
  make_bowls(folder);
  REQUIRE(plot(folder, {"runs", "--metric", "train/objective", "--by", "learning_rate", "-o", "direct.svg",
                        "--label", "learning rate 0.01=slow", "--label", "learning rate 0.05=fast"})
              .exit_code == 0);
  REQUIRE(plot(folder, {"runs", "--metric", "train/objective", "-o", "legend.svg"}).exit_code == 0);
  check_in_python(folder, read_svg + R"(
direct = {text: (x, y) for text, x, y in texts('direct.svg')}
assert direct['slow'][0] > 240 and direct['fast'][0] > 240, direct
assert abs(direct['slow'][1] - direct['fast'][1]) > 10, direct  # a line of 8 points is 11 pixels high
legend = texts('legend.svg')
names = [(x, y) for text, x, y in legend if text.startswith('learning rate')]
numbers = [y for text, x, y in legend if re.fullmatch('[−0-9.]+', text)]
assert len(names) == 4 and max(y for x, y in names) < min(numbers), legend
)");
}

TEST_CASE("a figure says what it was asked to say", "[program]") {
  const ScratchFolder folder;
  make_bowls(folder);
  const std::vector<std::string> look = {"--title",     "Bowls & 'more'",
                                         "--xlabel",    "updates",
                                         "--ylabel",    "−ELBO",
                                         "--label",     "learning rate 0.01=η = 0.01",
                                         "--xlim",      "5:15",
                                         "--ylim",      ":4",
                                         "--font-size", "9"};
  const auto drawn = [&](const std::string& file, std::vector<std::string> more) {
    more.insert(more.end(), look.begin(), look.end());
    more.insert(more.begin(), {"runs", "--metric", "train/objective", "--by", "learning_rate", "-o", file});
    const Finished picture = plot(folder, more);
    INFO(picture.errors);
    CHECK(picture.exit_code == 0);
  };
  drawn("x.svg", {});
  drawn("x.png", {"--size", "8x6cm"});
  drawn("y.svg", {"--size", "400x300px"});
  drawn("x.pdf", {"--size", "4x3in"});
  check_in_python(folder, read_svg + read_png + R"(
words = said('x.svg')
for text in ("Bowls & 'more'", 'updates', '−ELBO', 'η = 0.01', 'learning rate 0.05', '6', '14'):
    assert text in words, (text, words)
assert 'learning rate 0.01' not in words and '16' not in words and '20' not in words, words
svg = open('x.svg').read()
assert 'font-size="12.00"' in svg, svg  # 9 points of 96 pixels to an inch
assert png('x.png')[:2] == (945, 709), png('x.png')
assert 'width="400" height="300"' in open('y.svg').read()
pdf = open('x.pdf', 'rb').read()
assert re.search(rb'MediaBox \[ ?0 0 288 216 ?\]', pdf)
assert b'/FontFile' in pdf  # embedded
)");
  const auto wrong = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {"runs", "--metric", "train/objective"});
    return plot(folder, words);
  };
  refused(wrong({"-o", "x.svg", "--label", "learning rate 0.02=x"}),
          "no curve is called 'learning rate 0.02'");
  refused(wrong({"-o", "x.svg", "--label", "x"}), "OLD=NEW");
  refused(wrong({"-o", "x.svg", "--xlim", "5"}), "--xlim '5'");
  refused(wrong({"-o", "x.svg", "--ylim", "5:1"}), "the first number must be below");
  refused(wrong({"-o", "x.svg", "--size", "8x6"}), "a unit");
  refused(wrong({"-o", "x.svg", "--size", "1x1cm"}), "at least 1.5");
  refused(wrong({"-o", "x.svg", "--size", "3x2cm", "--font-size", "20"}), "no room");
  refused(wrong({"--size", "8x6cm"}), "-o");
  refused(wrong({"--csv", "--title", "x"}), "have no title");
  refused(wrong({"-o", "x.svg", "--log-y", "--ylim", "-1:1"}), "numbers above zero");
}

TEST_CASE("several metrics are panels of one figure", "[program]") {
  const ScratchFolder folder;
  make_bowls(folder);
  const std::vector<std::string> both = {
      "runs", "--metric", "train/objective", "--metric", "objective/value", "--by", "learning_rate"};
  const auto with = [&](std::vector<std::string> words) {
    words.insert(words.begin(), both.begin(), both.end());
    return plot(folder, words);
  };
  const Finished picture = with({"-o", "both.svg", "--ylabel", "loss", "--ylabel", "measured"});
  INFO(picture.errors);
  CHECK(picture.output == "both.svg: train/objective and train.objective/value of 4 runs in 2 groups\n");
  check_in_python(folder, read_svg + R"(
words = said('both.svg')
assert words.count('step') == 2 and 'loss' in words and 'measured' in words, words
assert words.count('learning rate 0.01') == 1, words
)");
  CHECK_THAT(with({"--csv"}).output, StartsWith("metric,curve,runs,step,value,lower,upper\n") &&
                                         Contains("\ntrain/objective,learning rate 0.01,2,") &&
                                         Contains("\nobjective/value,learning rate 0.05,2,10,"));
}

TEST_CASE("plot smooths every run by itself", "[program]") {
  const ScratchFolder folder;
  make_bowls(folder);
  const auto points = [&](const char* file, std::vector<std::string> words) {
    words.insert(words.begin(), {"runs", "--metric", "train/objective", "--json"});
    const Finished printed = plot(folder, words);
    INFO(printed.errors);
    CHECK(printed.exit_code == 0);
    folder.write(file, printed.output);
  };
  points("plain.json", {});
  points("smooth.json", {"--smooth", "5"});
  check_in_python(folder, R"(
import json
def curves(name):
    all = {}
    for point in json.load(open(name)): all.setdefault(point['curve'], []).append(point['value'])
    return all
plain, smooth = curves('plain.json'), curves('smooth.json')
assert len(plain) == 4
for name, values in plain.items():
    for i, value in enumerate(smooth[name]):
        near = values[max(0, i - 2):i + 3]
        assert abs(value - sum(near) / len(near)) < 1e-12 * abs(value), (name, i)
)");
  REQUIRE(plot(folder, {"runs", "--metric", "train/objective", "--smooth", "5", "-o", "x.svg"}).exit_code ==
          0);
  check_in_python(folder, read_svg + "assert 'running mean of 5 rows' in said('x.svg')");
  refused(plot(folder, {"runs", "--sensitivity", "--smooth", "5"}), "curves over the steps");
}

TEST_CASE("more curves than a terminal can show become a table", "[program]") {
  const ScratchFolder folder;
  make_bowls(folder);
  for (const char* seed : {"seed=3", "seed=4", "seed=5", "seed=6"})
    REQUIRE(descent_in(folder, {"run", "bowl.yaml", seed}).exit_code == 0);
  const Finished table = plot(folder, {"runs", "--metric", "train/objective"});
  CHECK(table.exit_code == 0);
  CHECK_THAT(table.output, StartsWith("8 curves are too many") && Contains("course") &&
                               Contains("greatest") && Contains("learning rate 0.05, seed 2"));
  CHECK(plot(folder, {"runs", "--metric", "train/objective", "-o", "x.svg"}).exit_code == 0);
}

TEST_CASE("a figure says where a run diverged, and what its points mean", "[program]") {
  const ScratchFolder folder;
  make_bowls(folder);
  make_diverged_bowl(folder);
  REQUIRE(plot(folder, {"runs", "--metric", "train/objective", "--log-y", "-o", "x.svg"}).exit_code == 0);
  REQUIRE(plot(folder, {"runs/bowl", "--metric", "train/objective", "--log-y", "-o", "y.svg"}).exit_code ==
          0);
  check_in_python(folder, read_svg + R"(
assert 'a run diverged here' in said('x.svg') and 'a run diverged here' not in said('y.svg')
)");
}

TEST_CASE("bands that would lie upon each other become bars", "[program]") {
  const ScratchFolder folder;
  make_bowls(folder);
  // Starts so near to each other that all four bands, of two seeds each, are one.
  for (const char* start : {"[1, 1.001]", "[1, 1.002]", "[1, 1.003]", "[1, 1.004]"})
    for (const char* seed : {"seed=1", "seed=2"})
      REQUIRE(descent_in(folder, {"run", "bowl.yaml", seed, std::string("model.start=") + start, "--runs",
                                  "runs/near"})
                  .exit_code == 0);
  REQUIRE(plot(folder, {"runs/near", "--metric", "train/objective", "--by", "start", "-o", "near.svg"})
              .exit_code == 0);
  REQUIRE(plot(folder, {"runs/bowl", "--metric", "train/objective", "--by", "learning_rate", "-o", "far.svg"})
              .exit_code == 0);
  check_in_python(folder, read_svg + R"(
assert 'mean of 2 runs; bars: least to greatest' in said('near.svg'), said('near.svg')
assert 'mean of 2 runs; band: least to greatest' in said('far.svg'), said('far.svg')
)");
}

TEST_CASE("plot draws logged histograms over the steps", "[program]") {
  const ScratchFolder folder;
  make_bowls(folder);
  folder.write(
      "h.yaml",
      "extends: bowl.yaml\nname: bowl\nlog: {tensors: [{values: '*', every: 5, histogram: true}]}\n");
  REQUIRE(descent_in(folder, {"run", "h.yaml", "--runs", "runs/h"}).exit_code == 0);
  const std::string run = "runs/h/bowl/seed=1";
  const auto histogram = [&](std::vector<std::string> words) {
    words.insert(words.begin(), run);
    return plot(folder, words);
  };
  const Finished csv = histogram({"--histogram", "point.value", "--csv"});
  INFO(csv.errors);
  CHECK(csv.exit_code == 0);
  CHECK_THAT(csv.output, StartsWith("histogram,step,lower,upper,count\n"));
  folder.write("bins.csv", csv.output);
  REQUIRE(histogram({"--histogram", "point.value", "-o", "h.svg"}).exit_code == 0);
  REQUIRE(histogram({"--histogram", "point.value", "-o", "h.pdf"}).exit_code == 0);
  check_in_python(folder, read_svg + R"(
import csv
rows = list(csv.DictReader(open('bins.csv')))
at = {}
for row in rows: at[row['step']] = at.get(row['step'], 0) + int(row['count'])
assert set(at) == {'5', '10', '15', '20'} and set(at.values()) == {2}, at  # the point has two coordinates
words = said('h.svg')
assert 'share of elements' in words and 'step' in words and 'bowl' in words, words
)");
  refused(histogram({"--histogram", "point.value"}), "-o FILE");
  refused(histogram({"--histogram", "points", "-o", "x.svg"}), "no histogram 'points'");
  refused(histogram({"--histogram", "point.value", "--metric", "value", "-o", "x.svg"}), "two figures");
  refused(plot(folder, {"runs/bowl/optimizer.learning_rate=0.05/seed=1", "--histogram", "point.value", "-o",
                        "x.svg"}),
          "has no histograms");
}

TEST_CASE("ten colors differ to all eyes, and later curves by dashes", "[program]") {
  const ScratchFolder folder;
  make_bowls(folder);
  for (int seed = 3; seed <= 12; ++seed)
    REQUIRE(descent_in(folder, {"run", "bowl.yaml", "seed=" + std::to_string(seed)}).exit_code == 0);
  REQUIRE(plot(folder, {"runs", "--metric", "train/objective", "-o", "x.svg"}).exit_code == 0);
  // Machado, Oliveira, Fernandes, A physiologically-based model for simulation of color vision deficiency, 2009: severity 1.
  check_in_python(folder, R"(
import re, itertools
import numpy as np
svg = open('x.svg').read()
colors = re.findall(r"stroke='rgb\(\s*(\d+),\s*(\d+),\s*(\d+)\)'[^>]*d='M", svg)
colors = sorted({tuple(map(int, color)) for color in colors} - {(0xe4,) * 3})  # the grid's
assert 'stroke-dasharray' in svg
matrices = [np.eye(3),
  np.array([[.152286, 1.052583, -.204868], [.114503, .786281, .099216], [-.003882, -.048116, 1.051998]]),
  np.array([[.367322, .860646, -.227968], [.280085, .672501, .047413], [-.011820, .042940, .968881]]),
  np.array([[1.255528, -.076749, -.178779], [-.078411, .930809, .147602], [.004733, .691367, .303900]])]
to_xyz = np.array([[.4124564, .3575761, .1804375], [.2126729, .7151522, .0721750], [.0193339, .1191920, .9503041]])
def lab(color, matrix):
    c = np.array(color) / 255
    linear = np.where(c <= .04045, c / 12.92, ((c + .055) / 1.055) ** 2.4)
    xyz = to_xyz @ np.clip(matrix @ linear, 0, 1) / np.array([.95047, 1, 1.08883])
    f = np.where(xyz > 216 / 24389, np.cbrt(xyz), (24389 / 27 * xyz + 16) / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])
assert len(colors) >= 10, colors
for matrix in matrices:
    for a, b in itertools.combinations(colors, 2):
        distance = np.linalg.norm(lab(a, matrix) - lab(b, matrix))  # CIE76
        assert distance > 12, (a, b, distance)
)");
}

TEST_CASE("tables and legends join a chain and a plugin beside it", "[program]") {
  const ScratchFolder folder;
  folder.write("lists.yaml", R"(name: lists
model: {plugin: point, start: [1, 1]}
loss: {plugin: noisy_quadratic, curvature: [1, 10]}
trainer: {steps: 20}
metrics: [{plugin: objective, every: 10}]
sweep:
  axes:
    model.start: {choice: [[1, 1], [2.5, 1]]}
    optimizer:
      choice:
        - [{plugin: clip_norm, max: 1.0}, {plugin: adam, learning_rate: 0.01}]
        - {plugin: sgd, learning_rate: 0.02}
  objective: objective/value
)");
  REQUIRE(descent_in(folder, {"sweep", "lists.yaml", "--quiet"}).exit_code == 0);
  const auto compare = [&](std::vector<std::string> words) {
    words.insert(words.begin(), {"compare", "runs/lists"});
    return descent_in_utf8(folder, words);
  };
  const std::string table = compare({"--table", "settings", "--markdown"}).output;
  CHECK_THAT(table, Contains("| best | start | optimizer | max | learning_rate |") &&
                        Contains("| [2.5, 1] | [clip_norm, adam] | 1 | 0.01 |") &&
                        Contains("| [1, 1] | sgd |  | 0.02 |"));
  CHECK_THAT(compare({"--metric", "objective/value", "--by", "optimizer", "--markdown"}).output,
             Contains("| [clip_norm, adam] | 1 | player | 0.01 |"));
  // Programs get every option under its own path.
  CHECK_THAT(compare({"--table", "settings", "--csv"}).output,
             Contains(",optimizer.clip_norm.plugin,optimizer.clip_norm.max,optimizer.adam.plugin,"));
  folder.write("turns.yaml", R"(name: turns
dataset: {plugin: gaussian_ring, modes: 8}
model: {plugin: gan, generator: {hidden: [8]}, discriminator: {hidden: [8]}}
loss: {plugin: non_saturating}
optimizer: {plugin: adam, learning_rate: 1.0e-3}
trainer: {batch_size: 16, steps: 4}
metrics: [{plugin: mode_coverage, samples: 100, every: 4}]
sweep:
  axes:
    trainer.turns: {choice: [[{discriminator: 1}, {generator: 1}], [{discriminator: 2}, {generator: 1}]]}
  objective: mode_coverage/reverse_kl
)");
  REQUIRE(descent_in(folder, {"sweep", "turns.yaml", "--quiet"}).exit_code == 0);
  const std::string sensitivity =
      descent_in_utf8(folder, {"compare", "runs/turns", "--table", "sensitivity", "--markdown"}).output;
  CHECK_THAT(sensitivity, Contains("| [discriminator: ") && Contains(",generator: 1] |"));
  REQUIRE(plot(folder, {"runs/lists", "--metric", "train/objective", "--by", "optimizer", "-o", "x.svg"})
              .exit_code == 0);
  check_in_python(folder, read_svg + R"(
assert '[clip_norm, adam]' in said('x.svg') and 'sgd' in said('x.svg'), said('x.svg')
)");
}

TEST_CASE("tables with long values fit a narrow screen", "[program]") {
  const ScratchFolder folder;
  make_long_lists(folder);
  // A screen of 90 columns.
  check_in_python(folder, R"(
import fcntl, os, pty, struct, termios
def on_screen(words):
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ.update(LC_ALL='C.UTF-8', TERM='xterm', NO_COLOR='1')
        fcntl.ioctl(1, termios.TIOCSWINSZ, struct.pack('HHHH', 30, 90, 0, 0))
        os.execv(words[0], words)
    said = b''
    while True:
        try: part = os.read(terminal, 65536)
        except OSError: break
        if not part: break
        said += part
    os.waitpid(pid, 0)
    return said.decode().replace('\r', '').splitlines()
lines = on_screen([')" + std::string(DESCENT_BINARY_DIR) +
                              R"(/bin/descent', 'compare', 'runs', '--metric', 'train/objective'])
table = [line for line in lines if '1.25' in line]
assert len(table) == 2 and all(len(line) <= 90 and '…' in line for line in table), lines
)");
}
