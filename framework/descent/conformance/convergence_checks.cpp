#include <fmt/format.h>

#include <cmath>

#include "descent/base/text.hpp"
#include "descent/conformance/optimizer_checks.hpp"
#include "descent/conformance/rule_trial.hpp"

namespace descent::conformance {

namespace {

// From the middle outwards: the first that solves the problem ends the search.
constexpr double rate_grid[] = {3e-2, 3e-3, 3e-1, 3e-4, 3.0};

double gap(train::Training& training) {
  return training.measure(training.metrics().front()).front();
}

// Of the problem itself: a rule's evaluation point need not mean anything before the first update.
double gap_at_start(const Problem& problem) {
  experiment::Experiment experiment = experiment_of(problem);
  experiment::ChainSpec chain;
  chain.rules = {gradient_descent(1)};
  experiment.optimizer = {std::move(chain)};
  return gap(*train::assemble(std::move(experiment)));
}

// What the user fixed is not searched.
std::vector<std::optional<double>> rates_for(const Subject& subject) {
  if (subject.options.find("learning_rate") != nullptr) return {std::nullopt};
  const bool own = has_learning_rate(*subject.plugin);
  std::vector<std::optional<double>> rates;
  for (const double rate : rate_grid) {
    Value section = subject.options;
    if (own) section.set("learning_rate", Value::of(rate));
    Diagnostics problems;
    subject.plugin->create<Optimizer>(section, problems);
    if (problems.empty()) rates.emplace_back(rate);
  }
  return rates;
}

struct Solution {
  double share = NAN;  // of the start's gap
  std::string trouble;
};

Solution solve(const Subject& subject, const Problem& problem, const RuleTrial& trial) {
  const auto training = play(subject, problem, trial);
  Solution solution;
  solution.trouble = play_steps(*training, problem.steps);
  if (solution.trouble.empty()) solution.share = gap(*training) / gap_at_start(problem);
  return solution;
}

Finding solves(const Subject& subject, const Problem& problem, bool clipped) {
  std::vector<std::string> tried;
  for (const auto& rate : rates_for(subject)) {
    RuleTrial trial{.section = subject.options, .learning_rate = rate, .clipped = clipped};
    const Solution solution = solve(subject, problem, trial);
    const std::string at = rate ? fmt::format("rate {:g}", *rate) : "the given rate";
    if (solution.share < solved_share)
      return passed(
          fmt::format("gap {:.1e} of its start after {} steps at {}", solution.share, problem.steps, at));
    tried.push_back(fmt::format(
        "{}: {}", at, solution.trouble.empty() ? fmt::format("{:.2g}", solution.share) : solution.trouble));
  }
  return failed(fmt::format("no rate brings the gap below {:g} of its start in {} steps ({})", solved_share,
                            problem.steps, join(tried, "; ")));
}

}  // namespace

Finding solves_sphere(const Subject& subject) {
  return solves(subject, convergence_problem("sphere"), false);
}
Finding solves_rosenbrock(const Subject& subject) {
  return solves(subject, convergence_problem("rosenbrock"), false);
}
Finding solves_logistic_regression(const Subject& subject) {
  return solves(subject, convergence_problem("logistic_regression"), false);
}
Finding solves_game(const Subject& subject) {
  return solves(subject, convergence_problem("game"), false);
}
Finding works_with_clipping(const Subject& subject) {
  return solves(subject, convergence_problem("sphere"), true);
}

}  // namespace descent::conformance
