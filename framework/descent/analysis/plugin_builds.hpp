#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "descent/runlog/schema.hpp"

namespace descent::analysis {

/// Finds the runs among several that were made with older builds of their plugins. The current build of a plugin is the library
/// that the newest run used, as it is on the disk now; if that file is gone, the build that the newest run used.
class DESCENT_API PluginBuilds {
 public:
  /// A run with the plugins that its log names.
  void add(const std::filesystem::path& run, const std::vector<runlog::PluginRow>& plugins);

  /// Of each run that was made with another build its plugins of which that is so: `optimizer adam`.
  std::map<std::filesystem::path, std::vector<std::string>> older_runs() const;

  /// `3 of 12 runs were made with older builds of optimizer adam`; empty: none was.
  std::string sentence() const;

 private:
  /// `optimizer adam`, and the library's file name: one run may have two of a name.
  using Plugin = std::pair<std::string, std::string>;
  struct Build {
    std::string sha256, path;
    std::filesystem::file_time_type newest;  // of the runs that used it
    std::vector<std::size_t> runs;           // places in runs_
  };
  std::string current_build(const std::vector<Build>& builds) const;

  std::vector<std::filesystem::path> runs_;
  std::map<Plugin, std::vector<Build>> builds_;
};

}  // namespace descent::analysis
