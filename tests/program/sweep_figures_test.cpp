#include <catch2/catch.hpp>
#include <filesystem>

#include "check_output.hpp"
#include "played_sweeps.hpp"

using namespace descent;
using namespace descent::testing;
using Catch::Matchers::Contains;
using Catch::Matchers::StartsWith;

TEST_CASE("plot draws the sensitivity to a learning rate", "[program]") {
  const ScratchFolder folder;
  make_sweep(folder);
  const Finished picture = descent_in_utf8(folder, {"plot", "valley", "--sensitivity", "-o", "rates.svg"});
  INFO(picture.errors);
  CHECK(picture.exit_code == 0);
  CHECK(picture.output ==
        "rates.svg: train.objective/value against learning_rate, 2 curves; median and quartiles over 3 "
        "seeds (band)\n");
  const std::string svg = content(folder.path / "rates.svg");
  CHECK_THAT(svg, Contains("valley: sensitivity to learning rate") &&
                      Contains("median and quartiles over 3 seeds") &&
                      Contains("objective (train), lower is better") && Contains(">sgd<") &&
                      Contains(">adam<") && Contains("hollow: some seeds diverged or failed") &&
                      Contains("cross: all seeds diverged or failed"));
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
             Contains("learning rate") && Contains("adam") && Contains("all seeds diverged or failed"));
}

TEST_CASE("plot prints the points of a sensitivity", "[program]") {
  const ScratchFolder folder;
  make_sweep(folder);
  const Finished quartiles = descent_in_utf8(folder, {"plot", "valley", "--sensitivity", "--csv"});
  CHECK(quartiles.exit_code == 0);
  CHECK(quartiles.output ==
        "optimizer,axis,x,median,lower_quartile,upper_quartile,n,went_wrong,setting\n"
        "adam,learning_rate,0.001,0.25,0.1875,0.3125,3,0,\"optimizer=adam,learning_rate=0.001\"\n"
        "adam,learning_rate,0.01,0.5,0.375,0.625,3,0,\"optimizer=adam,learning_rate=0.01\"\n"
        "adam,learning_rate,0.1,6,5.5,6.5,2,1,\"optimizer=adam,learning_rate=0.1\"\n"
        "sgd,learning_rate,0.001,2,1.5,2.5,3,0,\"optimizer=sgd,learning_rate=0.001\"\n"
        "sgd,learning_rate,0.01,0.5,0.5,1.25,3,0,\"optimizer=sgd,learning_rate=0.01\"\n"
        "sgd,learning_rate,0.1,,,,0,3,\"optimizer=sgd,learning_rate=0.1\"\n");
  const Finished mean = descent_in_utf8(folder, {"plot", "valley", "--sensitivity", "--std", "--csv"});
  CHECK_THAT(mean.output,
             StartsWith("optimizer,axis,x,mean,standard_deviation,n,went_wrong,setting\n"
                        "adam,learning_rate,0.001,0.25,0.125,3,0,\"optimizer=adam,learning_rate=0.001\"\n") &&
                 Contains("sgd,learning_rate,0.1,,,0,3,"));
}

TEST_CASE("plot says what it cannot draw of a sweep", "[program]") {
  const ScratchFolder folder;
  const sweep::FrozenSweep sweep = make_sweep(folder);
  const std::string rates =
      "{axes: {optimizer.learning_rate: {min: 0.1, max: 1, points: 2}}, objective: objective}";
  for (const char* name : {"nothing", "below"}) {
    const sweep::FrozenSweep other = frozen_sweep(folder.path / "others", rates);
    for (const sweep::FrozenRun& run : other.runs) {
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
  refused(plot({"valley", "--metric", "value", "--steps"}), "for --profile");
  refused(plot({"valley", "--sensitivity", "--steps"}), "for --profile");
  refused(plot({"valley", "--profile", "--x", "learning_rate"}), "for --sensitivity");
  refused(plot({"valley", "--profile", "--std"}), "a profile has none");
  refused(plot({"nothing", "--sensitivity"}), "no run that is done has a value of objective (train)");
  refused(plot({"nothing", "--sensitivity", "--log-y"}), "no run that is done has a value");
  refused(plot({"below", "--sensitivity", "--log-y"}), "no value is above zero");
  // Runs that have not ended are left out, and said so.
  runlog::write_status(sweep.directory / "optimizer=sgd,learning_rate=0.01/seed=2",
                       {runlog::RunStatus::stopped, 50});
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
  CHECK_THAT(content(folder.path / "profiles.svg"), Contains("valley: performance profiles on 4 problems") &&
                                                        Contains(">sgd: 1.00<") &&
                                                        Contains("seconds of training to the target"));
  // The fastest of each problem is sgd: adam took 5, 3, 7/3 times as long, and never came there.
  CHECK(
      descent_in_utf8(folder, {"plot", "valley", "--profile", "--steps", "--csv"}).output ==
      "optimizer,effort,factor,share,problems,score\nsgd,steps,1,1,4,1\nadam,steps,1,0,4,0.2222222222222222\n"
      "adam,steps,2.3333333333333335,0.25,4,0.2222222222222222\nadam,steps,3,0.5,4,0.2222222222222222\n"
      "adam,steps,5,0.75,4,0.2222222222222222\n");
  const Finished terminal = descent_in_utf8(folder, {"plot", "valley", "--profile", "--steps"});
  CHECK(terminal.exit_code == 0);
  CHECK_THAT(terminal.output, Contains("fastest optimizer's steps") && Contains("adam"));
}
