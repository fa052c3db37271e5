#pragma once

#include <string>
#include <string_view>

#include "descent/base/api.hpp"

namespace descent::runlog {

/// How far a run has come. All but the last two are what `status.yaml` and the log's attribute `status` say;
/// those are never written, but found: `killed`, where the files say that a run goes on and no process has
/// its directory, and `damaged`, where they cannot be read.
enum class RunStatus { pending, running, done, stopped, diverged, failed, timeout, skipped, killed, damaged };

DESCENT_API const char* text(RunStatus status);
/// Of what is written. Throws Error that lists the words when `word` is none of them.
DESCENT_API RunStatus run_status(std::string_view word);

}  // namespace descent::runlog
