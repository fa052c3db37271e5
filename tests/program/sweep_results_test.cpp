#include <catch2/catch.hpp>
#include <filesystem>

#include "check_output.hpp"
#include "played_sweeps.hpp"

using namespace descent;
using namespace descent::testing;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

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
  // Other groups than the axes' settings, of the same objective and in the same order: of the first fewer runs went wrong.
  check_in_python(folder,
                  descent_in_utf8(folder, {"compare", "valley", "--by", "optimizer.plugin", "--json"}).output,
                  as_json,
                  "[(r['metric'], r['n'], r['diverged']) for r in data] == [('train.objective/value', 8, 1), "
                  "('train.objective/value', 6, 3)]");
}

TEST_CASE("a sweep that was frozen with its objective's short name means the metric by it", "[program]") {
  const ScratchFolder folder;
  const sweep::FrozenSweep sweep = make_sweep(folder);
  std::string text = content(sweep.directory / "sweep.yaml");
  const std::size_t at = text.find("objective: objective/value");
  REQUIRE(at != std::string::npos);
  text.replace(at, 26, "objective: objective");
  folder.write("valley/sweep.yaml", text.substr(0, text.find("# crc32c")));
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
  const sweep::FrozenSweep sweep = make_sweep(folder);
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
