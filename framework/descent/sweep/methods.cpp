#include "descent/sweep/methods.hpp"

#include "descent/sweep/deepobs.hpp"
#include "descent/sweep/halving.hpp"
#include "descent/sweep/search.hpp"

namespace descent::sweep {

std::unique_ptr<Scheduler> make_scheduler(FrozenSweep& sweep, Registry& registry,
                                          const std::set<runlog::RunStatus>& retried) {
  if (is_search(sweep.spec.method)) return std::make_unique<Search>(sweep, registry, retried);
  if (sweep.spec.method == SweepSpec::Method::halving) return std::make_unique<Halving>(sweep, retried);
  if (sweep.spec.protocol == Protocol::deepobs) return std::make_unique<DeepObs>(sweep, retried);
  return std::make_unique<MissingRuns>(sweep, retried);
}

}  // namespace descent::sweep
