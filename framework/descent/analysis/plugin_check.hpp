#pragma once

#include <vector>

#include "descent/base/api.hpp"
#include "descent/runlog/schema.hpp"

namespace descent::analysis {

/// Whether a plugin's library is still the one that a run used.
enum class LibraryNow { same, changed, missing };

DESCENT_API const char* text(LibraryNow now);

/// Compares the library at the row's path with the row's SHA-256.
DESCENT_API LibraryNow library_now(const runlog::PluginRow& row);

}  // namespace descent::analysis
