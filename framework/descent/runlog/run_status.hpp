#pragma once

#include <string>
#include <string_view>

#include "descent/base/api.hpp"

namespace descent::runlog {

/// How far a run has come; the words stand in `status.yaml` and in the log's attribute `status`.
enum class RunStatus { pending, running, done, stopped, diverged, failed, timeout, skipped };

DESCENT_API const char* text(RunStatus status);
/// Throws Error that lists the words when `word` is none of them.
DESCENT_API RunStatus run_status(std::string_view word);

}  // namespace descent::runlog
