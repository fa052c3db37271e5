#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "descent/base/process.hpp"

namespace descent::testing {

/// A program in a process group of its own, as a terminal starts one.
class ProcessGroup {
 public:
  ProcessGroup(const std::vector<std::string>& command, const std::filesystem::path& folder);

  void signal(int number) const;
  /// Kills the leader, and the runs that it plays, each with all that it has started.
  void kill_all() const;
  /// The exit code, or minus the signal that ended it.
  int wait();

 private:
  Process leader_;
};

}  // namespace descent::testing
