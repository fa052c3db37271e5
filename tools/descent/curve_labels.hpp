#pragma once

#include <string>
#include <vector>

#include "option_columns.hpp"

namespace descent::program {

/// A label for each curve that names only what differs: `adam, learning rate 0.01`, `sgd`. Where curves differ in a plugin,
/// its options count only where curves with the same plugin differ in them; plugins are called by their names, never by
/// their paths. Empty texts where nothing differs.
std::vector<std::string> labels_of(const ShownOptions& all);

/// Labels for the optimizers of a sweep, which it calls `adam` or `sgd,momentum=0.9`: only what differs, and of different plugins
/// the name alone.
std::vector<std::string> labels_of_optimizers(const std::vector<std::string>& optimizers);

}  // namespace descent::program
