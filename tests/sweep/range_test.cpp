#include <fmt/format.h>

#include <algorithm>
#include <catch2/catch.hpp>
#include <cmath>
#include <map>

#include "plan_support.hpp"

using namespace descent;
using namespace descent::testing;
using Catch::Matchers::Contains;

// What numbers lie in ranges, and how often each is drawn.
namespace {

const Value& value_of(const sweep::Configuration& configuration, const std::string& path) {
  const auto found = std::find_if(configuration.settings.begin(), configuration.settings.end(),
                                  [&](const sweep::Setting& setting) { return setting.path == path; });
  REQUIRE(found != configuration.settings.end());
  return found->value;
}

std::vector<double> numbers_of(const sweep::SweepPlan& plan, const std::string& path) {
  std::vector<double> numbers;
  for (const sweep::Configuration& configuration : plan.configurations)
    numbers.push_back(value_of(configuration, path).number());
  return numbers;
}

bool are_whole(const sweep::SweepPlan& plan, const std::string& path) {
  return std::all_of(plan.configurations.begin(), plan.configurations.end(), [&](const auto& configuration) {
    return value_of(configuration, path).is(Value::Kind::integer);
  });
}

/// How often each whole number is drawn.
std::map<std::int64_t, double> drawn_counts(const std::string& method, const std::string& range, int runs) {
  const sweep::SweepPlan plan = plan_of(fmt::format(
      "sweep: {{axes: {{model.repeat: {}, optimizer.learning_rate: {{min: 1.0e-4, max: 0.1, scale: log}}}}, "
      "method: {}, runs: {}}}\n",
      range, method, runs));
  std::map<std::int64_t, double> counts;
  for (const sweep::Configuration& configuration : plan.configurations)
    counts[value_of(configuration, "model.repeat").integer()] += 1;
  return counts;
}

/// Pearson's statistic of counts against expected shares.
double chi_square(const std::map<std::int64_t, double>& counts, const std::map<std::int64_t, double>& shares,
                  int runs) {
  double sum = 0;
  for (const auto& [number, share] : shares) {
    const auto found = counts.find(number);
    const double count = found == counts.end() ? 0 : found->second, expected = share * runs;
    sum += (count - expected) * (count - expected) / expected;
  }
  return sum;
}

}  // namespace

TEST_CASE("whole numbers of a range are drawn equally often, its ends too", "[sweep]") {
  constexpr int runs = 3000;
  const auto [range, least, most] = GENERATE(table<std::string, int, int>(
      {{"{min: 1, max: 4}", 1, 4}, {"{min: 3, max: 4}", 3, 4}, {"{min: 1, max: 10}", 1, 10}}));
  CAPTURE(range);
  std::map<std::int64_t, double> shares;
  for (int number = least; number <= most; ++number) shares[number] = 1.0 / (most - least + 1);
  // Of 9 degrees of freedom the statistic is above 27.9 once in a thousand times, of fewer more seldom.
  CHECK(chi_square(drawn_counts("random", range, runs), shares, runs) < 27.9);
  for (const auto& [number, count] : drawn_counts("sobol", range, runs))
    CHECK(std::abs(count - shares.at(number) * runs) <= 3);
}

TEST_CASE("on a logarithmic scale whole numbers are drawn log-uniformly", "[sweep]") {
  constexpr int runs = 3000;
  const auto [least, most] = GENERATE(table<int, int>({{1, 4}, {1, 8}, {4, 12}}));
  const std::string range = fmt::format("{{min: {}, max: {}, scale: log}}", least, most);
  CAPTURE(range);
  std::map<std::int64_t, double> shares;
  const double all = std::log((most + 0.5) / (least - 0.5));
  for (int k = least; k <= most; ++k) shares[k] = std::log((k + 0.5) / (k - 0.5)) / all;
  CHECK(chi_square(drawn_counts("random", range, runs), shares, runs) < 27.9);
  for (const auto& [number, count] : drawn_counts("sobol", range, runs))
    CHECK(std::abs(count - shares.at(number) * runs) <= 4);
}

TEST_CASE("settings of halving are drawn as evenly", "[sweep]") {
  const sweep::SweepPlan plan = plan_of(
      "sweep: {axes: {model.repeat: {min: 1, max: 3}, optimizer.beta1: {min: 0.0, max: 0.9}}, method: "
      "halving, "
      "runs: 1200, halving: {first_rung: 5}, objective: objective}\n");
  std::map<double, int> counts;
  for (const double number : numbers_of(plan, "model.repeat")) ++counts[number];
  CHECK(counts.size() == 3);
  for (const auto& [number, count] : counts) CHECK(std::abs(count - 400) < 70);  // four standard deviations
}

