#pragma once

#include <optional>
#include <string>
#include <vector>

#include "descent/plugin/registry.hpp"
#include "terminal.hpp"

namespace descent::program {

/// What experiments speak of that is no plugin.
enum class Topic { schedule, network, initializer, transform };

/// `schedule`, and so on.
std::vector<std::string> topic_names();
/// The topic that a word of the command line names: `schedule`, and `schedules` as well.
std::optional<Topic> topic_of(const std::string& word);

/// Prints the manual page of a topic or, with a name, of one schedule, layer, initializer or transform. All
/// of it comes from the tables that experiments are read by. Throws Error with the nearest name.
void print_language_page(const Terminal& terminal, Registry& registry, Topic topic, const std::string& name);

}  // namespace descent::program
