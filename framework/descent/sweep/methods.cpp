#include "descent/sweep/methods.hpp"

#include "descent/sweep/deepobs.hpp"
#include "descent/sweep/halving.hpp"

namespace descent::sweep {

std::unique_ptr<Scheduler> make_scheduler(FrozenSweep& sweep, const std::set<runlog::RunStatus>& retried) {
  if (sweep.spec.method == SweepSpec::Method::halving) return std::make_unique<Halving>(sweep, retried);
  if (sweep.spec.protocol == Protocol::deepobs) return std::make_unique<DeepObs>(sweep, retried);
  return std::make_unique<MissingRuns>(sweep, retried);
}

}  // namespace descent::sweep
