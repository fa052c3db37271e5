#include <catch2/catch.hpp>
#include <filesystem>

#include "check_output.hpp"
#include "support/synthetic_sweep.hpp"

using namespace descent;
using namespace descent::testing;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

namespace {

Finished descent_in_utf8(const ScratchFolder& folder, const std::vector<std::string>& arguments) {
  return descent_in(folder, arguments, {"LC_ALL=C.UTF-8"});
}

/// `valley`: two optimizers, three seeds; sgd at 0.1 always diverges, adam's second seed at 0.1 too.
FrozenSweep make_sweep(const ScratchFolder& folder) {
  FrozenSweep sweep = frozen_sweep(folder.path, R"(
  axes:
    optimizer:
      choice:
        - {plugin: sgd, learning_rate: {min: 0.001, max: 0.1, scale: log, points: 3}}
        - {plugin: adam, learning_rate: {min: 0.001, max: 0.1, scale: log, points: 3}}
  seeds: 3
  objective: objective/value)");
  finish_runs(sweep, "optimizer=sgd,learning_rate=0.001", {1, 2, 3});
  finish_runs(sweep, "optimizer=sgd,learning_rate=0.01", {0.5, 0.5, 2});
  for (const char* seed : {"1", "2", "3"})
    diverge_run(sweep, std::string("optimizer=sgd,learning_rate=0.1/seed=") + seed);
  finish_runs(sweep, "optimizer=adam,learning_rate=0.001", {0.125, 0.25, 0.375});
  finish_runs(sweep, "optimizer=adam,learning_rate=0.01", {0.25, 0.5, 0.75});
  finish_run(sweep, "optimizer=adam,learning_rate=0.1/seed=1", 5);
  diverge_run(sweep, "optimizer=adam,learning_rate=0.1/seed=2");
  finish_run(sweep, "optimizer=adam,learning_rate=0.1/seed=3", 7);
  return sweep;
}

/// A race to a target on two starts, two seeds each.
void make_race(const ScratchFolder& folder) {
  const FrozenSweep sweep = frozen_sweep(folder.path,
                                         "{axes: {optimizer: {choice: [sgd, adam]}, model.start: {choice: "
                                         "[[0, 0], [1, 1]]}}, seeds: 2, protocol: "
                                         "{time_to_target: {target: 0.5}}, objective: objective/value}");
  std::int64_t steps = 100;
  for (const FrozenRun& run : sweep.runs) {
    if (run.folder == "optimizer=adam,start=[1,1]/seed=2")
      end_run(sweep, run.folder, {RunStatus::done, 900, {}, {}, 9}, {{900, 0.75}});
    else
      reach_target(sweep, run.folder, steps, static_cast<double>(steps) / 50, 0.5);
    steps += 100;
  }
}

}  // namespace

TEST_CASE("compare tells of a sweep its settings, the best, the sensitivity, and what to doubt",
          "[program]") {
  const ScratchFolder folder;
  make_sweep(folder);
  const Finished text = descent_in_utf8(folder, {"compare", "valley"});
  INFO(text.output);
  CHECK(text.exit_code == 0);
  CHECK_THAT(
      text.output,
      StartsWith("train.objective/value (lower is better)\n18 runs of 6 settings: 14 done, 4 diverged"));
  CHECK_THAT(text.output, Contains("The best setting of each optimizer") && Contains("0.25 ± 0.12") &&
                              Contains("0.5 [0.5, 1.25]") && Contains("Sensitivity to each axis"));
  CHECK_THAT(text.output, Contains("warning: the best setting of all, of adam, lies at the lower end of "
                                   "optimizer.learning_rate (0.001)"));
  CHECK_THAT(text.output, !Contains("warning: the best setting of sgd"));
  const std::string json = descent_in_utf8(folder, {"compare", "valley", "--json"}).output;
  check_in_python(
      folder, json, as_json,
      "[(r['optimizer'], r['optimizer.learning_rate'], r['mean'], r['n'], r['diverged'], r['best']) "
      "for r in data['settings']] == [('adam', .001, .25, 3, 0, True), ('adam', .01, .5, 3, 0, "
      "False), ('sgd', .01, 1, 3, 0, True), ('sgd', .001, 2, 3, 0, False), ('adam', .1, 6, 2, 1, "
      "False), ('sgd', .1, None, 0, 3, False)]");
  check_in_python(
      folder, json, as_json,
      "[(r['folder'], r['lower_quartile'], r['upper_quartile']) for r in data['best']] == "
      "[('optimizer=adam,learning_rate=0.001', .1875, .3125), ('optimizer=sgd,learning_rate=0.01', "
      ".5, 1.25)] and len(data['warnings']) == 1");
  check_in_python(
      folder, json, as_json,
      "[(r['axis'], r['within'], r['range'], r['without_value']) for r in data['sensitivity']] == "
      "[('optimizer', '', .75, None), ('optimizer.learning_rate', 'sgd', 1, 1), "
      "('optimizer.learning_rate', 'adam', .25, 1)]");
  check_in_python(folder, descent_in_utf8(folder, {"compare", "valley", "--csv", "--top", "2"}).output,
                  as_csv, "len(data) == 2 and data[0]['seeds'] == '1 2 3' and data[0]['median'] == '0.25'");
  check_in_python(folder,
                  descent_in_utf8(folder, {"compare", "valley", "--csv", "--table", "sensitivity"}).output,
                  as_csv, "[r['best_value'] for r in data] == ['adam', '0.01', '0.001']");
  // Other groups than the axes' settings, of the same objective.
  check_in_python(folder,
                  descent_in_utf8(folder, {"compare", "valley", "--by", "optimizer.plugin", "--json"}).output,
                  as_json,
                  "[(r['metric'], r['n']) for r in data] == [('train.objective/value', 6), "
                  "('train.objective/value', 8)]");
}

