#pragma once

#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "descent/analysis/plugin_check.hpp"
#include "descent/sweep/sweep_folder.hpp"

namespace descent::sweep {

/// Compares what runs were made with and what they would be made with now.
class DESCENT_API CurrentPlugins {
 public:
  /// `registry` must live as long.
  explicit CurrentPlugins(Registry& registry) : registry_(registry) {}

  /// Plugins of a run's log, `optimizer adam`, that are another binary now. Throws Error where the log cannot be read.
  std::vector<std::string> changed_since(const std::filesystem::path& run);

 private:
  using Libraries = std::map<std::string, std::string>;  // paths by plugin
  const Libraries& libraries_of(const std::filesystem::path& run);
  bool is_same(const runlog::PluginRow& row);

  Registry& registry_;
  std::map<std::filesystem::path, Libraries> libraries_;
  std::map<std::pair<std::string, std::string>, analysis::LibraryNow> known_;  // by path and SHA-256
};

/// A run that has ended, with plugins that are no longer what they were.
struct StaleRun {
  std::size_t run = 0;
  std::vector<std::string> plugins;  ///< `optimizer adam`
};

/// Those whose log has a plugin by another SHA-256 than that of the library which the registry loads for
/// their experiment now, wherever it lies.
DESCENT_API std::vector<StaleRun> stale_runs(const FrozenSweep& sweep, Registry& registry);

}  // namespace descent::sweep
