#pragma once

#include <memory>
#include <string>
#include <vector>

#include "descent/conformance/problems.hpp"
#include "descent/conformance/suite.hpp"
#include "descent/train/training.hpp"

namespace descent::conformance {

/// How a rule is played on a problem. A rule whose steps depend on its option `learning_rate` makes the steps
/// itself; any other is a chain's rule, and gradient descent stands behind it, as behind one that looks ahead
/// with the rules after it. What it refuses is moved by gradient descent as well.
struct RuleTrial {
  Value section = {};
  /// Of the rule, and of the gradient descent behind it; nothing: the rule's own.
  std::optional<double> learning_rate = {};
  /// The suite's clipping to norm 1 stands before it.
  bool clipped = false;
  std::int64_t threads = 1;
  std::int64_t batch_size = all_examples;
};

/// Whether the rule has an option of this name.
bool has_learning_rate(const LoadedPlugin& plugin);
/// Whether the rule makes the steps itself: whether, alone, it makes others at twice the learning rate.
bool makes_steps(const Subject& subject, const Value& section);
std::unique_ptr<train::Training> play(const Subject& subject, const Problem& problem, const RuleTrial& trial);

/// Steps until the end or until it diverges; then the message, and nothing otherwise.
std::string play_steps(train::Training& training, std::int64_t steps);

/// All numbers that a training consists of: values, slots, rules' scalars, counters.
std::vector<double> whole_state(train::Training& training);
/// The values, and those at the evaluation point, where there is one.
std::vector<double> visible_values(train::Training& training);
/// The first place where two lists differ in their bits; nothing: they are the same.
std::optional<std::size_t> first_difference(const std::vector<double>& a, const std::vector<double>& b);

}  // namespace descent::conformance