TEST_CASE("a sweep that was frozen with its objective's short name means the metric by it", "[program]") {
  const ScratchFolder folder;
  const FrozenSweep sweep = make_sweep(folder);
  std::string text = content(sweep.directory / "sweep.yaml");
  const std::size_t at = text.find("objective: objective/value");
  REQUIRE(at != std::string::npos);
  folder.write("valley/sweep.yaml", text.replace(at, 26, "objective: objective"));
  for (const auto& by : {std::vector<std::string>(), {"--by", "optimizer.plugin"}}) {
    std::vector<std::string> words = {"compare", "valley"};
    words.insert(words.end(), by.begin(), by.end());
    const Finished compared = descent_in_utf8(folder, words);
    INFO(compared.errors);
    CHECK(compared.exit_code == 0);
    CHECK_THAT(compared.output, StartsWith("train.objective/value (lower is better)"));
  }
  CHECK(descent_in_utf8(folder, {"plot", "valley", "--sensitivity", "-o", "rates.svg"}).exit_code == 0);
  CHECK(descent_in_utf8(folder, {"collect", "valley"}).exit_code == 0);
}

TEST_CASE("compare writes tables for papers and web pages", "[program]") {
  const ScratchFolder folder;
  make_sweep(folder);
  const std::string markdown =
      descent_in_utf8(folder, {"compare", "valley", "--table", "best", "--markdown"}).output;
  CHECK_THAT(markdown,
             Contains("| best | optimizer | learning_rate | mean ± std | median [quartiles] | n | seeds |\n"
                      "| --- | --- | --- | ---: | ---: | ---: | --- |\n"
                      "| \\* | adam | 0.001 | 0.25 ± 0.12 | 0.25 [0.1875, 0.3125] | 3 | 1-3 |\n"));
  const std::string latex =
      descent_in_utf8(folder, {"compare", "valley", "--table", "best", "--latex"}).output;
  CHECK_THAT(
      latex,
      Contains("% needs \\usepackage{booktabs}\n\\begin{tabular}{lllrrrl}\n  \\toprule\n") &&
          Contains("optimizer & learning\\_rate & mean $\\pm$ std & median {[}quartiles{]} & n & seeds "
                   "\\\\\n  \\midrule\n") &&
          Contains("adam & 0.001 & 0.25 $\\pm$ 0.12 & ") && Contains("  \\bottomrule\n\\end{tabular}\n"));
  // All tables, and every line of words a comment.
  folder.write("all.tex", descent_in_utf8(folder, {"compare", "valley", "--latex"}).output);
  const Finished python = run_program({"/usr/bin/python3", "-c", R"(
import re
text = open('all.tex').read()
assert text.count('\\begin{tabular}') == text.count('\\end{tabular}') == 3
for table in re.findall(r'\\begin{tabular}{(\w+)}\n(.*?)\\end{tabular}', text, re.S):
    rows = [line for line in table[1].splitlines() if line.endswith('\\\\')]
    assert len(rows) > 1 and all(len(re.findall(r'(?<!\\)&', row)) == len(table[0]) - 1 for row in rows), rows
    assert not re.search(r'(?<!\\)[_#%]', table[1]), table[1]
outside = re.sub(r'\\begin{tabular}.*?\\end{tabular}\n', '', text, flags=re.S)
assert all(not line or line.startswith('% ') for line in outside.splitlines()), outside
)"},
                                      folder.path);
  INFO(python.errors);
  CHECK(python.exit_code == 0);
  // Of any runs.
  CHECK_THAT(descent_in_utf8(folder, {"compare", "valley/optimizer=adam,learning_rate=0.01", "--metric",
                                      "value", "--markdown"})
                 .output,
             Contains("| mean ± std | median [quartiles] |"));
}

