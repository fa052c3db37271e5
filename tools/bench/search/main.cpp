// Plays the search methods on functions, without a run being trained: what they find, and what a suggestion costs.
#include <fmt/format.h>

#include <chrono>
#include <cmath>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "descent/experiment/yaml.hpp"
#include "descent/sweep/proposals.hpp"

using namespace descent;

namespace {

/// Numbers and texts by the axes' names.
using Settings = std::map<std::string, Value>;

struct Problem {
  std::string axes;
  std::function<double(Settings&)> loss;
};

std::string ranges(int count, double least, double greatest) {
  std::string axes;
  for (int i = 0; i < count; ++i)
    axes += fmt::format("{}x{}: {{min: {:.1f}, max: {:.1f}}}", i > 0 ? ", " : "", i, least, greatest);
  return axes;
}

double sphere(Settings& at) {
  double sum = 0;
  for (int i = 0; i < 5; ++i) sum += std::pow(at[fmt::format("x{}", i)].number() - 1.7, 2);
  return sum;
}

double rosenbrock(Settings& at) {
  double sum = 0;
  for (int i = 0; i < 3; ++i) {
    const double x = at[fmt::format("x{}", i)].number(), next = at[fmt::format("x{}", i + 1)].number();
    sum += 100 * std::pow(next - x * x, 2) + std::pow(1 - x, 2);
  }
  return sum;
}

// A rate on a logarithmic scale with another optimum for each rule, a width, and a momentum that one rule has. The least
// value is 0.
double mixed(Settings& at) {
  const Value& section = at["rule"];
  const std::string rule = section.find("plugin")->text();
  const double rate = std::log10(at["rate"].number()), width = std::log2(at["width"].number());
  const double optimum = rule == "sgd" ? -1.5 : rule == "adam" ? -3 : -4;
  double loss = std::pow(rate - optimum, 2) + 0.2 * std::pow(width - 5, 2);
  if (rule == "sgd") loss += 4 * std::pow(at["rule.momentum"].number() - 0.9, 2);
  return loss + (rule == "adam" ? 0.1 : rule == "lion" ? 0.3 : 0);
}

const std::map<std::string, Problem>& problems() {
  static const std::map<std::string, Problem> all = {
      {"sphere", {ranges(5, -5, 5), sphere}},
      {"rosenbrock", {ranges(4, -2, 2), rosenbrock}},
      {"mixed",
       {"rate: {min: 1.0e-6, max: 1.0, scale: log}, width: {min: 2, max: 256, scale: log}, rule: {choice: "
        "[{plugin: sgd, "
        "momentum: {min: 0.0, max: 0.99}}, {plugin: adam}, {plugin: lion}]}",
        mixed}}};
  return all;
}

sweep::SweepSpec spec_of(const Problem& problem, const std::string& method, std::uint64_t seed, int batch) {
  Diagnostics diagnostics;
  const Value section = experiment::parse_yaml(
      fmt::format("{{method: {}, runs: 1000000, seed: {}, {}objective: loss, axes: {{{}}}}}", method, seed,
                  batch > 0 ? fmt::format("batch: {}, ", batch) : "", problem.axes),
      "bench", diagnostics);
  sweep::SweepSpec spec = sweep::read_sweep_spec(section, 1, diagnostics);
  diagnostics.throw_if_any();
  return spec;
}

/// A search that goes on until so many points were proposed.
class Playing {
 public:
  Playing(const Problem& problem, sweep::SweepSpec spec)
      : problem_(problem), spec_(std::move(spec)), space_(spec_) {}

  /// Returns the seconds that the proposals took.
  double round() {
    const auto begun = std::chrono::steady_clock::now();
    sweep::SearchRound round{sweep::propose(spec_, space_, rounds_), {}, {}};
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
    for (const sweep::SearchPoint& point : round.points) {
      round.settings.push_back(space_.settings_of(point));
      Settings settings;
      for (const sweep::Setting& setting : round.settings.back()) settings[setting.path] = setting.value;
      const double loss = problem_.loss(settings);
      losses_.push_back(loss);
      round.scores.push_back({1, -loss, 0});
    }
    rounds_.push_back(std::move(round));
    return seconds;
  }

  std::size_t points() const { return losses_.size(); }
  double best(std::size_t points) const {
    return *std::min_element(losses_.begin(), losses_.begin() + static_cast<std::ptrdiff_t>(points));
  }

 private:
  const Problem& problem_;
  sweep::SweepSpec spec_;
  sweep::SearchSpace space_;
  std::vector<sweep::SearchRound> rounds_;
  std::vector<double> losses_;
};

// A line for each seed: the best value after so many runs.
void play(const Problem& problem, const std::string& method, int seeds, int batch,
          const std::vector<std::size_t>& counts) {
  for (int seed = 1; seed <= seeds; ++seed) {
    Playing playing(problem, spec_of(problem, method, static_cast<std::uint64_t>(seed), batch));
    while (playing.points() < counts.back()) playing.round();
    std::string line;
    for (const std::size_t count : counts) line += fmt::format("{:.6g} ", playing.best(count));
    fmt::print("{}\n", line);
  }
}

void measure(const std::string& name, const std::string& method) {
  const Problem& problem = problems().at(name);
  Playing playing(problem, spec_of(problem, method, 1, 4));
  while (playing.points() < 1000) playing.round();
  double seconds = 0;
  constexpr int rounds = 5;
  for (int i = 0; i < rounds; ++i) seconds += playing.round();
  fmt::print("{} on {}: {:.2f} ms a suggestion after 1000 runs\n", method, name,
             1000 * seconds / (4 * rounds));
}

}  // namespace

int main(int count, char** words) {
  const std::vector<std::string> arguments(words + 1, words + count);
  if (arguments.size() == 1 && arguments[0] == "--time") {
    for (const char* name : {"sphere", "rosenbrock", "mixed"}) measure(name, "tpe");
    for (const char* name : {"sphere", "rosenbrock"}) measure(name, "cmaes");
    return 0;
  }
  if (arguments.size() < 5 || !problems().contains(arguments[0])) {
    fmt::print(stderr,
               "descent_search_bench sphere|rosenbrock|mixed METHOD SEEDS BATCH RUNS...\n"
               "descent_search_bench --time\n");
    return 2;
  }
  std::vector<std::size_t> counts;
  for (std::size_t i = 4; i < arguments.size(); ++i) counts.push_back(std::stoul(arguments[i]));
  play(problems().at(arguments[0]), arguments[1], std::stoi(arguments[2]), std::stoi(arguments[3]), counts);
}
