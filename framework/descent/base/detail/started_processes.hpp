#pragma once

#include <sys/types.h>

#include <mutex>

/// The processes that Process objects stand for. Internal.
namespace descent::detail {

/// While it lives, no process is started.
std::unique_lock<std::mutex> hold_starts();
/// Whether a Process owns it. Call it while hold_starts() is held.
bool is_started(pid_t process);

}  // namespace descent::detail