TEST_CASE("compare says what is wrong with a question about a sweep", "[program]") {
  const ScratchFolder folder;
  const FrozenSweep sweep = make_sweep(folder);
  refused(descent_in_utf8(folder, {"compare", "valley", "--metric", "objective/valeu"}),
          "did you mean 'objective/value'?");
  refused(descent_in_utf8(folder, {"compare", "valley", "--table", "best", "--by", "optimizer"}),
          "without --by");
  refused(descent_in_utf8(folder, {"compare", "valley", "--table", "profile"}),
          "there is no table 'profile'");
  refused(descent_in_utf8(folder, {"compare", "valley", "--table", "bets"}), "--table");
  refused(descent_in_utf8(folder, {"compare", "valley", "--csv", "--latex"}), "excludes");
  std::filesystem::resize_file(sweep.directory / "optimizer=adam,learning_rate=0.001/seed=1/log.h5", 500);
  const Finished damaged = descent_in_utf8(folder, {"compare", "valley"});
  CHECK(damaged.exit_code == 1);
  CHECK_THAT(damaged.errors, StartsWith("damaged: valley/optimizer=adam,learning_rate=0.001/seed=1"));
  const ScratchFolder fresh;
  frozen_sweep(fresh.path, "{axes: {optimizer.beta1: {choice: [0.0, 0.5]}}, objective: objective/value}");
  refused(descent_in_utf8(fresh, {"compare", "valley"}),
          "no run of the sweep 'valley' has a log with a metric yet");
}

TEST_CASE("collect writes sweep.h5, and again", "[program]") {
  const ScratchFolder folder;
  make_sweep(folder);
  for (int time = 0; time < 2; ++time) {
    const Finished collected = descent_in_utf8(folder, {"collect", "valley"});
    CHECK(collected.exit_code == 0);
    CHECK(collected.output == "valley/sweep.h5: 18 runs, 18 logs linked\n");
  }
  refused(descent_in_utf8(folder, {"collect", "vally"}), "did you mean 'valley'?");
  refused(descent_in_utf8(folder, {"collect", "valley/optimizer=sgd,learning_rate=0.1"}), "is no sweep");
}

TEST_CASE("plot draws the sensitivity to a learning rate", "[program]") {
  const ScratchFolder folder;
  make_sweep(folder);
  const Finished picture = descent_in_utf8(folder, {"plot", "valley", "--sensitivity", "-o", "rates.svg"});
  INFO(picture.errors);
  CHECK(picture.exit_code == 0);
  CHECK(picture.output ==
        "rates.svg: train.objective/value against learning_rate, 2 curves; median and quartiles over 3 "
        "seeds\n");
  const std::string svg = content(folder.path / "rates.svg");
  CHECK_THAT(svg, Contains("valley: sensitivity to learning_rate") &&
                      Contains("median and quartiles over 3 seeds") &&
                      Contains("train.objective/value (lower is better)") && Contains(">sgd<") &&
                      Contains(">adam<") && Contains("some seeds diverged or failed") &&
                      Contains("all seeds diverged or failed"));
  CHECK(descent_in_utf8(folder, {"plot", "valley", "--sensitivity", "--std", "-o", "rates.png"}).exit_code ==
        0);
  CHECK_THAT(content(folder.path / "rates.png"), StartsWith("\x89PNG"));
  CHECK(descent_in_utf8(folder, {"plot", "valley", "--sensitivity", "--std", "-o", "std.svg"}).exit_code ==
        0);
  CHECK_THAT(content(folder.path / "std.svg"), Contains("mean ± standard deviation over 3 seeds"));
  CHECK(descent_in_utf8(folder, {"plot", "valley", "--sensitivity", "-o", "rates.pdf"}).exit_code == 0);
  CHECK_THAT(content(folder.path / "rates.pdf"), StartsWith("%PDF-"));
  const Finished terminal = descent_in_utf8(folder, {"plot", "valley", "--sensitivity"});
  CHECK(terminal.exit_code == 0);
  CHECK_THAT(terminal.output,
             Contains("learning_rate") && Contains("adam") && Contains("all seeds diverged or failed"));
}

