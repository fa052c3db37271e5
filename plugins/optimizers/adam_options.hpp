#pragma once

#include <descent/plugin/optimizer.hpp>

/// Where one of Adam's relatives differs from it: defaults, and what β₂ and ε are to it.
struct AdamDifferences {
  double learning_rate = 1e-3;
  const char* beta2 = "decay of the second moment";
  double epsilon = 1e-8;
  const char* epsilon_is = "added to the root of the second moment";
  double epsilon_contrast = 1e-3;
};

/// The options of Adam, which its relatives share: step size η, decays β₁ and β₂, and ε. Kingma and Ba, Adam,
/// 2015, algorithm 1.
template <class Rule>
void adam_options(descent::OptionSpec<Rule>& o, descent::Schedule Rule::*learning_rate, double Rule::*beta1,
                  double Rule::*beta2, double Rule::*epsilon, const AdamDifferences& rule = {}) {
  o.schedule("learning_rate", learning_rate, rule.learning_rate).positive().doc("step size η");
  o.number("beta1", beta1, 0.9).at_least(0).below(1).doc("decay of the first moment").contrast(0.5);
  o.number("beta2", beta2, 0.999).at_least(0).below(1).doc(rule.beta2).contrast(0.9);
  o.number("epsilon", epsilon, rule.epsilon).at_least(0).doc(rule.epsilon_is).contrast(rule.epsilon_contrast);
}
