#include "descent/analysis/same_run.hpp"

#include <algorithm>

#include "descent/analysis/run_folder.hpp"
#include "descent/base/error.hpp"
#include "descent/experiment/identity.hpp"
#include "descent/experiment/yaml.hpp"
#include "descent/runlog/experiment_file.hpp"
#include "descent/runlog/status_file.hpp"

namespace descent::analysis {

namespace fs = std::filesystem;

SameRuns find_same_runs(const experiment::Experiment& experiment, const fs::path& root) {
  SameRuns found;
  const fs::path folder = root / experiment.name;
  std::error_code error;
  if (!fs::is_directory(folder, error)) return found;
  const experiment::RunIdentity wanted = experiment::identity_of(experiment::to_yaml(experiment.resolved));
  experiment::IdentityReader reader;
  for (const fs::path& run : runs_below(folder)) {
    try {
      const experiment::RunIdentity there = reader.read(runlog::read_resolved_experiment(run));
      if (there.text != wanted.text) continue;
      const auto state = runlog::read_status(run);
      if (!state || state->status == runlog::RunStatus::pending) continue;
      if (there == wanted)
        found.same.insert(state->status == runlog::RunStatus::done ? found.same.begin() : found.same.end(),
                          run);
      else if (there.is_beginning_of(wanted))
        found.shorter.push_back(run);
    } catch (const Error&) {
      continue;  // `descent verify` says what is wrong with it
    }
  }
  return found;
}

}  // namespace descent::analysis
