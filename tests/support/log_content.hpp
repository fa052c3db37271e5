#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace descent::testing {

/// All numbers of a log but wall times, by the names of what holds them.
using LogContent = std::map<std::string, std::vector<double>>;
LogContent content_of(const std::filesystem::path& log_file);

/// The name of the first column or snapshot whose bits differ, or that only one has; empty: there is none.
std::string first_difference(const LogContent& a, const LogContent& b);

}  // namespace descent::testing
