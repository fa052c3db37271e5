#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace descent::program {

/// Which runs below a sweep's directory are of its list. Each list is read once.
class SweepMembers {
 public:
  /// The sweep below whose directory a run lies without being one of its runs: an edit has left it out. Nothing: there is
  /// none, or it cannot be read.
  std::optional<std::filesystem::path> left_sweep(const std::filesystem::path& run);

 private:
  /// The folders of a sweep's runs; null: `directory` is no sweep.
  const std::set<std::string>* members_of(const std::filesystem::path& directory);

  std::map<std::filesystem::path, std::set<std::string>> sweeps_;
  std::set<std::filesystem::path> others_;
};

/// analysis::find_runs() without those that an edit of their sweep has left out, unless a place inside of that sweep is
/// named: how many is said on standard error.
std::vector<std::filesystem::path> find_current_runs(const std::vector<std::filesystem::path>& places);

}  // namespace descent::program
