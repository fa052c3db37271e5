#pragma once

#include <string>

#include "descent/config/diagnostics.hpp"
#include "descent/plugin/options.hpp"

namespace descent {

/// `a number in [0, 1]`, `one of relu, tanh`: what an option wants.
std::string expectation(const Option& option);

/// Adds a problem for everything about `value` that the option's type or limits do not allow. What a network
/// or a schedule holds is left to their own parsers.
void check_option(const Option& option, const Value& value, const std::string& owner,
                  Diagnostics& diagnostics);

/// Adds a problem when the schedule ever leaves the option's limits. One that changes may come down to an
/// excluded lower limit: a learning rate above 0 may fade to 0.
DESCENT_API void check_schedule(const Option& option, const Schedule& schedule, const Value& value,
                                const std::string& owner, Diagnostics& diagnostics);

}  // namespace descent
