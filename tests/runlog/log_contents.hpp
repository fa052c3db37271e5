#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "descent/runlog/log_reader.hpp"

namespace descent {

/// Every number of a log, as bits, by what it belongs to.
using LogContents = std::map<std::string, std::vector<std::uint64_t>>;

LogContents contents_of(const runlog::LogReader& log);
/// Whether every entry of `some` is the beginning of that entry of `all`.
bool is_beginning_of(const LogContents& some, const LogContents& all);

}  // namespace descent
