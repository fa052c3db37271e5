#pragma once

#include "descent/plugin/registry.hpp"
#include "terminal.hpp"

namespace descent::program {

/// Prints all that a plugin declares of itself: what it is, each option with type, default, range and unit,
/// the keys that the host adds, and an example to copy.
void print_manual_page(const Terminal& terminal, const LoadedPlugin& plugin);

/// Prints the table of these options.
void print_options(const Terminal& terminal, const OptionTable& options);

}  // namespace descent::program
