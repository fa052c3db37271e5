#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "descent/sweep/sweep_folder.hpp"

namespace descent::sweep {

/// A run that has ended, with plugins that are no longer what they were.
struct StaleRun {
  std::size_t run = 0;
  std::vector<std::string> plugins;  ///< `optimizer adam`
};

/// Those whose log has a plugin by another SHA-256 than that of the library which the registry loads for
/// their experiment now, wherever it lies.
DESCENT_API std::vector<StaleRun> stale_runs(const FrozenSweep& sweep, Registry& registry);

}  // namespace descent::sweep
