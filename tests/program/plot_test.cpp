#include <algorithm>
#include <catch2/catch.hpp>

#include "small_runs.hpp"

using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;
using namespace descent::testing;

TEST_CASE("plot draws a line for each run, or a band for each group", "[program]") {
  const ScratchFolder folder;
  make_bowls(folder);
  const Finished lines = descent_in(folder, {"plot", "runs", "--metric", "train/objective"});
  INFO(lines.errors);
  CHECK(lines.exit_code == 0);
  CHECK(lines.errors.empty());
  CHECK_THAT(lines.output, Contains("objective (train), lower is better") && Contains("step") &&
                               Contains("learning rate 0.05, seed 2") &&
                               Contains("learning rate 0.01, seed 1"));
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
assert 'mean of 2 runs; band: least to greatest' in bands, bands
assert 'mean of 2 runs; band: ± one standard deviation' in std, std
for text in (bands, std):
    assert 'learning rate 0.01' in text and 'learning rate 0.05' in text, text
assert png('lines.png')[0] == 1063, png('lines.png')  # 9 cm with 300 dots to an inch
assert open("it's.pdf", 'rb').read(5) == b'%PDF-'
)");
  CHECK_THAT(descent_in(folder, {"plot", "runs", "--metric", "value", "--by", "learning_rate"}).output,
             Contains("learning rate 0.01") && Contains("learning rate 0.05"));
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
  refused(apart, "name bowl is not drawn: there is no step at which all of its 5 runs");
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
