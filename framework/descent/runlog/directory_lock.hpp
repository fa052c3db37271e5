#pragma once

#include <filesystem>
#include <optional>

#include "descent/base/api.hpp"
#include "descent/base/descriptor.hpp"

namespace descent::runlog {

/// Holds a run directory for this process: an exclusive flock on its file `.lock`, which names the holder.
/// The operating system releases it when the process ends, however it ends; the file stays. Child processes
/// do not inherit it. With DESCENT_LOCKS=off in the environment, for file systems without flock, nothing is locked, and
/// nobody is seen to hold anything: two processes that write into one run then destroy it.
class DESCENT_API RunDirectoryLock {
 public:
  /// Throws Error that names the holder when another process, or another lock of this one, has the directory;
  /// RunError when the file cannot be made or locked, or is a link.
  explicit RunDirectoryLock(const std::filesystem::path& directory);

 private:
  Descriptor file_;
};

/// Holds a folder itself for this process, until the descriptor is closed; nothing while another process does. Throws
/// RunError when it cannot be locked.
std::optional<Descriptor> try_lock_folder(const std::filesystem::path& folder);

/// Whether a process has the run directory. Changes nothing; a lock that is being taken meanwhile waits for
/// the moment that this takes. False when the directory was never held.
DESCENT_API bool is_held(const std::filesystem::path& directory);

}  // namespace descent::runlog
