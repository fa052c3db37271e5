#pragma once

#include <filesystem>
#include <map>
#include <string>

namespace descent::testing {

/// What files say, by their paths below a folder: the same of two runs of one experiment. Without times, memory, and
/// what says how a run came about (events, journals, errors of processes, locks, unfinished and damaged files).
using Contents = std::map<std::string, std::string>;

/// Reads with all checksums; throws an exception that names the file where one is damaged.
Contents contents_of(const std::filesystem::path& folder);
/// The same of one file.
std::string contents_of_file(const std::filesystem::path& file);

/// A sentence about the first file that `there` lacks or has otherwise; empty: there is none. `there` may have more.
std::string first_difference(const Contents& expected, const Contents& there);

}  // namespace descent::testing
