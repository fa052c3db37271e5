#include "descent/sweep/proposals.hpp"

#include <fmt/format.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <fstream>
#include <map>
#include <set>

#include "descent/experiment/yaml.hpp"
#include "descent/sweep/parzen.hpp"
#include "descent/sweep/tpe.hpp"
#include "plan_support.hpp"

using namespace descent;
using namespace descent::testing;
using sweep::SearchPoint;
using sweep::SearchSpace;

namespace {

/// Of a section that needs no plugin: `axes: {…}`.
sweep::SweepSpec search_spec(const std::string& axes, const std::string& method = "tpe") {
  const ScratchFolder folder;
  const std::filesystem::path file = folder.path / "section.yaml";
  std::ofstream(file) << fmt::format("{{method: {}, runs: 100, objective: objective/value, {}}}\n", method,
                                     axes);
  Diagnostics diagnostics;
  const Value section = experiment::read_yaml(file, diagnostics);
  sweep::SweepSpec spec = sweep::read_sweep_spec(section, 1, diagnostics);
  diagnostics.throw_if_any();
  return spec;
}

const std::string search_tree =
    "axes: {rate: {min: 1.0e-3, max: 1.0, scale: log}, rule: {choice: [{plugin: a, width: {min: 1, max: 4}}, "
    "{plugin: b}, "
    "{plugin: c, depth: {min: 0.0, max: 2.0}}]}}";

/// The sum of a density over a space of one whole-number axis of 1 to 4, choices, and ranges on a fine grid.
double density_sum(const SearchSpace& space, const sweep::ParzenEstimator& density, SearchPoint point = {}) {
  constexpr int cells = 400;
  const std::size_t axis = point.size();
  if (axis == space.axes().size()) return std::exp(density.log_density(point));
  double sum = 0;
  point.push_back(NAN);
  SearchPoint padded = point;
  padded.resize(space.axes().size(), NAN);
  if (!space.is_reached(axis, padded)) return density_sum(space, density, point);
  const std::size_t choices = space.axes()[axis].choices;
  if (choices > 0) {
    for (std::size_t choice = 0; choice < choices; ++choice) {
      point[axis] = static_cast<double>(choice);
      sum += density_sum(space, density, point);
    }
  } else if (space.axes()[axis].front().range->is_whole()) {
    for (double at = 0; at < 1; at = space.cell(axis, at).second + 1e-9) {
      point[axis] = at + 1e-9;
      sum += density_sum(space, density, point);
    }
  } else {
    for (int cell = 0; cell < cells; ++cell) {
      point[axis] = (cell + 0.5) / cells;
      sum += density_sum(space, density, point) / cells;
    }
  }
  return sum;
}

}  // namespace

TEST_CASE("a point says the settings that a grid would, axes of other choices left out", "[sweep][search]") {
  const sweep::SweepSpec spec = search_spec(search_tree);
  const SearchSpace space(spec);
  REQUIRE(space.axes().size() == 4);
  const SearchPoint first = {0.5, 0, 0.99, NAN}, second = {0, 1, NAN, NAN};
  CHECK(space.is_valid(first));
  CHECK(space.is_valid(second));
  CHECK(!space.is_valid({0.5, 0, NAN, NAN}));
  CHECK(!space.is_valid({0.5, 1, 0.5, NAN}));
  CHECK(!space.is_valid({0.5, 3, NAN, NAN}));
  CHECK(!space.is_valid({1.5, 1, NAN, NAN}));
  CHECK(!space.is_valid({0.5, 0.5, NAN, NAN}));
  CHECK(!space.is_valid({0.5}));
  CHECK(sweep::settings_key(space.settings_of(first)) == "rate=0.0316228\nrule=plugin=a\nrule.width=4\n");
  CHECK(sweep::settings_key(space.settings_of(second)) == "rate=0.001\nrule=plugin=b\n");
}

