#pragma once

#include <string>

#include "run_program.hpp"

namespace descent::testing {

/// Of Python's `data`: what was printed as JSON, or as CSV a list of rows.
inline constexpr const char* as_json = "json.load(open('output'))";
inline constexpr const char* as_csv = "list(csv.DictReader(open('output', newline='')))";

/// Checks that Python, given `output` in a file, finds `condition` true of `data`, which `parser` reads.
void check_in_python(const ScratchFolder& folder, const std::string& output, const std::string& parser,
                     const std::string& condition);

}  // namespace descent::testing
