#include "sweep_members.hpp"

#include "descent/base/error.hpp"
#include "descent/sweep/sweep_folder.hpp"

namespace descent::program {

namespace fs = std::filesystem;

bool SweepMembers::has_left(const fs::path& run) {
  const fs::path whole = fs::absolute(run).lexically_normal();
  for (fs::path above = whole.parent_path(); above.has_relative_path(); above = above.parent_path())
    if (const std::set<std::string>* members = members_of(above))
      return !members->contains(whole.lexically_relative(above).string());
  return false;
}

const std::set<std::string>* SweepMembers::members_of(const fs::path& directory) {
  if (const auto known = sweeps_.find(directory); known != sweeps_.end()) return &known->second;
  if (others_.contains(directory)) return nullptr;
  try {
    if (sweep::is_sweep(directory)) {
      std::set<std::string> members;
      for (const sweep::FrozenRun& run : sweep::read_sweep(directory).runs) members.insert(run.folder);
      return &sweeps_.emplace(directory, std::move(members)).first->second;
    }
  } catch (const Error&) {
    // What is wrong with it is said where it is used.
  }
  others_.insert(directory);
  return nullptr;
}

}  // namespace descent::program