TEST_CASE(
    "whole numbers have equal parts of an axis, and on a logarithmic one parts of log((k + 1/2)/(k - 1/2))",
    "[sweep][search]") {
  const sweep::SweepSpec spec =
      search_spec("axes: {a: {min: 1, max: 4}, b: {min: 1, max: 4, scale: log}, c: {min: 0.0, max: 4.0}}");
  const SearchSpace space(spec);
  for (int k = 1; k <= 4; ++k) {
    const auto [low, high] = space.cell(0, (k - 0.5) / 4);
    CHECK(low == Approx((k - 1) / 4.0).margin(1e-12));
    CHECK(high == Approx(k / 4.0));
    const auto [log_low, log_high] = space.cell(1, std::log(k / 0.5) / std::log(9));
    CHECK(log_high - log_low == Approx(std::log((k + 0.5) / (k - 0.5)) / std::log(9)));
  }
  CHECK(space.cell(2, 0.3) == std::pair(0.3, 0.3));
}

TEST_CASE("axes that are tied have one coordinate", "[sweep][search]") {
  const sweep::SweepSpec spec =
      search_spec("axes: {a: {choice: [1, 2]}, b: {min: 0.0, max: 1.0}, c: {choice: [3, 4]}}, zip: [a, c]");
  const SearchSpace space(spec);
  REQUIRE(space.axes().size() == 2);
  CHECK(sweep::settings_key(space.settings_of({1, 0.25})) == "a=2\nc=4\nb=0.25\n");
}

TEST_CASE("the density of the tree-structured Parzen estimator adds up to 1 over the tree",
          "[sweep][search]") {
  const sweep::SweepSpec spec = search_spec(search_tree);
  const SearchSpace space(spec);
  const std::vector<SearchPoint> points = {
      {0.0, 0, 0.1, NAN}, {0.3, 1, NAN, NAN}, {1.0, 2, NAN, 0.02}, {0.31, 2, NAN, 0.9}, {0.7, 0, 1.0, NAN}};
  const std::size_t count = GENERATE(0U, 1U, 5U);
  CAPTURE(count);
  std::vector<const SearchPoint*> observations;
  for (std::size_t i = 0; i < count; ++i) observations.push_back(&points[i]);
  CHECK(density_sum(space, sweep::ParzenEstimator(space, observations)) == Approx(1).epsilon(2e-3));
}

TEST_CASE("one observation of a Parzen estimator has the kernel of its formula", "[sweep][search]") {
  const sweep::SweepSpec spec = search_spec("axes: {a: {min: 0.0, max: 1.0}}");
  const SearchSpace space(spec);
  const SearchPoint point = {0.25};
  const sweep::ParzenEstimator density(space, {&point});
  // Half a normal density of width max(0.2, 1/3) around 0.25, half one of width 1 around 0.5, both cut off at 0 and 1.
  const auto cut = [](double at, double middle, double width) {
    const double z = (at - middle) / width;
    const auto below = [&](double x) { return 0.5 * std::erfc(-(x - middle) / (width * std::sqrt(2))); };
    return std::exp(-z * z / 2) / (width * std::sqrt(2 * M_PI)) / (below(1) - below(0));
  };
  for (const double at : {0.0, 0.2, 0.25, 0.9, 1.0})
    CHECK(std::exp(density.log_density({at})) ==
          Approx(0.5 * cut(at, 0.25, 1.0 / 3) + 0.5 * cut(at, 0.5, 1)).epsilon(1e-12));
}

TEST_CASE("points drawn from a Parzen estimator have its density", "[sweep][search]") {
  const sweep::SweepSpec spec = search_spec("axes: {a: {choice: [1, 2, 3]}, b: {min: 1, max: 3}}");
  const SearchSpace space(spec);
  const std::vector<SearchPoint> points = {{0, 0.1}, {0, 0.2}, {2, 0.9}};
  const sweep::ParzenEstimator density(space, {points.data(), &points[1], &points[2]});
  std::map<std::string, int> counts;
  constexpr int draws = 20000;
  for (int i = 0; i < draws; ++i) {
    RandomStream random(stream_key(1, "test"), static_cast<std::uint32_t>(i));
    const SearchPoint point = density.draw(random);
    REQUIRE(space.is_valid(point));
    ++counts[sweep::settings_key(space.settings_of(point))];
  }
  for (int a = 0; a < 3; ++a)
    for (int b = 1; b <= 3; ++b) {
      const SearchPoint point = {static_cast<double>(a), (b - 0.5) / 3};
      const double expected = draws * std::exp(density.log_density(point));
      // Five standard deviations of a binomial count.
      CHECK(std::abs(counts[sweep::settings_key(space.settings_of(point))] - expected) <
            5 * std::sqrt(expected));
    }
}

