#pragma once

#include <string>

namespace descent {

bool succeeds(const std::string& command);

/// The first of the interpreters that can import `modules` (`h5py, pandas`), or nothing: another python may
/// come first in the path than Debian's.
std::string python_with(const std::string& modules);

/// Whether `arguments`, a script of tests/runlog and what it is given, succeed. Where no interpreter has the
/// modules, says so, and true.
bool python_runs(const std::string& modules, const std::string& arguments);

}  // namespace descent