TEST_CASE("plot says what it cannot draw of a sweep", "[program]") {
  const ScratchFolder folder;
  const FrozenSweep sweep = make_sweep(folder);
  const std::string rates =
      "{axes: {optimizer.learning_rate: {min: 0.1, max: 1, points: 2}}, objective: objective}";
  for (const char* name : {"nothing", "below"}) {
    const FrozenSweep other = frozen_sweep(folder.path / "others", rates);
    for (const FrozenRun& run : other.runs) {
      if (std::string(name) == "below")
        finish_run(other, run.folder, -1);
      else
        diverge_run(other, run.folder);
    }
    std::filesystem::rename(other.directory, folder.path / name);
  }
  const auto plot = [&](std::vector<std::string> words) {
    words.insert(words.begin(), "plot");
    return descent_in_utf8(folder, words);
  };
  refused(plot({"valley"}), "say with --metric what is drawn");
  refused(plot({"valley", "--sensitivity", "--x", "optimizer"}), "the axis 'optimizer' has no numbers");
  refused(plot({"valley", "--sensitivity", "--x", "beta1"}), "the sweep has no axis 'beta1'");
  refused(plot({"valley", "--sensitivity", "--metric", "objective/valeu"}),
          "did you mean 'objective/value'?");
  refused(plot({"valley", "--sensitivity", "--by", "optimizer"}), "a curve for each optimizer");
  refused(plot({"valley", "--sensitivity", "-o", "x.gif"}), ".svg, .png or .pdf");
  refused(plot({"valley", "--sensitivity", "--profile"}), "excludes");
  refused(plot({"valley/optimizer=sgd,learning_rate=0.1", "--sensitivity"}), "is no sweep");
  refused(plot({"valley", "--profile"}), "has no target");
  refused(plot({"valley", "--metric", "value", "--x", "learning_rate"}), "for --sensitivity");
  refused(plot({"nothing", "--sensitivity"}), "no run that is done has a value of train.objective/value");
  refused(plot({"nothing", "--sensitivity", "--log-y"}), "no run that is done has a value");
  refused(plot({"below", "--sensitivity", "--log-y"}), "no value is above zero");
  // Runs that have not ended are left out, and said so.
  write_status(sweep.directory / "optimizer=sgd,learning_rate=0.01/seed=2", {RunStatus::stopped, 50});
  const Finished some = plot({"valley", "--sensitivity", "-o", "some.svg"});
  CHECK(some.exit_code == 0);
  CHECK_THAT(some.errors, Contains("note: 1 of 18 runs have not ended, and are left out"));
}

TEST_CASE("a race to a target is compared by steps and seconds, and drawn as profiles", "[program]") {
  const ScratchFolder folder;
  make_race(folder);
  const Finished text = descent_in_utf8(folder, {"compare", "valley"});
  INFO(text.output << text.errors);
  CHECK(text.exit_code == 0);
  CHECK_THAT(text.output, StartsWith("steps until train.objective/value is 0.5 or less (lower is better)") &&
                              Contains("never reached") && Contains("Performance profiles"));
  const std::string json = descent_in_utf8(folder, {"compare", "valley", "--json"}).output;
  // sgd: 100 and 200, 300 and 400; adam: 500 and 600, 700 and never.
  check_in_python(
      folder, json, as_json,
      "[(r['optimizer'], r['mean'], r['n'], r['not_finite'], r['training_seconds_mean']) for r in "
      "data['settings']] == [('sgd', 150, 2, 0, 3), ('sgd', 350, 2, 0, 7), ('adam', 550, 2, 0, 11), "
      "('adam', 700, 1, 1, 14)]");
  check_in_python(
      folder, json, as_json,
      "[(r['effort'], r['optimizer'], r['solved'], r['fastest'], r['within_4']) for r in "
      "data['profile']] == [('training seconds', 'sgd', 4, 1, 1), ('training seconds', 'adam', 3, 0, "
      ".5), ('steps', 'sgd', 4, 1, 1), ('steps', 'adam', 3, 0, .5)]");
  const Finished picture = descent_in_utf8(folder, {"plot", "valley", "--profile", "-o", "profiles.svg"});
  CHECK(picture.output == "profiles.svg: 2 profiles of valley on 4 problems\n");
  CHECK_THAT(content(folder.path / "profiles.svg"), Contains("valley: share of 4 problems solved") &&
                                                        Contains(">sgd: 1.00<") &&
                                                        Contains("seconds of training to the target"));
  const Finished terminal = descent_in_utf8(folder, {"plot", "valley", "--profile", "--steps"});
  CHECK(terminal.exit_code == 0);
  CHECK_THAT(terminal.output, Contains("fastest optimizer's steps") && Contains("adam"));
}
