#pragma once

#include <memory>
#include <set>

#include "descent/plugin/registry.hpp"
#include "descent/sweep/scheduler.hpp"

namespace descent::sweep {

/// What plays a sweep as its method and protocol ask for. `retried`: runs that ended in one of these ways are
/// played again. The sweep's list may grow; `registry` checks what is added.
DESCENT_API std::unique_ptr<Scheduler> make_scheduler(FrozenSweep& sweep, Registry& registry,
                                                      const std::set<runlog::RunStatus>& retried);

}  // namespace descent::sweep
