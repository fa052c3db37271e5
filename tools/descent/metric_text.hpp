#pragma once

#include <string>

namespace descent::program {

/// What people call a metric of a log: `−ELBO (test)` for test.negative_elbo/value, `reverse KL (test)` for
/// test.mode_coverage/reverse_kl, `generator objective (train)` for train/generator/objective.
std::string metric_text(const std::string& name);

/// What an axis says of it: `reverse KL (test) [nat], lower is better`. `direction` is `higher`, `lower`, or nothing.
std::string metric_axis_text(const std::string& name, const std::string& unit, const std::string& direction);

/// `learning rate` for `learning_rate`; abbreviations in capitals.
std::string words_of(const std::string& name);

}  // namespace descent::program