TEST_CASE("numbers of a range are whole where the option's are, however the ends are written", "[sweep]") {
  struct Case {
    std::string path, range;
    bool whole;
    std::vector<double> numbers;
  };
  const auto [path, range, whole, numbers] = GENERATE(values<Case>({
      {"optimizer.weight_decay",
       "{min: 1, max: 10, scale: log, points: 4}",
       false,
       {1, 2.15443, 4.64159, 10}},
      {"optimizer.weight_decay",
       "{min: 1.0, max: 10, scale: log, points: 4}",
       false,
       {1, 2.15443, 4.64159, 10}},
      {"optimizer.weight_decay", "{min: 0, max: 1, points: 5}", false, {0, 0.25, 0.5, 0.75, 1}},
      {"optimizer.learning_rate", "{min: 1, max: 2, points: 3}", false, {1, 1.5, 2}},
      {"loss.weight", "{min: 1, max: 2, points: 3}", false, {1, 1.5, 2}},
      {"optimizer.adamw.epsilon", "{min: 1, max: 2, points: 3}", false, {1, 1.5, 2}},
      {"model.repeat", "{min: 1, max: 4, points: 4}", true, {1, 2, 3, 4}},
      {"model.repeat", "{min: 1.0, max: 4.0, points: 4}", true, {1, 2, 3, 4}},
      {"model.repeat", "{min: 1, max: 10, scale: log, points: 4}", true, {1, 2, 5, 10}},
      {"trainer.steps", "{min: 10, max: 20, points: 4}", true, {10, 13, 17, 20}},
      {"trainer.batch_size", "{min: 1, max: 4, points: 2}", true, {1, 4}},
      {"metrics.objective.every", "{min: 1, max: 4, points: 3}", true, {1, 3, 4}},
      {"threads", "{min: 1, max: 2, points: 2}", true, {1, 2}},
  }));
  CAPTURE(path, range);
  const sweep::SweepPlan plan =
      plan_of("sweep: {axes: {" + path + ": " + range + "}}\n", {"optimizer=adamw"});
  CHECK(numbers_of(plan, path) == numbers);
  CHECK(are_whole(plan, path) == whole);
  // A frozen sweep is read without the plugins.
  Diagnostics diagnostics;
  const sweep::SweepSpec frozen = sweep::read_sweep_spec(plan.section, 1, diagnostics);
  CHECK(diagnostics.empty());
  CHECK(frozen.axes.front().range->is_whole() == whole);
  CHECK(frozen.axes.front().choices.size() == numbers.size());
}

TEST_CASE("the kind of a range's numbers is that of the section in which it stands", "[sweep]") {
  const sweep::SweepPlan plan = plan_of(R"(sweep:
  axes:
    optimizer:
      choice:
        - {plugin: adamw, learning_rate: {schedule: linear, from: {min: 1, max: 2, points: 3}, to: 0, steps: {min: 1, max: 2, points: 2}}}
        - [{plugin: clip_norm, max: {min: 1, max: 2, points: 3}}, {plugin: accumulate, every: {min: 1, max: 3, points: 3}}, sgd]
)");
  CHECK(plan.configurations.size() == 3 * 2 + 3 * 3);
  Diagnostics diagnostics;
  const sweep::SweepSpec frozen = sweep::read_sweep_spec(plan.section, 1, diagnostics);
  CHECK(diagnostics.empty());
  const auto& choices = frozen.axes.front().choices;
  CHECK_FALSE(choices[0].axes[0].range->is_whole());
  CHECK(choices[0].axes[1].range->is_whole());
  CHECK_FALSE(choices[1].axes[0].range->is_whole());
  CHECK(choices[1].axes[1].range->is_whole());
}

TEST_CASE("more points than whole numbers are a mistake of whole options alone", "[sweep]") {
  CHECK_THAT(error_of([] { plan_of("sweep: {axes: {model.repeat: {min: 1, max: 3, points: 5}}}\n"); }),
             Contains("valley.yaml:7:55: the axis 'model.repeat' has no 5 different whole numbers"));
  CHECK(plan_of("sweep: {axes: {optimizer.learning_rate: {min: 1, max: 3, points: 5}}}\n").runs.size() == 5);
  // A fraction for an option of whole numbers is that option's mistake.
  CHECK_THAT(error_of([] { plan_of("sweep: {axes: {model.repeat: {min: 1, max: 3.5, points: 2}}}\n"); }),
             Contains("'repeat' must be a whole number"));
}

TEST_CASE("ends beyond what a double holds exactly stay ends", "[sweep]") {
  const std::int64_t most = std::numeric_limits<std::int64_t>::max();
  const sweep::AxisRange wide{Value::of(std::int64_t{0}), Value::of(most), false};
  CHECK(wide.at(1).integer() == most);
  CHECK(wide.drawn(1 - 0x1p-53).integer() >= most - 1023);  // the next double below
  CHECK(wide.drawn(0).integer() == 0);
  const sweep::AxisRange two{Value::of(7), Value::of(8), true};
  CHECK(two.drawn(0).integer() == 7);
  CHECK(two.drawn(1 - 0x1p-53).integer() == 8);
}
