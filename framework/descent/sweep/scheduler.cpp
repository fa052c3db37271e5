#include "descent/sweep/scheduler.hpp"

#include <numeric>

#include "descent/runlog/directory_lock.hpp"

namespace descent::sweep {

Scheduler::~Scheduler() = default;

bool RunProgress::ended() const {
  switch (state.status) {
    case runlog::RunStatus::done:
    case runlog::RunStatus::diverged:
    case runlog::RunStatus::failed:
    case runlog::RunStatus::timeout:
    case runlog::RunStatus::skipped:
      return true;
    default:
      return false;
  }
}

RunProgress progress_of(const std::filesystem::path& run) {
  RunProgress progress;
  progress.held = runlog::is_held(run);
  try {
    if (const auto state = runlog::read_status(run)) progress.state = *state;
  } catch (const Error& error) {
    // As a power cut may leave it: the run is gone on with from its newest checkpoint.
    progress.state = {runlog::RunStatus::running, 0, error.what()};
  }
  return progress;
}

MissingRuns::MissingRuns(const FrozenSweep& sweep, const std::set<runlog::RunStatus>& retried)
    : MissingRuns(
          sweep,
          [&] {
            std::vector<std::size_t> all(sweep.runs.size());
            std::iota(all.begin(), all.end(), std::size_t{0});
            return all;
          }(),
          retried) {}

MissingRuns::MissingRuns(const FrozenSweep& sweep, const std::vector<std::size_t>& runs,
                         const std::set<runlog::RunStatus>& retried) {
  for (const std::size_t run : runs) {
    const RunProgress progress = progress_of(sweep.directory_of(run));
    if (!progress.ended() || retried.contains(progress.state.status)) missing_.push_back(run);
  }
}

std::optional<Task> MissingRuns::next() {
  if (missing_.empty()) return std::nullopt;
  const Task task{missing_.front()};
  missing_.pop_front();
  return task;
}

}  // namespace descent::sweep
