#pragma once

#include <string>
#include <vector>

#include "descent/config/diagnostics.hpp"
#include "descent/sweep/sweep_spec.hpp"

/// What the command line says of a sweep. Internal.
namespace descent::sweep {

/// Changes the content of a sweep's file, the section `sweep` included: `key=a,b,c` is an axis, and takes the
/// place of the file's axis at that key; so does `key=a`, where there is an axis; all else is an override.
/// `key=1e-4..1e-1:log:7` is a range. Returns the overrides. `registry` is experiment::MergePlace's.
std::vector<std::string> apply_words(Value& content, const std::vector<std::string>& words,
                                     Diagnostics& diagnostics, Registry* registry = nullptr);

/// Adds a problem for each override that an axis would undo. `base` has the overrides, and no section
/// `sweep`.
void check_overrides(const Value& base, const SweepSpec& spec, const std::vector<std::string>& overrides,
                     Diagnostics& diagnostics);

}  // namespace descent::sweep
