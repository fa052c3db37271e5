#pragma once

#include <filesystem>
#include <map>
#include <set>
#include <string>

namespace descent::program {

/// Which runs below a sweep's directory are of its list. Each list is read once.
class SweepMembers {
 public:
  /// It lies below a sweep's directory, and is none of its runs: an edit of the sweep has left it out. False,
  /// too, of a sweep that cannot be read.
  bool has_left(const std::filesystem::path& run);

 private:
  /// The folders of a sweep's runs; null: `directory` is no sweep.
  const std::set<std::string>* members_of(const std::filesystem::path& directory);

  std::map<std::filesystem::path, std::set<std::string>> sweeps_;
  std::set<std::filesystem::path> others_;
};

}  // namespace descent::program
