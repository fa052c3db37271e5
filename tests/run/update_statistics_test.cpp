#include "descent/train/update_statistics.hpp"

#include <catch2/catch.hpp>

#include "descent/run/run.hpp"
#include "descent/run/state.hpp"
#include "descent/runlog/log_reader.hpp"
#include "support/experiment_text.hpp"

using namespace descent;
using namespace descent::testing;
using Catch::Matchers::Contains;

// The loss ½·‖x‖², whose gradient is x.
static std::string bowl(const std::string& optimizer, const std::string& rest = "") {
  return "{name: bowl, model: {plugin: test_point, start: {x: [3, 4]}}, loss: test_quadratic, trainer: "
         "{steps: 8}, "
         "optimizer: " +
         optimizer + rest + "}";
}

static train::UpdateStatistics of_every_step(train::Training& training) {
  const auto always = [](std::int64_t) { return true; };
  return {training, always, always};
}

TEST_CASE("norms, their ratio and the effective learning rate of one step") {
  auto training = training_of(bowl("{plugin: sgd, learning_rate: 0.1}"));
  train::UpdateStatistics statistics = of_every_step(*training);
  play(*training, 1, &statistics);
  const train::UpdateSums sums = statistics.of_player(0, 1);
  CHECK(sums.gradient_norm() == Approx(5));
  CHECK(sums.update_norm() == Approx(0.5));
  CHECK(sums.value_norm() == Approx(4.5));
  CHECK(sums.update_ratio() == Approx(0.5 / 4.5));
  CHECK(sums.effective_learning_rate() == Approx(0.1));
  CHECK(std::isnan(sums.update_cosine()));
}

TEST_CASE("measuring is timed at the steps that measure, and at no others") {
  auto training = training_of(bowl("{plugin: sgd, learning_rate: 0.1}"));
  train::UpdateStatistics statistics(
      *training, [](std::int64_t step) { return step == 2; }, nullptr);
  play(*training, 1, &statistics);
  CHECK(statistics.seconds() == 0);
  play(*training, 1, &statistics);
  const double measuring = statistics.seconds();
  CHECK(measuring > 0);
  play(*training, 5, &statistics);
  CHECK(statistics.seconds() == measuring);
}

TEST_CASE("the cosine between successive updates is 1 downhill and -1 where they overshoot") {
  const auto cosine = [](const std::string& rate) {
    auto training = training_of(bowl("{plugin: sgd, learning_rate: " + rate + "}"));
    train::UpdateStatistics statistics = of_every_step(*training);
    play(*training, 2, &statistics);
    return statistics.of_player(0, 2).update_cosine();
  };
  CHECK(cosine("0.1") == Approx(1));
  CHECK(cosine("1.5") == Approx(-1));
}

TEST_CASE("the update before is known when only some steps are measured") {
  const auto cosine_at_6 = [](std::int64_t every) {
    auto training = training_of(bowl("[test_noise, {plugin: sgd, learning_rate: 0.3}]"));
    const auto due = [every](std::int64_t step) { return step % every == 0; };
    train::UpdateStatistics statistics(*training, due, due);
    play(*training, 6, &statistics);
    return statistics.of_player(0, 6).update_cosine();
  };
  const double expected = cosine_at_6(1);
  CHECK(std::abs(expected) < 0.9999999);
  CHECK(cosine_at_6(3) == expected);
  CHECK(cosine_at_6(6) == expected);
}

TEST_CASE("an update that is held back is none") {
  auto training =
      training_of(bowl("[{plugin: test_accumulate, every: 2}, {plugin: sgd, learning_rate: 0.1}]"));
  train::UpdateStatistics statistics = of_every_step(*training);
  play(*training, 1, &statistics);
  CHECK(statistics.of_player(0, 1).update == 0);
  CHECK(statistics.of_player(0, 1).gradient_norm() == Approx(5));
  play(*training, 1, &statistics);
  CHECK(statistics.of_player(0, 2).update_norm() == Approx(0.5));
}

TEST_CASE("an update is compared with the last one that was not held back") {
  const auto accumulating = [] {
    return training_of(bowl("[{plugin: test_accumulate, every: 3}, {plugin: sgd, learning_rate: 0.1}]"));
  };
  auto training = accumulating();
  train::UpdateStatistics statistics = of_every_step(*training);
  for (int step = 1; step <= 6; ++step) {
    play(*training, 1, &statistics);
    CHECK(std::isnan(statistics.of_player(0, step).update_cosine()) == (step != 6));
  }
  CHECK(statistics.of_player(0, 6).update_cosine() == Approx(1));

  training = accumulating();
  const auto at_sixth = [](std::int64_t step) { return step == 6; };
  train::UpdateStatistics rare(*training, at_sixth, at_sixth);
  play(*training, 6, &rare);
  CHECK(rare.of_player(0, 6).update_cosine() == Approx(1));
}

TEST_CASE("what is logged of the optimizer stands in a set for each player") {
  const ScratchFolder root;
  run::RunOptions options;
  options.root = root.path;
  const auto columns_of = [&](const std::string& log) {
    const experiment::Experiment experiment =
        experiment_of(bowl("{plugin: sgd, learning_rate: 0.1}", ", log: {optimizer: " + log + "}"));
    options.fresh = true;
    const run::RunResult result = run::run_experiment(experiment, test_registry(), options);
    REQUIRE(result.status == runlog::RunStatus::done);
    return runlog::LogReader(result.directory / "log.h5");
  };
  const runlog::LogReader log = columns_of("{every: 3, per: parameter}");
  const std::string set = log.sets().at(1).name;
  CHECK(set.starts_with("optimizer."));
  CHECK(log.steps(set) == std::vector<std::int64_t>{3, 6, 8});
  // The values shrink by 0.9 in every step.
  const double at_6 = 5 * std::pow(0.9, 5);
  CHECK(log.column(set, "gradient_norm").at(1) == Approx(at_6));
  CHECK(log.column(set, "x.vector/gradient_norm").at(1) == Approx(at_6));
  CHECK(log.column(set, "update_cosine").at(0) == Approx(1));
  const runlog::LogReader chosen = columns_of("{measures: [update_ratio]}");
  REQUIRE(chosen.sets().at(1).columns.size() == 1);
  CHECK(chosen.column(set, "update_ratio").size() == 8);
}

TEST_CASE("a wrong name among the measures is refused with its place") {
  CHECK_THAT(error_of([] { experiment_of(bowl("sgd", ", log: {optimizer: {measures: [gradient_nrm]}}")); }),
             Contains("log.optimizer.measures") && Contains("gradient_norm") && Contains("test.yaml:1:"));
}

TEST_CASE("cosines go on through saving and loading") {
  const ScratchFolder folder;
  const std::string yaml = bowl("[test_noise, {plugin: sgd, learning_rate: 0.3}]");
  auto straight = training_of(yaml), resumed = training_of(yaml);
  train::UpdateStatistics whole = of_every_step(*straight), rest = of_every_step(*resumed);
  play(*straight, 3, &whole);
  run::save_state(*straight, {}, folder.path / "state.h5", whole.state());
  play(*straight, 1, &whole);
  run::load_state(*resumed, folder.path / "state.h5", rest.state());
  play(*resumed, 1, &rest);
  CHECK(rest.of_player(0, 4).update_cosine() == whole.of_player(0, 4).update_cosine());
}