TEST_CASE("an observation of far past weighs less", "[sweep][search]") {
  const sweep::SweepSpec spec = search_spec("axes: {a: {choice: [1, 2]}}");
  const SearchSpace space(spec);
  // 30 observations, the first five of which are fading: 1/30 to 1.
  std::vector<SearchPoint> points(30, SearchPoint{0});
  points[0] = {1};
  std::vector<const SearchPoint*> observations;
  for (const SearchPoint& point : points) observations.push_back(&point);
  const auto second = [&] { return std::exp(sweep::ParzenEstimator(space, observations).log_density({1})); };
  const double old = second();
  std::swap(points[0], points[29]);
  CHECK(second() > 1.5 * old);
  // Its weight is 1/30 of those of all: 5 fading ones with the mean (1 + 1/30)/2, 25 newer ones, the prior.
  const double sum = 5 * (1 + 1.0 / 30) / 2 + 25 + 1, own = 1 / 31.0;
  const double of_own = (1 + own) / (1 + 2 * own), of_other = own / (1 + 2 * own);
  CHECK(old == Approx((1.0 / 30 * of_own + (sum - 1 - 1.0 / 30) * of_other + 0.5) / sum).epsilon(1e-12));
}

TEST_CASE("tpe proposes different points, and more of them where it was good", "[sweep][search]") {
  const sweep::SweepSpec spec = search_spec("axes: {a: {min: 0.0, max: 1.0}, b: {choice: [x, y, z]}}");
  const SearchSpace space(spec);
  sweep::SearchHistory history;
  for (int i = 0; i < 40; ++i) history.points.push_back({(i % 20 + 0.5) / 20, static_cast<double>(i % 3)});
  for (std::size_t i = 0; i < 40; ++i) history.ranking.push_back(i);
  const auto loss = [](const SearchPoint& point) {
    return std::abs(point[0] - 0.8) + (point[1] == 1 ? 0 : 1);
  };
  std::stable_sort(history.ranking.begin(), history.ranking.end(), [&](std::size_t left, std::size_t right) {
    return loss(history.points[left]) < loss(history.points[right]);
  });
  const std::vector<SearchPoint> round = sweep::propose_tpe(space, history, 1, 10, 12);
  REQUIRE(round.size() == 12);
  std::set<std::string> keys;
  int near = 0;
  for (const SearchPoint& point : round) {
    keys.insert(sweep::settings_key(space.settings_of(point)));
    near += point[1] == 1 && std::abs(point[0] - 0.8) < 0.2 ? 1 : 0;
  }
  CHECK(keys.size() == 12);
  CHECK(near >= 8);  // of evenly drawn ones 1.6
  CHECK(sweep::propose_tpe(space, history, 1, 10, 12) == round);
  CHECK(sweep::propose_tpe(space, history, 2, 10, 12) != round);
  CHECK(sweep::propose_tpe(space, history, 1, 11, 12) != round);
}

TEST_CASE("the first rounds of tpe are drawn evenly", "[sweep][search]") {
  const sweep::SweepSpec spec = search_spec("axes: {a: {min: 0.0, max: 1.0}, b: {choice: [x, y]}}");
  const SearchSpace space(spec);
  double sum = 0;
  int second = 0;
  constexpr int seeds = 2000;
  for (int seed = 1; seed <= seeds; ++seed) {
    const SearchPoint point = sweep::propose_tpe(space, {}, static_cast<std::uint64_t>(seed), 0, 1).front();
    sum += point[0];
    second += point[1] == 1 ? 1 : 0;
  }
  CHECK(sum / seeds == Approx(0.5).margin(5 / std::sqrt(12.0 * seeds)));
  CHECK(std::abs(second - seeds / 2) < 5 * std::sqrt(seeds) / 2);
}
