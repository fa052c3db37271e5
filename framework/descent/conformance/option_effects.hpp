#pragma once

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "descent/conformance/suite.hpp"

namespace descent::conformance {

/// What a plugin does with these options, as numbers. Throws Error when the options cannot be used together.
using Behavior = std::function<std::vector<double>(const Value& section)>;

/// Whether every option changes what the plugin does, compared with the subject's own options: its `example`,
/// or, where that is missing or changes nothing by itself, a value derived from the default. An option may
/// need another one to have an effect (`nesterov` needs `momentum`): it is tried with each of the others, and
/// with all of them, at their examples as well. Texts, paths and runs without an example are not
/// tried, nor are the options of `left_out`.
Finding options_have_effects(const Subject& subject, const Behavior& behavior,
                             const std::set<std::string>& left_out = {});

/// Values other than the one that `section` gives the option, the example first.
std::vector<Value> other_values(const Option& option, const Value& section);

}  // namespace descent::conformance
