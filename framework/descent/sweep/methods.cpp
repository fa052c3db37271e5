#include "descent/sweep/methods.hpp"

namespace descent {

std::unique_ptr<Scheduler> make_scheduler(FrozenSweep& sweep, const std::set<RunStatus>& retried) {
  return std::make_unique<MissingRuns>(sweep, retried);
}

}  // namespace descent
