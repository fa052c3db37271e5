#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "support/files.hpp"

namespace descent::testing {

/// Whether this build has a sanitizer, which wants to be the first library: nothing can be preloaded then.
inline constexpr bool sanitized =
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
    true;
#else
    false;
#endif

/// What happens at one file call of a process, or of the processes that it starts: `support/inject_faults.c` has
/// the calls that count.
struct Fault {
  /// `count` (nothing happens), `eio`, `eio_forever`, `enospc`, `enospc_forever`, `sync_fails` (fsync alone),
  /// `read_eio` (a call that reads), `short_write` (half of the bytes), `kill` (before the call) or `kill_at_page`
  /// (within a write across a page's end, after its first part).
  std::string action;
  long at = 0;              ///< the number of the call, from 1
  std::string calls = {};   ///< of those that the action has: `names`, `writes`, or nothing for all
  std::string spared = {};  ///< files whose path contains this are left alone
};

/// Lets file calls below a folder fail, and says at which one that was.
class FaultInjector {
 public:
  /// `root`: absolute, without symbolic links.
  explicit FaultInjector(std::filesystem::path root);

  /// What a process must find in its environment; counts from 0 again.
  std::vector<std::string> environment(const Fault& fault);

  std::uint64_t calls() const { return number(0); }
  /// How many calls the fault has met.
  std::uint64_t injected() const { return number(1); }
  /// How many checkpoints had got their names before.
  std::uint64_t checkpoints() const { return number(2); }
  /// `pwrite64`, and the file: what the fault met first.
  std::string call() const { return text(24, 32); }
  std::string path() const { return text(56, 1024); }

 private:
  std::uint64_t number(std::size_t place) const;
  std::string text(std::size_t offset, std::size_t size) const;

  std::filesystem::path root_;
  ScratchFolder folder_;
  std::filesystem::path state_ = folder_.path / "counters";
};

}  // namespace descent::testing
